/** Identifiers nobody can guess (at least 64 random bits) and no two processes make twice. */
export interface Ids {
  /** The key of a row: 32 characters of `[0-9a-f]`, sorting by time. */
  entity(): string
  /** A merchant order number (商户订单号): 31 characters of `[0-9A-Z]`, begins with `P` and the Shanghai day. */
  outTradeNo(at: Date): string
  /** A refund number: as above, begins with `R`. */
  refundNo(at: Date): string
}
