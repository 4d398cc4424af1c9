import type { Provider } from '../../domain/payment.ts'

/**
 * What is counted of a provider's day: how many, how much in fen, how long in milliseconds. By the day of their creation
 * and the state they are in now: payments and refunds. By the day it happened: what was `paid` and `returned`. By the day
 * of their arrival: the callbacks that say when what they tell of happened.
 */
export const FIGURES = [
  'payments_pending',
  'payments_pending_fen',
  'payments_paid',
  'payments_paid_fen',
  'payments_partially_refunded',
  'payments_partially_refunded_fen',
  'payments_refunded',
  'payments_refunded_fen',
  'payments_failed',
  'payments_failed_fen',
  'payments_closed',
  'payments_closed_fen',
  'paid',
  'paid_fen',
  'paid_ms',
  'refunds_pending',
  'refunds_pending_fen',
  'refunds_processing',
  'refunds_processing_fen',
  'refunds_success',
  'refunds_success_fen',
  'refunds_failed',
  'refunds_failed_fen',
  'refunds_cancelled',
  'refunds_cancelled_fen',
  'returned',
  'returned_fen',
  'callbacks',
  'callbacks_ms',
  'callbacks_slow',
] as const

export type Figure = (typeof FIGURES)[number]
export type Figures = Readonly<Record<Figure, number>>

/** What moved on a day. */
export const FLOW = ['paid', 'paid_fen', 'returned', 'returned_fen'] as const satisfies readonly Figure[]
export type Flow = Pick<Figures, (typeof FLOW)[number]>

/** What one payment, refund or callback adds to a figure of a provider's day. */
export type Contribution = {
  /** As `dayNumberOf` counts them. */
  readonly day: number
  readonly provider: Provider
  readonly figure: Figure
  readonly by: number
}

/** One value for each of these figures. */
export const figuresOf = <F extends Figure, V>(
  names: readonly F[],
  valueOf: (figure: F) => V,
): Readonly<Record<F, V>> =>
  // Every name is there, which `fromEntries` does not say.
  Object.fromEntries(names.map((name) => [name, valueOf(name)])) as Readonly<Record<F, V>>

export const NO_FIGURES: Figures = figuresOf(FIGURES, () => 0)

/** All of these together. */
export const addFigures = (all: readonly Figures[]): Figures =>
  figuresOf(FIGURES, (figure) => all.reduce((total, one) => total + one[figure], 0))
