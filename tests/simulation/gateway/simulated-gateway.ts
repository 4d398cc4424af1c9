import { err, ok, type Result } from 'neverthrow'
import { readSignedNotification } from '../../../src/adapters/memory/fake-notification.ts'
import type {
  CreateTrade,
  FullGateway,
  GatewayError,
  PaymentAction,
  RefundOrder,
  RefundState,
  TradeState,
} from '../../../src/application/payments/payment-gateway.ts'
import { type Fen, sumFen } from '../../../src/domain/money.ts'
import type { GatewayIdentity } from '../../../src/domain/payment.ts'
import type { LedgerRow } from '../../../src/adapters/persistence/invariants/ledger.ts'
import { IDENTITIES } from '../../support/builders.ts'
import type { World } from '../world.ts'
import { Callbacks, type Deliver, SECRET } from './callbacks.ts'
import { Ledger, type LedgerRefund, refundState, rejection, type Trade } from './ledger.ts'
import { callOver } from './line.ts'

const S = 1000
const MIN = 60 * S
const H = 60 * MIN

const REFUND_RULES = {
  wechat: { mostRefunds: 50, gapMs: MIN },
  alipay: { mostRefunds: undefined, gapMs: 3 * S },
} as const

/** How long after its effect a query may still not know of it. */
const LAG_MS = 8 * S

type Options = {
  readonly world: World
  readonly provider: 'wechat' | 'alipay'
  readonly timeoutMs: number
  readonly deliver: Deliver
}

/** A gateway with books of its own, behind a network that may fail, in the ways of the one it stands for. */
export class SimulatedGateway {
  readonly identity: GatewayIdentity
  readonly ledger: Ledger
  readonly callbacks: Callbacks
  readonly port: FullGateway
  readonly #world: World
  readonly #provider: 'wechat' | 'alipay'
  readonly #timeoutMs: number
  /** Until when queries do not know of a number yet. */
  readonly #hiddenUntilMs = new Map<string, number>()
  /** Trades about which the service has been told that nothing more will come of them: only a callback tells of those. */
  readonly #givenUp = new Set<string>()
  readonly #others: LedgerRow[] = []
  readonly #lastRefundMs = new Map<string, number>()
  /** Refunds that stay abnormal. */
  readonly #forGood = new Set<string>()

  constructor({ world, provider, timeoutMs, deliver }: Options) {
    this.#world = world
    this.#provider = provider
    this.#timeoutMs = timeoutMs
    this.identity = IDENTITIES[provider]
    this.ledger = new Ledger(provider === 'wechat' ? 'WECHAT' : 'ALIPAY', this.identity, world.trueTime)
    this.callbacks = new Callbacks(world, provider, deliver)
    this.port = {
      provider,
      identity: this.identity,
      credentialsVersion: 'simulated',
      notifyUrl: `https://pay.example.cn/api/v1/payments/${provider}/notify`,
      create: (trade) => this.#call(`create ${short(trade.outTradeNo)}`, () => this.#create(trade)),
      query: (outTradeNo) => this.#call(`query ${short(outTradeNo)}`, () => ok(this.#query(outTradeNo))),
      close: (outTradeNo) => this.#call(`close ${short(outTradeNo)}`, () => this.#close(outTradeNo)),
      refundRules: REFUND_RULES[provider],
      refund: (order) => this.#call(`refund ${short(order.refundNo)} ${order.amount}`, () => this.#refund(order)),
      queryRefund: (name) => this.#call(`query refund ${short(name.refundNo)}`, () => ok(this.#queryRefund(name))),
      downloadBill: async () => err({ code: 'BILL_NOT_READY' }), // This world publishes none.
      fundFlow: undefined,
      readNotification: async (raw) => readSignedNotification(raw, SECRET[provider], this.identity),
    }
  }

  /** The payer scans the code and leaves it at that. */
  scan(outTradeNo: string): void {
    this.#world.trace.add('payer', `scans ${short(outTradeNo)}`, this.ledger.begin(outTradeNo) ? 'begun' : 'over')
  }

