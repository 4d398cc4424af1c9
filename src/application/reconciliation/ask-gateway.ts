import { ok, type Result } from 'neverthrow'
import type { Discrepancy } from '../../domain/discrepancy.ts'
import type { Payment } from '../../domain/payment.ts'
import type { Refund } from '../../domain/refund.ts'
import type { Clock } from '../clock.ts'
import type { FullGateway, GatewayError, Gateways, Receipt, RefundState } from '../payments/payment-gateway.ts'
import type { RefreshPayment } from '../payments/refresh-payment.ts'
import { type SettleDeps, settlePayment } from '../payments/settle-payment.ts'
import { bookRefundFact, findNamed } from '../refunds/book-refund-fact.ts'
import { refundEventOf } from '../refunds/refund-event.ts'
import type { Readers, Transaction, WriteConflict } from '../transaction.ts'

/** What asking has brought: a bill is a lead, only the gateway's own signed answer is a fact. */
export type Asked =
  /** The books say what the gateway says, or do so now. */
  | { readonly outcome: 'agrees'; readonly note: string }
  /** A person has to decide. */
  | { readonly outcome: 'differs'; readonly note: string }
  /** No answer that counts. */
  | { readonly outcome: 'unknown' }

/** Asks the gateway what a discrepancy is about, and books what it answers the ordinary way. */
export type AskGateway = (discrepancy: Discrepancy) => Promise<Asked>

export type AskDeps = SettleDeps & {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'payments' | 'refunds' | 'refundClues'>
  readonly clock: Clock
  readonly gateways: Gateways
  readonly refreshPayment: RefreshPayment
}

export const askGateway =
  (deps: AskDeps): AskGateway =>
  async (discrepancy) => {
    const gateway = deps.gateways.find(discrepancy.provider)
    if (gateway === undefined) return UNKNOWN
    const { about, outTradeNo } = discrepancy
    if (about === 'row' || outTradeNo === undefined) return differs('无法识别的账单行，请人工核对')
    return about === 'payment'
      ? askAboutPayment(deps, gateway, discrepancy, outTradeNo)
      : askAboutRefund(deps, gateway, discrepancy, outTradeNo)
  }

const UNKNOWN: Asked = { outcome: 'unknown' }
const agrees = (note: string): Asked => ({ outcome: 'agrees', note })
const differs = (note: string): Asked => ({ outcome: 'differs', note })

const askAboutPayment = async (
  deps: AskDeps,
  gateway: FullGateway,
  { transactionId }: Discrepancy,
  outTradeNo: string,
): Promise<Asked> => {
  const answer = await gateway.query(outTradeNo)
  if (answer.isErr()) return refusedOrUnknown(answer.error)
  const before = await paymentOf(deps, gateway, outTradeNo)
  if (answer.value.state !== 'paid') {
    // Where the books have it as paid, that is a contradiction: the ordinary way reports it.
    if (before !== undefined && 'transactionId' in before) await deps.refreshPayment(before)
    return differs(`支付平台查询结果：${STATE_TEXTS[answer.value.state]}`)
  }
  const { receipt } = answer.value
  if (before === undefined) {
    await hold(deps, gateway, receipt)
    return differs('支付平台确认已收款，本地没有该订单，已挂账')
  }
  if (!('transactionId' in before) && (await deps.refreshPayment(before)).isErr()) return UNKNOWN
  const after = await paymentOf(deps, gateway, outTradeNo)
  return isBooked(after, receipt) && (transactionId ?? receipt.transactionId) === receipt.transactionId
    ? agrees('支付平台查询结果与账本一致')
    : differs('支付平台确认已收款，与账本不一致')
}

const STATE_TEXTS = { not_found: '查无此单', pending: '未支付', closed: '已关闭', failed: '支付失败' } as const

const paymentOf = async (
  { readers }: AskDeps,
  { provider }: FullGateway,
  outTradeNo: string,
): Promise<Payment | undefined> => {
  const payment = (await readers.payments.findByOutTradeNo(outTradeNo))?.value
  return payment?.provider === provider ? payment : undefined
}

const isBooked = (payment: Payment | undefined, { transactionId, amount }: Receipt): boolean =>
  payment !== undefined &&
  'transactionId' in payment &&
  payment.transactionId === transactionId &&
  payment.amount === amount

/** Money for something unknown here is recorded, and held as an incident. */
const hold = async (deps: AskDeps, { provider }: FullGateway, receipt: Receipt): Promise<void> => {
  const cause = { kind: 'query', actor: provider } as const
  const input = { provider, receipt, source: 'query', isReturned: false, cause, at: deps.clock.now() } as const
  await deps.transaction.run((repositories) => settlePayment(deps)(repositories, input))
}

const refusedOrUnknown = (error: GatewayError): Asked =>
  error.code === 'GATEWAY_REJECTED' ? differs(`支付平台拒绝查询：${error.gatewayCode}`) : UNKNOWN

const askAboutRefund = async (
  deps: AskDeps,
  gateway: FullGateway,
  { refundNo = '' }: Discrepancy,
  outTradeNo: string,
): Promise<Asked> => {
  const payment = await paymentOf(deps, gateway, outTradeNo)
  if (payment === undefined) return differs('本地没有该笔支付')
  if (!('transactionId' in payment)) {
    if ((await deps.refreshPayment(payment)).isErr()) return UNKNOWN
    const paid = await paymentOf(deps, gateway, outTradeNo)
    if (paid === undefined || !('transactionId' in paid)) return differs('被退款的支付在支付平台未支付')
  }
  const answer = await gateway.queryRefund({ refundNo, outTradeNo })
  if (answer.isErr()) return refusedOrUnknown(answer.error)
  await book(deps, gateway, payment.id, refundNo, answer.value)
  const known = await findNamed(deps.readers, payment.id, refundNo)
  return isSettledAlike(known?.value, answer.value)
    ? agrees('支付平台查询结果与账本一致')
    : differs(`支付平台退款查询结果：${REFUND_TEXTS[answer.value.state]}`)
}

const REFUND_TEXTS = {
  success: '退款成功',
  processing: '退款处理中',
  abnormal: '退款异常',
  closed: '退款关闭',
  not_found: '查无此退款',
} as const

const book = async (
  deps: AskDeps,
  { provider: actor }: FullGateway,
  paymentId: string,
  number: string,
  answer: RefundState,
): Promise<void> => {
  const at = deps.clock.now()
  const event = refundEventOf(answer, at)
  if (event === undefined) return
  await deps.transaction.run(async (repositories): Promise<Result<void, WriteConflict>> => {
    const payment = await repositories.payments.find(paymentId)
    if (payment === undefined) throw new Error(`payment ${paymentId} is gone`)
    const amount = event.type === 'succeeded' ? event.amount : undefined
    const cause = { kind: 'query', actor } as const
    const booked = await bookRefundFact(deps)(repositories, { payment, number, amount, event, cause, at })
    if (booked.isErr()) return booked.map(() => undefined)
    // One that is only under way tells no amount: it is asked about until it does.
    if (booked.value === 'untold')
      await repositories.refundClues.insert({
        paymentId,
        number,
        amount: undefined,
        refundNo: undefined,
        createdAt: at,
      })
    return ok(undefined)
  })
}

const isSettledAlike = (refund: Refund | undefined, answer: RefundState): boolean => {
  if (refund === undefined) return false
  switch (answer.state) {
    case 'success':
      return refund.status === 'success' && refund.amount === answer.amount
    case 'processing':
    case 'abnormal':
      return refund.status === 'processing'
    case 'closed':
      return refund.status === 'failed'
    case 'not_found':
      return false
  }
}
