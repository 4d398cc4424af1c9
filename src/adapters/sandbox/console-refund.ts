/** A refund as a person makes it in a merchant's console. */
export type ConsoleRefund = {
  /** All that is left where there is none. */
  readonly amountFen?: number
  /** In place of a number of the console's own. */
  readonly refundNo?: string
}
