import { err, ok, type Result } from 'neverthrow'
import type {
  CreateTrade,
  GatewayError,
  Receipt,
  RefundOrder,
  RefundState,
} from '../../../src/application/payments/payment-gateway.ts'
import { type Fen, fen, sumFen } from '../../../src/domain/money.ts'
import type { GatewayIdentity } from '../../../src/domain/payment.ts'

export type LedgerRefund = {
  readonly refundNo: string
  readonly refundId: string
  readonly amount: Fen
  readonly status: 'processing' | 'success' | 'abnormal' | 'closed'
  readonly at: Date
  readonly by: 'merchant' | 'console'
}

export type Trade = {
  readonly request: CreateTrade
  /** Until the payer is at it, Alipay knows no trade, only we know of a code. */
  readonly begun: boolean
  readonly closed: boolean
  readonly receipt: Receipt | undefined
  readonly refunds: ReadonlyMap<string, LedgerRefund>
}

type Known = 'WECHAT' | 'ALIPAY'

/** A payer who pressed the button in time may be through only now. */
const GRACE_MS = 30_000
const MOST_REFUNDS = 50

/** The books of one gateway: one trade for one number, one refund for one refund number, no more back than was paid. */
export class Ledger {
  readonly #trades = new Map<string, Trade>()
  readonly #kind: Known
  readonly #identity: GatewayIdentity
  readonly #now: () => Date
  #numbered = 0

  constructor(kind: Known, identity: GatewayIdentity, now: () => Date) {
    this.#kind = kind
    this.#identity = identity
    this.#now = now
  }

  get trades(): ReadonlyMap<string, Trade> {
    return this.#trades
  }

