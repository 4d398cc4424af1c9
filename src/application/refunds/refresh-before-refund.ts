import { refreshOpenPayments } from '../payments/open-payments.ts'
import type { RefreshPayment } from '../payments/refresh-payment.ts'
import type { Readers } from '../transaction.ts'
import { mayRefund, type requestRefund } from './request-refund.ts'

type RequestRefund = ReturnType<typeof requestRefund>
type Deps = { readonly readers: Pick<Readers, 'orders' | 'payments'>; readonly refreshPayment: RefreshPayment }

/** Asks the gateways first where an order looks unpaid: whoever wants money back may have paid in silence. */
export const refreshBeforeRefund =
  (deps: Deps, request: RequestRefund): RequestRefund =>
  async (input) => {
    const order = (await deps.readers.orders.find(input.orderId))?.value
    if (order?.status === 'pending' && mayRefund(input.requester, order)) await refreshOpenPayments(deps, order.id)
    return request(input)
  }
