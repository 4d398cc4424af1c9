import { TextDecoder } from 'node:util'

/** How a bill's texts are written: the decoder, and the two words that tell payments from refunds. */
export type DetailEncoding = {
  readonly decoder: TextDecoder
  readonly payment: Uint8Array
  readonly refund: Uint8Array
}

/** Alipay's own; GB18030 holds all of it. */
export const GBK: DetailEncoding = {
  decoder: new TextDecoder('gb18030'),
  payment: Buffer.from('bdbbd2d7', 'hex'), // 交易
  refund: Buffer.from('cdcbbfee', 'hex'), // 退款
}

/** What spreadsheets make of it, with a mark at its beginning. */
export const UTF_8: DetailEncoding = {
  decoder: new TextDecoder(),
  payment: Buffer.from('交易'),
  refund: Buffer.from('退款'),
}

export const UTF_8_MARK: Uint8Array = Buffer.from('efbbbf', 'hex')
