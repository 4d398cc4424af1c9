import type { Provider } from '../../domain/payment.ts'
import type { Figures, Flow } from './figures.ts'

/** Days as `dayNumberOf` counts them, the last one included. */
export type DayRange = { readonly first: number; readonly last: number }

export type ProviderFigures = { readonly provider: Provider; readonly figures: Figures }
export type DayFlow = { readonly day: number; readonly flow: Flow }

/** The books, counted by days: at each moment what is committed, to the fen. */
export interface StatisticsReader {
  /** The figures of all these days together, of each provider that has any. */
  byProvider(range: DayRange): Promise<readonly ProviderFigures[]>
  /** What moved on each of these days on which anything did, of one provider or of all, oldest first. */
  byDay(range: DayRange, provider: Provider | undefined): Promise<readonly DayFlow[]>
}

/** How far the days from before statistics were kept have been counted: up to the day before `nextDay`. */
export type FirstCount =
  | { readonly status: 'not_begun' }
  | { readonly status: 'under_way'; readonly nextDay: number }
  | { readonly status: 'complete' }

/** Keeps the daily figures right; with every unit of work they change by themselves. */
export interface StatisticsKeeper {
  /** From the first to the last day on which there is anything; nothing in empty books. */
  span(): Promise<DayRange | undefined>
  /** Counts one day anew from the books, whatever is written meanwhile; whether its figures had been wrong. */
  recount(day: number): Promise<boolean>
  firstCount(): Promise<FirstCount>
  /** Notes that all days before this one are counted; never goes back. */
  advanceFirstCount(nextDay: number): Promise<void>
  completeFirstCount(): Promise<void>
}

export type Statistics = StatisticsReader & StatisticsKeeper
