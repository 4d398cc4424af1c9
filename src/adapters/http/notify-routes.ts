import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import type { HandledNotification } from '../../application/notifications/handle-notification.ts'
import type { RawNotification } from '../../application/payments/payment-gateway.ts'
import { REFUSAL_REASONS, type RefusalReason } from '../../domain/callback-refusal.ts'
import { type Provider, PROVIDERS } from '../../domain/payment.ts'
import { sendProblem } from './answer.ts'
import { API } from './base-path.ts'
import { answerCanary } from './canary.ts'
import { createAddressList } from './client-address.ts'
import { type Context, param } from './context.ts'
import type { HttpDeps } from './deps.ts'
import { readBytes } from './json-body.ts'
import { type Acknowledgement, ACKNOWLEDGEMENTS, gatewayAnswer } from './notify-answer.ts'
import { refusedCallback } from './refused-callback.ts'
import { admitted, type Route, type RouteDoc } from './route.ts'

const DEADLINE_MS = 4500

/** What a person should look at. */
const ANOMALIES: ReadonlySet<string> = new Set([
  'amount_mismatch',
  'foreign_identity',
  'unknown_order',
  'surplus',
  'late',
] satisfies HandledNotification['verdict'][])

/** Those we could verify, whatever they said. */
const GENUINE: ReadonlySet<Acknowledgement> = new Set(['accepted', 'contradicting'])

/** Where gateways report; both addresses of a provider take whatever legitimately arrives at either. */
export const notifyRoutes = (deps: HttpDeps): readonly Route[] => {
  const senders = { mayComeFrom: sourceCheck(deps.notifyAllowedIps), isTrusted: createAddressList(deps.trustedProxies) }
  return (['notify', 'refund/notify'] as const).map((place) => ({
    method: 'POST',
    path: `${API}/payments/:provider/${place}`,
    doc: docOf(place === 'notify' ? '支付渠道的支付通知' : '支付渠道的退款通知'),
    ...admitted('gateway', (ctx) => notify(deps, senders, place === 'notify' ? 'payment' : 'refund', ctx)),
  }))
}

/** What the address is for; either takes the messages of the other. */
type Kind = 'payment' | 'refund'

type SourceCheck = (provider: Provider, address: string) => boolean

type Senders = { readonly mayComeFrom: SourceCheck; readonly isTrusted: (address: string) => boolean }

const sourceCheck = (allowed: HttpDeps['notifyAllowedIps']): SourceCheck => {
  const lists = new Map(Object.entries(allowed).map(([provider, networks]) => [provider, createAddressList(networks)]))
  return (provider, address) => lists.get(provider)?.(address) ?? true
}

const notify = async (deps: HttpDeps, { mayComeFrom, isTrusted }: Senders, kind: Kind, ctx: Context): Promise<void> => {
  ctx.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' })
  const provider = PROVIDERS.find((known) => known === param(ctx, 'provider'))
  if (provider === undefined) return sendProblem(ctx, { code: 'PROVIDER_NOT_FOUND' })
  ctx.state.logged['provider'] = provider
  const isAllowed = mayComeFrom(provider, ctx.state.ip)
  if (await answerCanary(deps.doctor.canaries, ctx, { isAllowed, isTrusted })) return
  const refusal = refusalOf(ctx, isAllowed)
  if (refusal !== undefined) {
    deps.onVerdict?.(provider, refusal, kind)
    noteRefused(deps, ctx, { provider, kind, reason: refusal, body: NOTHING_READ })
  }
  const acknowledgement = refusal ?? (await receiveInTime(deps, ctx, provider, kind))
  if (acknowledgement === 'not_configured') return sendProblem(ctx, { code: 'PROVIDER_NOT_CONFIGURED' })
  if (acknowledgement !== 'wrong_method') deps.activity.count('callbacks', provider, !GENUINE.has(acknowledgement))
  if (acknowledgement === 'wrong_method') ctx.set('Allow', 'POST')
  const { status, type, body } = gatewayAnswer(provider, acknowledgement)
  ctx.status = status
  if (status === 204) return
  ctx.set('Content-Type', type)
  ctx.body = body
}

/** What needs no look at the body. */
const refusalOf = ({ method }: Context, isAllowed: boolean): 'wrong_address' | 'wrong_method' | undefined => {
  if (!isAllowed) return 'wrong_address'
  return method === 'POST' ? undefined : 'wrong_method'
}

type Received = Acknowledgement | 'not_configured'

