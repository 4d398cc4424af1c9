import type { RefundState } from '../payments/payment-gateway.ts'
import type { SettleRefundInput } from './settle-refund.ts'

/** What a gateway's answer about a refund is to it; undefined where it knows of none. */
export const refundEventOf = (state: RefundState, at: Date): SettleRefundInput['event'] | undefined => {
  switch (state.state) {
    case 'success':
      return { type: 'succeeded', refundId: state.refundId, amount: state.amount, at: state.at }
    case 'processing':
      return { type: 'accepted', refundId: state.refundId, at }
    case 'abnormal':
      return { type: 'turned_abnormal', refundId: state.refundId, at }
    case 'closed':
      return { type: 'failed', reason: state.reason, at }
    case 'not_found':
      return undefined
  }
}
