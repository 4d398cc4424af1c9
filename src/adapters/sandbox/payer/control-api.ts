import { err, ok, type Result } from 'neverthrow'
import { z } from 'zod'
import { alipayDifferenceSchema, wechatDifferenceSchema } from '../bills/difference-schemas.ts'
import { alipayFaultSchema, wechatFaultSchema } from '../faults.ts'
import type { Received, Reply } from '../http-exchange.ts'
import { parseJson } from '../canonical-json.ts'
import { PayerRefused } from '../payer-refused.ts'
import { findTrade, type Gateways, type PayerTrade, type Provider } from './payer-trades.ts'

const provider = z.enum(['wechat', 'alipay']).optional()
const which = z.union([
  z.strictObject({ outTradeNo: z.string(), provider, couponFen: z.int().min(1).optional() }),
  z.strictObject({ code: z.string(), provider, couponFen: z.int().min(1).optional() }),
])
const consoleRefund = { amountFen: z.int().min(1).optional(), refundNo: z.string().min(1).max(64).optional() }
const refundRequest = z.union([
  z.strictObject({ outTradeNo: z.string(), provider, ...consoleRefund }),
  z.strictObject({ code: z.string(), provider, ...consoleRefund }),
])
const payRequest = z.union([
  which,
  z.strictObject({ orderString: z.string() }),
  z.strictObject({ invocation: z.record(z.string(), z.string()) }),
])
const differencesRequest = z.discriminatedUnion('provider', [
  z.strictObject({ provider: z.literal('wechat'), differences: z.array(wechatDifferenceSchema).min(1) }),
  z.strictObject({ provider: z.literal('alipay'), differences: z.array(alipayDifferenceSchema).min(1) }),
])
const faultRequest = z.looseObject({ provider: z.enum(['wechat', 'alipay']) })

/** The sandbox for other processes: what a payer or a tester does, as JSON. */
export const controlApi = async (gateways: Gateways, { method, path, body }: Received): Promise<Reply | undefined> => {
  const call = `${method} ${path}`
  const input = parseJson(body.toString('utf8'))
  switch (call) {
    case 'GET /sandbox/api/trades':
      return json(200, { wechat: gateways.wechat.trades(), alipay: gateways.alipay.trades() })
    case 'POST /sandbox/api/pay':
      return withInput(payRequest, input, (wanted) => pay(gateways, wanted))
    case 'POST /sandbox/api/scan':
      return withInput(which, input, (wanted) => gateways.alipay.scan(textOf(wanted)))
    case 'POST /sandbox/api/close':
      return withInput(which, input, (wanted) => close(gateways, wanted))
    case 'POST /sandbox/api/refund':
      return withInput(refundRequest, input, (wanted) => refund(gateways, wanted))
    case 'POST /sandbox/api/faults':
      return armed(gateways, input)
    case 'DELETE /sandbox/api/faults':
      clearFaults(gateways)
      return nothing
    case 'POST /sandbox/api/bill-differences':
      return withInput(differencesRequest, input, (wanted) => plant(gateways, wanted))
    case 'DELETE /sandbox/api/bill-differences':
      gateways.wechat.billDifferences.clear()
      gateways.alipay.billDifferences.clear()
      return nothing
    default:
      return path.startsWith('/sandbox/api/') ? json(404, { error: 'no such call' }) : undefined
  }
}

const nothing: Reply = { status: 204, headers: {}, body: Buffer.alloc(0) }

const armed = (gateways: Gateways, input: unknown): Reply =>
  parsed(faultRequest, input)
    .andThen((fault) => armFault(gateways, fault))
    .match(
      (done) => json(200, done),
      (error) => json(400, { error }),
    )

/** Arms a fault; what is none of the provider's is refused. */
export const armFault = (
  { wechat, alipay }: Gateways,
  { provider: at, ...fault }: { readonly provider: Provider; readonly [member: string]: unknown },
): Result<{ readonly armed: true }, string> =>
  at === 'wechat'
    ? parsed(wechatFaultSchema, fault).map((known) => armedIn(wechat.faults, known))
    : parsed(alipayFaultSchema, fault).map((known) => armedIn(alipay.faults, known))

const armedIn = <F>(faults: { add(fault: F): void }, fault: F): { readonly armed: true } => {
  faults.add(fault)
  return { armed: true }
}

export const clearFaults = ({ wechat, alipay }: Gateways): void => {
  wechat.faults.clear()
  alipay.faults.clear()
}

const pay = async (gateways: Gateways, wanted: z.infer<typeof payRequest>): Promise<object> => {
  if ('orderString' in wanted) return gateways.alipay.payOrderString(wanted.orderString)
  if ('invocation' in wanted) return gateways.wechat.payInvocation(wanted.invocation)
  const { provider: at, outTradeNo } = meant(gateways, wanted)
  const { couponFen } = wanted
  const paid = await gateways[at].pay(textOf(wanted), couponFen === undefined ? {} : { couponFen })
  return { provider: at, outTradeNo, ...paid }
}

const close = async (gateways: Gateways, wanted: z.infer<typeof which>): Promise<object> => {
  const { provider: at, outTradeNo } = meant(gateways, wanted)
  gateways[at].close(outTradeNo)
  return { provider: at, outTradeNo }
}

/** As a person does it in the merchant's console at the gateway. */
const refund = async (gateways: Gateways, wanted: z.infer<typeof refundRequest>): Promise<object> => {
  const { provider: at, outTradeNo } = meant(gateways, wanted)
  const { amountFen, refundNo } = wanted
  const given = { ...(amountFen === undefined ? {} : { amountFen }), ...(refundNo === undefined ? {} : { refundNo }) }
  return { provider: at, outTradeNo, ...gateways[at].refundInConsole(outTradeNo, given) }
}

const plant = async ({ wechat, alipay }: Gateways, wanted: z.infer<typeof differencesRequest>): Promise<object> => ({
  planted:
    wanted.provider === 'wechat'
      ? wechat.billDifferences.plant(...wanted.differences)
      : alipay.billDifferences.plant(...wanted.differences),
})

type Which = { readonly provider?: Provider | undefined } & (
  | { readonly code: string }
  | { readonly outTradeNo: string }
)

const meant = (gateways: Gateways, wanted: Which): PayerTrade => {
  const trade = findTrade(gateways, { text: textOf(wanted), provider: wanted.provider })
  if (trade === undefined) throw new PayerRefused('找不到这笔订单')
  return trade
}

const textOf = (wanted: Which): string => ('code' in wanted ? wanted.code : wanted.outTradeNo)

const withInput = async <S extends z.ZodType>(
  schema: S,
  input: unknown,
  run: (value: z.infer<S>) => Promise<object>,
): Promise<Reply> => {
  const value = parsed(schema, input)
  if (value.isErr()) return json(400, { error: value.error })
  try {
    return json(200, await run(value.value))
  } catch (error) {
    if (error instanceof PayerRefused) return json(409, { error: error.message })
    throw error
  }
}

const parsed = <S extends z.ZodType>(schema: S, input: unknown): Result<z.infer<S>, string> => {
  const result = schema.safeParse(input)
  return result.success ? ok(result.data) : err(z.prettifyError(result.error))
}

const json = (status: number, value: object): Reply => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8' },
  body: Buffer.from(JSON.stringify(value)),
})
