/** The payer cannot do that: the trade is unknown, paid, closed or expired. The message is for people. */
export class PayerRefused extends Error {
  override name = 'PayerRefused'
}
