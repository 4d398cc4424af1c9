import { err, ok, type Result } from 'neverthrow'
import type { Fen } from '../../domain/money.ts'
import { isMethodOf, type Payment, type PaymentEvent, type PaymentMethod, type Provider } from '../../domain/payment.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import { maySee, type Viewer } from '../orders/viewer.ts'
import { type RiskControl, underRiskControl } from '../risk/judge-risk.ts'
import type { RiskDenied } from '../risk/refusals.ts'
import {
  type Readers,
  type Repositories,
  type Transaction,
  WRITE_CONFLICT,
  type WriteConflict,
} from '../transaction.ts'
import type { Versioned } from '../versioned.ts'
import { endPayment } from './end-payment.ts'
import { refreshOpenPayments } from './open-payments.ts'
import { type PayWithPoints, type PayWithPointsError } from './pay-with-points.ts'
import { newAttempt, type PayableError, refusalOf, riskOfPayment } from './payment-attempt.ts'
import type { GatewayError, Gateways, PaymentAction, PaymentGateway } from './payment-gateway.ts'
import type { RefreshPayment } from './refresh-payment.ts'

export type CreatePaymentInput = {
  /** For a payment that is paid at once: fixed by the caller, so that a repeated request finds what it has paid. */
  readonly paymentId: string
  readonly viewer: Viewer
  readonly orderId: string
  readonly provider: Provider
  readonly method: PaymentMethod
  readonly amount: Fen | undefined
  readonly subject: string | undefined
  readonly openid: string | undefined
  readonly returnUrl: string | undefined
  readonly clientIp: string | undefined
}

export type CreatePaymentError =
  | { readonly code: 'PROVIDER_NOT_CONFIGURED' }
  | { readonly code: 'METHOD_NOT_OF_PROVIDER' }
  | { readonly code: 'OPENID_REQUIRED' }
  | { readonly code: 'ORDER_NOT_FOUND' }
  | PayableError
  | PayWithPointsError
  | RiskDenied
  | { readonly code: 'GATEWAY_UNAVAILABLE' }
  | { readonly code: 'GATEWAY_REJECTED'; readonly gatewayCode: string }

export type CreatedPayment = { readonly payment: Versioned<Payment>; readonly action: PaymentAction }

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'orders' | 'payments'>
  readonly clock: Clock
  readonly ids: Ids
  readonly gateways: Gateways
  readonly refreshPayment: RefreshPayment
  readonly payWithPoints: PayWithPoints
  readonly risk: RiskControl
  /** How long a new payment is left to its payer and its callback before the gateway is asked. */
  readonly firstQuestionMs: number
  /** Where a payer comes back to from the gateway's own page, where the caller names no place. */
  readonly returnPage: (provider: Provider, orderId: string) => string
}

/** A gateway may say of a number that its trade has ended; then one further attempt is made under a new one. */
const ATTEMPTS = 2

/**
 * Opens a payment at the gateway and says what the payer does next. Asked again while it is pending, it gives the
 * same payment and a fresh action. The attempt is committed before the gateway is called, so a crash leaves a
 * payment that recovery and the next request both find.
 */
export const createPayment =
  (deps: Deps) =>
  async (input: CreatePaymentInput): Promise<Result<CreatedPayment, CreatePaymentError>> => {
    const gateway = deps.gateways.find(input.provider)
    if (!isMethodOf(input.provider, input.method)) return err({ code: 'METHOD_NOT_OF_PROVIDER' })
    if (input.provider === 'points') {
      await refreshFirst(deps, input)
      return deps.payWithPoints(input)
    }
    if (gateway === undefined) return err({ code: 'PROVIDER_NOT_CONFIGURED' })
    if (input.method === 'WECHAT_JSAPI' && input.openid === undefined) return err({ code: 'OPENID_REQUIRED' })
    await refreshFirst(deps, input)
    for (let attempt = 1; ; attempt += 1) {
      const opened = await openAttempt(deps, gateway, input)
      if (opened.isErr()) return err(opened.error)
      const asked = await askGateway(deps, gateway, opened.value)
      if (asked.isOk() || asked.error.code !== 'ATTEMPT_ENDED') return asked.mapErr(withoutEnded)
      if (attempt === ATTEMPTS) return err({ code: 'GATEWAY_UNAVAILABLE' })
    }
  }

/**
 * An order whose earlier attempt was paid in silence must not be paid a second time. A gateway that does not answer
 * keeps nobody from paying at another one.
 */
const refreshFirst = async (deps: Deps, { orderId, viewer }: CreatePaymentInput): Promise<void> => {
  const order = (await deps.readers.orders.find(orderId))?.value
  if (order?.status === 'pending' && maySee(viewer, order)) await refreshOpenPayments(deps, orderId)
}

type Ended = { readonly code: 'ATTEMPT_ENDED' }

const withoutEnded = (error: CreatePaymentError | Ended): CreatePaymentError =>
  error.code === 'ATTEMPT_ENDED' ? { code: 'GATEWAY_UNAVAILABLE' } : error

