import type { ActivityBook } from './activity.ts'
import type { AlertFigures } from './alert-figures.ts'

/** One evaluator at a time: whoever gets the turn has it until the next one is due. */
export interface AlertTurns {
  /** `false` where somebody has the turn; a due time that lies beyond `until` is that of a clock that was wrong. */
  claim(turn: { readonly now: Date; readonly until: Date }): Promise<boolean>
}

/** How many messages a channel that costs money may still send on a day. */
export interface MessageQuota {
  /** Takes so many of the day's, all of them or none. */
  take(day: QuotaDay, count: number, limit: number): Promise<boolean>
  /** They were not sent after all. */
  giveBack(day: QuotaDay, count: number): Promise<void>
}

/** `day` as `dayNumberOf` counts them. */
export type QuotaDay = { readonly channel: string; readonly day: number }

/** What a store keeps and tells for alerts, beside the alerts themselves. */
export type Alerting = {
  readonly figures: AlertFigures
  readonly activity: ActivityBook
  readonly turns: AlertTurns
  readonly quota: MessageQuota
}