  open(request: CreateTrade): Result<void, GatewayError> {
    const known = this.#trades.get(request.outTradeNo)
    if (known?.receipt !== undefined) return err({ code: 'TRADE_ALREADY_PAID' })
    if (known !== undefined && this.#isOver(known)) return err({ code: 'TRADE_CLOSED' })
    if (known !== undefined && !isSame(known.request, request)) return err(rejection('CONTEXT_INCONSISTENT'))
    if (this.#now() >= request.expiresAt) return err(rejection('TIME_EXPIRE_IN_THE_PAST'))
    if (known === undefined)
      this.#trades.set(request.outTradeNo, { ...UNTOUCHED, request, begun: this.#kind === 'WECHAT' })
    return ok(undefined)
  }

  /** What a query finds. */
  find(outTradeNo: string): Trade | undefined {
    const trade = this.#trades.get(outTradeNo)
    return trade?.begun === true ? trade : undefined
  }

  stateOf(trade: Trade): 'pending' | 'closed' | 'paid' {
    if (trade.receipt !== undefined) return 'paid'
    return this.#isOver(trade) ? 'closed' : 'pending'
  }

  close(outTradeNo: string): Result<'closed' | 'not_found', GatewayError> {
    const trade = this.find(outTradeNo)
    if (trade === undefined) return ok('not_found')
    if (trade.receipt !== undefined) return err({ code: 'TRADE_ALREADY_PAID' })
    this.#trades.set(outTradeNo, { ...trade, closed: true })
    return ok('closed')
  }

  /** The payer looks at it; `false` where nobody could. */
  begin(outTradeNo: string): boolean {
    const trade = this.#trades.get(outTradeNo)
    if (trade === undefined || trade.receipt !== undefined || this.#isOver(trade)) return false
    this.#trades.set(outTradeNo, { ...trade, begun: true })
    return true
  }

  /** The payer pays; nothing where nobody could. */
  pay(outTradeNo: string): Receipt | undefined {
    if (!this.begin(outTradeNo)) return undefined
    const trade = this.#trades.get(outTradeNo)
    if (trade === undefined) return undefined
    const { amount, currency } = trade.request
    const facts = { transactionId: this.#number('42'), identity: this.#identity, amount, currency, paidAt: this.#now() }
    const receipt: Receipt = { outTradeNo, ...facts, payer: `payer-of-${outTradeNo.slice(-4)}` }
    this.#trades.set(outTradeNo, { ...trade, receipt })
    return receipt
  }

  refund(order: RefundOrder): Result<LedgerRefund, GatewayError> {
    const trade = this.#trades.get(order.outTradeNo)
    if (trade?.receipt === undefined || trade.receipt.transactionId !== order.transactionId)
      return err(rejection('TRADE_NOT_EXIST'))
    const before = trade.refunds.get(order.refundNo)
    if (before !== undefined) return before.amount === order.amount ? ok(before) : err(rejection('REFUND_CHANGED'))
    if (order.paid !== trade.receipt.amount) return err(rejection('TOTAL_DIFFERS'))
    return this.#insertRefund(trade, order, 'merchant')
  }

  /** By hand, in the gateway's own console; nothing where there is no room for it. */
  refundByHand(outTradeNo: string, refundNo: string, amount: Fen): LedgerRefund | undefined {
    const trade = this.#trades.get(outTradeNo)
    if (trade?.receipt === undefined) return undefined
    return this.#insertRefund(trade, { refundNo, amount }, 'console').unwrapOr(undefined)
  }

  refundOf(outTradeNo: string, refundNo: string): LedgerRefund | undefined {
    return this.#trades.get(outTradeNo)?.refunds.get(refundNo)
  }

  moveRefund(outTradeNo: string, refundNo: string, status: LedgerRefund['status']): LedgerRefund {
    const trade = this.#trades.get(outTradeNo)
    const before = trade?.refunds.get(refundNo)
    if (trade === undefined || before === undefined) throw new Error(`there is no refund ${refundNo}`)
    const after = { ...before, status, at: this.#now() }
    this.#keepRefund(trade, after)
    return after
  }

  /** What can still go back: refunds under way keep their room. */
  roomOf(trade: Trade): Fen {
    const taken = sumFen(
      [...trade.refunds.values()].filter(({ status }) => status !== 'closed').map(({ amount }) => amount),
    )
    return fen((trade.receipt?.amount ?? 0) - taken)
  }

  #insertRefund(
    trade: Trade,
    { refundNo, amount }: Pick<RefundOrder, 'refundNo' | 'amount'>,
    by: LedgerRefund['by'],
  ): Result<LedgerRefund, GatewayError> {
    if (amount === 0 || amount > this.roomOf(trade)) return err(rejection('REFUND_FEE_ERROR'))
    if (trade.refunds.size >= MOST_REFUNDS) return err(rejection('TOO_MANY_REFUNDS'))
    const status = this.#kind === 'WECHAT' ? 'processing' : 'success'
    const refund = { refundNo, refundId: this.#number('50'), amount, status, at: this.#now(), by } as const
    this.#keepRefund(trade, refund)
    return ok(refund)
  }

  #keepRefund(trade: Trade, refund: LedgerRefund): void {
    const refunds = new Map([...trade.refunds, [refund.refundNo, refund]])
    this.#trades.set(trade.request.outTradeNo, { ...trade, refunds })
  }

  #isOver(trade: Trade): boolean {
    return trade.closed || this.#now().getTime() >= trade.request.expiresAt.getTime() + GRACE_MS
  }

  #number(prefix: string): string {
    this.#numbered += 1
    return prefix + (this.#kind === 'WECHAT' ? '1' : '2') + String(this.#numbered).padStart(25, '0')
  }
}

const UNTOUCHED = { closed: false, receipt: undefined, refunds: new Map<string, LedgerRefund>() }

export const rejection = (gatewayCode: string) =>
  ({ code: 'GATEWAY_REJECTED', gatewayCode, message: 'refused by the simulated gateway' }) as const

const isSame = (a: CreateTrade, b: CreateTrade): boolean => JSON.stringify(a) === JSON.stringify(b)

/** A refund as WeChat Pay tells of it; Alipay has no numbers of its own. */
export const refundState = (refund: LedgerRefund, kind: Known): RefundState => {
  const refundId = kind === 'WECHAT' ? refund.refundId : undefined
  const { status, amount, at } = refund
  switch (status) {
    case 'processing':
      return { state: 'processing', refundId }
    case 'success':
      return { state: 'success', refundId, amount, at }
    case 'abnormal':
      return { state: 'abnormal', refundId }
    case 'closed':
      return { state: 'closed', refundId, reason: 'closed by the gateway' }
  }
}
