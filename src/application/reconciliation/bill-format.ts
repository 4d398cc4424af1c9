import type { Provider } from '../../domain/payment.ts'
import type { BillFormat } from './bill.ts'

/** How a file is written that somebody has on disk, from its first bytes: they tell gzip and zip, whatever it is called. */
export const formatOfFile = (provider: Provider, first: Uint8Array): BillFormat => {
  if (provider === 'alipay') return first[0] === 0x50 && first[1] === 0x4b ? 'alipay_zip' : 'alipay_csv'
  return first[0] === 0x1f && first[1] === 0x8b ? 'wechat_csv_gzip' : 'wechat_csv'
}