/** Finds the pending attempt of this order, provider and method, or commits a new one. */
const openAttempt = (
  { transaction, clock, ids, firstQuestionMs, returnPage, risk }: Deps,
  gateway: PaymentGateway,
  input: CreatePaymentInput,
): Promise<Result<Versioned<Payment>, CreatePaymentError>> =>
  underRiskControl(
    { transaction, risk },
    async (repositories): Promise<Result<Versioned<Payment>, CreatePaymentError | WriteConflict>> => {
      const at = clock.now()
      const order = (await repositories.orders.find(input.orderId))?.value
      if (order === undefined || !maySee(input.viewer, order)) return err({ code: 'ORDER_NOT_FOUND' })
      const refusal = refusalOf(order, input, at)
      if (refusal !== undefined) return err(refusal)
      const open = await repositories.payments.findOpen(order.id, input.provider, input.method)
      if (open !== undefined) return askedAgain(repositories, open)
      const judged = await risk.judgeRisk(repositories, riskOfPayment(order, input.clientIp, at))
      if (judged.isErr()) return err(judged.error)
      const returnUrl =
        input.returnUrl ?? (leavesThePage(input.method) ? returnPage(input.provider, order.id) : undefined)
      const payment = newAttempt(ids, gateway, order, { ...input, returnUrl }, at)
      const askAt = new Date(at.getTime() + firstQuestionMs)
      if (!(await repositories.payments.insert(payment, askAt))) return err(WRITE_CONFLICT)
      await repositories.outbox.append({
        stream: order.id,
        events: [{ type: 'payment.created', paymentId: payment.id, orderId: order.id, at }],
        cause: { kind: 'request', actor: order.userId },
        at,
      })
      return ok({ value: payment, version: 1, updatedAt: at })
    },
  )

/** Notes that one more call is about to go out for it, so that the refusal of an earlier one no longer ends it. Nothing is seen of that. */
const askedAgain = async (
  { payments }: Pick<Repositories, 'payments'>,
  open: Versioned<Payment>,
): Promise<Result<Versioned<Payment>, WriteConflict>> =>
  (await payments.replace(open, open.value, open.updatedAt))
    ? ok({ ...open, version: open.version + 1 })
    : err(WRITE_CONFLICT)

/** Whether the payer's browser goes to the gateway's own page, and has to come back from there. */
const leavesThePage = (method: PaymentMethod): boolean => {
  switch (method) {
    case 'WECHAT_H5':
    case 'ALIPAY_WEB':
    case 'ALIPAY_WAP':
      return true
    case 'WECHAT_NATIVE':
    case 'WECHAT_JSAPI':
    case 'WECHAT_APP':
    case 'ALIPAY_QR':
    case 'ALIPAY_APP':
    case 'POINTS':
      return false
  }
}

const askGateway = async (
  deps: Deps,
  gateway: PaymentGateway,
  payment: Versioned<Payment>,
): Promise<Result<CreatedPayment, CreatePaymentError | Ended>> => {
  const { method, outTradeNo, amount, currency, request, expiresAt } = payment.value
  const action = await gateway.create({ method, outTradeNo, amount, currency, request, expiresAt })
  return action.isOk() ? ok({ payment, action: action.value }) : err(await answerTo(deps, payment, action.error))
}

/** What a gateway's "no" means for the attempt; an unknown outcome leaves it pending under the same number. */
const answerTo = async (
  deps: Deps,
  asked: Versioned<Payment>,
  error: GatewayError,
): Promise<CreatePaymentError | Ended> => {
  const payment = asked.value
  switch (error.code) {
    case 'GATEWAY_UNAVAILABLE':
      return { code: 'GATEWAY_UNAVAILABLE' }
    case 'METHOD_NOT_SUPPORTED':
      await failUnlessAskedTwice(deps, asked, error.code)
      return { code: 'METHOD_NOT_OF_PROVIDER' }
    case 'GATEWAY_REJECTED':
      await failUnlessAskedTwice(deps, asked, error.gatewayCode)
      return { code: 'GATEWAY_REJECTED', gatewayCode: error.gatewayCode }
    case 'TRADE_ALREADY_PAID': {
      const refreshed = await deps.refreshPayment(payment)
      return refreshed.isErr() ? { code: 'GATEWAY_UNAVAILABLE' } : { code: 'DUPLICATE_PAYMENT' }
    }
    case 'TRADE_CLOSED':
      await end(deps, payment, { type: 'closed', at: deps.clock.now() })
      return { code: 'ATTEMPT_ENDED' }
  }
}

/**
 * A call that is refused has opened no trade, but an earlier one under the same number may have, and its payer may have
 * paid. So only the refusal of an attempt's one and only call ends it; else it stays open, to be asked about.
 */
const failUnlessAskedTwice = async (
  deps: Deps,
  { value, version }: Versioned<Payment>,
  reason: string,
): Promise<void> => {
  if (version !== 1) return
  await end(deps, value, { type: 'failed', reason, at: deps.clock.now() }, version)
}

type EndEvent = Extract<PaymentEvent, { type: 'failed' | 'closed' }>

const end = (
  { transaction }: Deps,
  { id, provider }: Payment,
  event: EndEvent,
  onlyVersion?: number,
): Promise<unknown> =>
  transaction.run((repositories) =>
    endPayment(repositories, id, event, { kind: 'request', actor: provider }, onlyVersion),
  )