/** What has not come or is not booked by then is to be sent again, though its booking may still succeed. */
const receiveInTime = async (deps: HttpDeps, ctx: Context, provider: Provider, kind: Kind): Promise<Received> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, deps.timings?.notificationDeadlineMs ?? DEADLINE_MS, 'late')
  })
  const received = await Promise.race([receive(deps, ctx, provider, kind), late])
  clearTimeout(timer)
  if (received !== 'late') return received
  deps.log.warn({ requestId: ctx.state.requestId, provider }, 'a notification was not booked in time')
  return 'try_again'
}

/** Never rejects: it may finish after its answer has left. */
const receive = async (deps: HttpDeps, ctx: Context, provider: Provider, kind: Kind): Promise<Received> => {
  try {
    const body = await readBytes(ctx.req)
    if (body.isErr()) {
      const refusal = body.error.code === 'PAYLOAD_TOO_LARGE' ? 'too_large' : 'unreadable'
      deps.onVerdict?.(provider, refusal, kind)
      if (refusal === 'too_large') noteRefused(deps, ctx, { provider, kind, reason: refusal, body: NOTHING_READ })
      return refusal
    }
    const handled = await deps.handleNotification(provider, rawOf(ctx.req, body.value))
    deps.onVerdict?.(provider, handled.verdict, kind)
    note(deps, ctx, provider, handled)
    const reason = reasonOf(handled)
    if (reason !== undefined) noteRefused(deps, ctx, { provider, kind, reason, body: body.value })
    return handled.verdict === 'not_configured' ? 'not_configured' : ACKNOWLEDGEMENTS[handled.verdict]
  } catch (error) {
    deps.onVerdict?.(provider, 'not_booked', kind)
    deps.log.error({ requestId: ctx.state.requestId, provider, err: error }, 'a notification could not be booked')
    return 'try_again'
  }
}

const NOTHING_READ = new Uint8Array()

/** Why a message was refused unproven; what was proven is in the log with all it says. */
const reasonOf = (handled: HandledNotification): RefusalReason | undefined => {
  if (handled.verdict === 'unreadable' && !handled.signed) return 'unreadable'
  // A gateway's own probe whether we check is no trouble.
  return handled.verdict === 'refused' ? REFUSAL_REASONS.find((one) => one === handled.reason) : undefined
}

type Unproven = {
  readonly provider: Provider
  readonly kind: Kind
  readonly reason: RefusalReason
  readonly body: Uint8Array
}

/** Keeps how it came, for whoever has to find out why a genuine one does not arrive. */
const noteRefused = (
  { doctor: { refusals, appIds }, clock }: HttpDeps,
  ctx: Context,
  { provider, kind: place, reason, body }: Unproven,
): void => {
  const facts = { provider, place, reason, body, ownAppId: appIds[provider], at: clock.now() }
  const refused = refusedCallback({ ...facts, request: ctx.req, address: ctx.state.ip })
  if (refused !== undefined) refusals.note(refused)
}

/** A header that came twice is nobody's: the one that was signed can't be told from the other. */
const rawOf = ({ rawHeaders }: IncomingMessage, body: Uint8Array): RawNotification => {
  const headers: Record<string, string | undefined> = {}
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? ''
    headers[name] = Object.hasOwn(headers, name) ? undefined : rawHeaders[i + 1]
  }
  return { headers, body }
}

const note = ({ log }: HttpDeps, { state }: Context, provider: Provider, handled: HandledNotification): void => {
  const { requestId, logged } = state
  const { verdict } = handled
  const reason = 'reason' in handled ? handled.reason : undefined
  const outTradeNo = 'outTradeNo' in handled ? handled.outTradeNo : undefined
  Object.assign(logged, { verdict, reason, outTradeNo })
  if (ANOMALIES.has(verdict) || (handled.verdict === 'unreadable' && handled.signed))
    log.warn({ requestId, provider, verdict, reason, outTradeNo }, 'a genuine notification needs a look')
}

const docOf = (summary: string): RouteDoc => ({
  summary,
  tag: '通知',
  params: z.strictObject({ provider: z.enum(PROVIDERS) }),
  answers: {
    200: { description: '支付宝：已受理', type: 'text/plain', schema: z.literal('success') },
    204: { description: '微信支付：已受理' },
    400: { description: '报文无法识别，或不属于本商户' },
    401: { description: '签名无效' },
    403: { description: '来源地址不在允许范围' },
    409: { description: '金额与订单不符' },
    413: { description: '报文过大' },
    503: { description: '暂时无法落库，请重发' },
  },
  problems: ['PROVIDER_NOT_FOUND', 'PROVIDER_NOT_CONFIGURED'],
})