  /** The payer pays; `false` where it was over. */
  pay(outTradeNo: string): boolean {
    const receipt = this.ledger.pay(outTradeNo)
    this.#world.trace.add(
      'payer',
      `pays ${short(outTradeNo)}`,
      receipt === undefined ? 'over' : receipt.transactionId.slice(-4),
    )
    if (receipt === undefined) return false
    this.#hide(outTradeNo)
    const notificationId = `payment-${receipt.transactionId}`
    const mayBeLost = !this.#givenUp.has(outTradeNo)
    this.callbacks.announce({ kind: 'payment_succeeded', notificationId, eventAt: receipt.paidAt, receipt }, mayBeLost)
    return true
  }

  /** What was captured and what went back, by the gateway's own numbers. */
  books(): readonly LedgerRow[] {
    const ours = [...this.ledger.trades.values()].flatMap(({ receipt, refunds }) => {
      if (receipt === undefined) return []
      const done = [...refunds.values()].filter(({ status }) => status === 'success')
      const refundedFen = sumFen(done.map(({ amount }) => amount))
      return [{ provider: this.#provider, transactionId: receipt.transactionId, paidFen: receipt.amount, refundedFen }]
    })
    return [...ours, ...this.#others]
  }

  /** Somebody gives money back in the gateway's own console; nothing where there is no room for it. */
  refundByHand(outTradeNo: string, amount: Fen): void {
    const count = this.ledger.trades.get(outTradeNo)?.refunds.size ?? 0
    // Alipay wants the number to be new within the trade alone.
    const refundNo = this.#provider === 'wechat' ? `HAND${short(outTradeNo)}${count}` : `HAND${count}`
    const made = this.ledger.refundByHand(outTradeNo, refundNo, amount)
    this.#world.trace.add(
      'console',
      `refunds ${short(outTradeNo)} ${amount}`,
      made === undefined ? 'refused' : refundNo,
    )
    if (made !== undefined) this.#follow(outTradeNo, made)
  }

  /** A trade of another system under the same merchant number. */
  takeForOthers(transactionId: string, amount: Fen): void {
    this.#others.push({ provider: this.#provider, transactionId, paidFen: amount, refundedFen: 0 })
  }

  #call<T>(what: string, effect: () => Result<T, GatewayError>): Promise<Result<T, GatewayError>> {
    return callOver(this.#world, { who: this.#provider, what, timeoutMs: this.#timeoutMs }, effect)
  }

  #create(trade: CreateTrade): Result<PaymentAction, GatewayError> {
    const { faults } = this.#world
    if (faults.strikes('create_rejected')) {
      this.#givenUp.add(trade.outTradeNo)
      return err(rejection('RULE_LIMIT'))
    }
    const isNew = !this.ledger.trades.has(trade.outTradeNo)
    const opened = this.ledger.open(trade)
    if (opened.isErr()) return err(opened.error)
    if (isNew) this.#hide(trade.outTradeNo)
    return ok({ type: 'qr', codeUrl: `pay://${trade.outTradeNo}`, expiresAt: trade.expiresAt })
  }

  #query(outTradeNo: string): TradeState {
    const trade = this.ledger.find(outTradeNo)
    if (trade === undefined || this.#isHidden(outTradeNo)) return { state: 'not_found' }
    const state = this.ledger.stateOf(trade)
    return state === 'paid' ? paidState(trade, this.#provider) : { state }
  }

  #close(outTradeNo: string): Result<'closed' | 'not_found', GatewayError> {
    this.#givenUp.add(outTradeNo)
    return this.ledger.close(outTradeNo)
  }

  #refund(order: RefundOrder): Result<RefundState, GatewayError> {
    const { faults } = this.#world
    const isNew = this.ledger.refundOf(order.outTradeNo, order.refundNo) === undefined
    if (isNew && faults.strikes('refund_rejected'))
      // The merchant's balance is short: at WeChat Pay the same number may succeed later, so the adapter tells of it as unknown.
      return this.#provider === 'wechat'
        ? err({ code: 'GATEWAY_UNAVAILABLE', reason: 'NOT_ENOUGH' })
        : err(rejection('SELLER_BALANCE_NOT_ENOUGH'))
    if (isNew && this.#comesTooSoon(order.outTradeNo))
      return err({ code: 'GATEWAY_UNAVAILABLE', reason: 'FREQUENCY_LIMITED' })
    const made = this.ledger.refund(order)
    if (made.isErr()) return err(made.error)
    if (isNew) this.#follow(order.outTradeNo, made.value)
    return ok(this.#stateOf(made.value))
  }

  /** Nothing is done then, and nobody is told so for sure. */
  #comesTooSoon(outTradeNo: string): boolean {
    const last = this.#lastRefundMs.get(outTradeNo) ?? -Infinity
    return this.#world.timeline.nowMs < last + REFUND_RULES[this.#provider].gapMs
  }

  /** Whether nobody at the gateway will do anything about it any more. */
  isGivenUp(refundNo: string): boolean {
    return this.#forGood.has(refundNo)
  }

  #queryRefund({ refundNo, outTradeNo }: Pick<RefundOrder, 'refundNo' | 'outTradeNo'>): RefundState {
    const refund = this.ledger.refundOf(outTradeNo, refundNo)
    return refund === undefined || this.#isHidden(refundNo) ? { state: 'not_found' } : this.#stateOf(refund)
  }

  #stateOf(refund: LedgerRefund): RefundState {
    return refundState(refund, this.#provider === 'wechat' ? 'WECHAT' : 'ALIPAY')
  }

  /** What becomes of a refund that was accepted. */
  #follow(outTradeNo: string, refund: LedgerRefund): void {
    const { timeline, chance, faults } = this.#world
    this.#hide(refund.refundNo)
    this.#lastRefundMs.set(outTradeNo, timeline.nowMs)
    if (refund.status === 'success') return this.#announceRefund(outTradeNo, refund)
    const delayMs = faults.strikes('refund_slow') ? chance.between(H, 24 * H) : chance.between(S, 5 * MIN)
    const end = faults.strikes('refund_abnormal') ? 'abnormal' : faults.strikes('refund_closed') ? 'closed' : 'success'
    timeline.after(delayMs, () => this.#moveRefund(outTradeNo, refund.refundNo, end))
  }

  #moveRefund(outTradeNo: string, refundNo: string, status: LedgerRefund['status']): void {
    const { timeline, chance, trace } = this.#world
    const moved = this.ledger.moveRefund(outTradeNo, refundNo, status)
    trace.add(this.#provider, `refund ${short(refundNo)}`, status)
    this.#announceRefund(outTradeNo, moved)
    if (status !== 'abnormal') return
    // Somebody settles most of those at the gateway some time; the others stay for good.
    if (chance.hits(0.3)) return void this.#forGood.add(refundNo)
    const end = chance.hits(0.7) ? 'success' : 'closed'
    timeline.after(chance.between(MIN, 12 * H), () => this.#moveRefund(outTradeNo, refundNo, end))
  }

  #announceRefund(outTradeNo: string, { refundNo, refundId, amount, status, at, by }: LedgerRefund): void {
    if (status === 'processing') return
    const transactionId = this.ledger.trades.get(outTradeNo)?.receipt?.transactionId
    const isWechat = this.#provider === 'wechat'
    const notificationId = `refund-${refundNo}-${status}`
    // Alipay tells only that something went back; how much of it is this refund's, a query has to tell.
    const told = isWechat
      ? { refundId, amount, status }
      : { refundId: undefined, amount: undefined, status: 'unknown' as const }
    const refund = { outTradeNo, refundNo, transactionId, at, ...told }
    this.callbacks.announce(
      { kind: 'refund_changed', notificationId, eventAt: at, identity: this.identity, refund },
      by === 'merchant',
    )
  }

  #hide(name: string): void {
    const { faults, timeline, chance } = this.#world
    if (faults.strikes('query_lag')) this.#hiddenUntilMs.set(name, timeline.nowMs + chance.between(0, LAG_MS))
  }

  #isHidden(name: string): boolean {
    return this.#world.timeline.nowMs < (this.#hiddenUntilMs.get(name) ?? 0)
  }
}

/** WeChat Pay shows that some refund was begun, Alipay that all of it has gone back. */
const paidState = ({ receipt, refunds }: Trade, provider: 'wechat' | 'alipay'): TradeState => {
  if (receipt === undefined) throw new Error('a paid trade without its receipt')
  if (provider === 'wechat') return { state: 'paid', receipt, refunded: refunds.size > 0 ? 'some' : 'none' }
  const done = [...refunds.values()].filter(({ status }) => status === 'success')
  const isAll = sumFen(done.map(({ amount }) => amount)) === receipt.amount
  return { state: 'paid', receipt, refunded: isAll ? 'all' : 'none' }
}

/** Trades of another system under the same merchant number are numbered otherwise. */
export const isOfOthers = (transactionId: string): boolean => transactionId.startsWith(OTHERS)
export const OTHERS = 'other-'

/** The end of a number tells it from others well enough. */
export const short = (name: string): string => name.slice(-6)
