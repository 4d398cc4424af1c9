import { readAlipayBill } from '../adapters/gateways/alipay/bill.ts'
import { readWechatBill } from '../adapters/gateways/wechat/bill.ts'
import type { ReadBill } from '../application/reconciliation/bill.ts'
import { type CompareBill, type CompareDeps, compareBill } from '../application/reconciliation/compare-bill.ts'
import type { Provider } from '../domain/payment.ts'

/** Makes what compares out of what it reads. */
export type CompareBills = (deps: Omit<CompareDeps, 'readBill'>) => CompareBill

/** Who reads a provider's bills; points have none. */
export const readerOf = (provider: Provider): ReadBill => {
  switch (provider) {
    case 'wechat':
      return readWechatBill
    case 'alipay':
      return readAlipayBill
    case 'points':
      throw new Error('points have no bill')
  }
}

/** In this very thread: where nobody else waits for it. */
export const compareHere: CompareBills = (deps) => compareBill({ ...deps, readBill: readerOf })
