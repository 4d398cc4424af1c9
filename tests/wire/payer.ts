import { ok } from 'neverthrow'
import type { CallbackMessage } from '../../src/adapters/sandbox/send-callback.ts'
import type { PaymentFacts } from '../../src/domain/payment.ts'
import { type OrderEvent, transitionOrder } from '../../src/domain/order.ts'
import { type Running, readersOf, storeOf } from '../support/service.ts'

export type Gateway = 'wechat' | 'alipay'

/** What differs between the two gateways on the wire, as far as these tests speak of it. */
export const METHOD = { wechat: 'WECHAT_NATIVE', alipay: 'ALIPAY_QR' } as const

type Answer = { readonly status: number; readonly body: string }

/** Where the API is and who may use it: all that is needed to call it. */
export type Api = Pick<Running, 'origin' | 'token'>

/** Calls the API as a user. */
export const call = async (
  { origin }: Pick<Api, 'origin'>,
  path: string,
  given: {
    readonly token?: string
    readonly method?: string
    readonly body?: unknown
    readonly headers?: Readonly<Record<string, string>>
  } = {},
): Promise<{ readonly status: number; readonly json: Json }> => {
  const answer = await fetch(`${origin}/api/v1${path}`, {
    method: given.method ?? (given.body === undefined ? 'GET' : 'POST'),
    headers: {
      'content-type': 'application/json',
      ...(given.token === undefined ? {} : { authorization: `Bearer ${given.token}` }),
      ...given.headers,
    },
    ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
  })
  return { status: answer.status, json: (await answer.json()) as Json } // Each test looks at the fields it needs.
}

// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any

/** Puts a product on sale. */
export const sell = async (running: Api, fulfilment: unknown, price = '99.00'): Promise<string> => {
  const body = { name: '会员年卡', description: '', price, currency: 'CNY', active: true, sortOrder: 1, fulfilment }
  const { status, json } = await call(running, '/admin/products', { token: await running.token('admin', true), body })
  if (status !== 201) throw new Error(`the product was refused: ${JSON.stringify(json)}`)
  return json.data.id
}

export const GRANT = { type: 'access', delivery: 'grant', validityDays: 365 }

export type Opened = {
  readonly orderId: string
  readonly outTradeNo: string
  readonly codeUrl: string
  readonly token: string
}

/** An order of one product and its open payments, made over HTTP. */
export const order = async (running: Api, productId: string, user = 'u1'): Promise<string> => {
  const token = await running.token(user)
  const { json } = await call(running, '/orders', { token, body: { items: [{ productId, quantity: 1 }] } })
  return json.data.id
}

export const open = async (running: Api, orderId: string, gateway: Gateway, user = 'u1'): Promise<Opened> => {
  const token = await running.token(user)
  const body = { orderId, method: METHOD[gateway] }
  const { status, json } = await call(running, `/payments/${gateway}/create`, { token, body })
  if (status !== 201) throw new Error(`the payment was refused: ${JSON.stringify(json)}`)
  const { payment, action } = json.data
  return { orderId, outTradeNo: payment.outTradeNo, codeUrl: action.codeUrl, token }
}

/** Delivers a callback as the gateway does. */
export const deliver = async (
  { origin }: Pick<Api, 'origin'>,
  gateway: Gateway,
  { headers, body }: Pick<CallbackMessage, 'headers' | 'body'>,
  path = `/api/v1/payments/${gateway}/notify`,
): Promise<Answer & { readonly type: string | null }> => {
  const answer = await fetch(origin + path, { method: 'POST', headers, body: new Uint8Array(body) })
  return { status: answer.status, body: await answer.text(), type: answer.headers.get('content-type') }
}

/** A genuine callback about a payment, saying what the test wants it to say. */
export const genuine = (
  { sandbox }: Pick<Running, 'sandbox'>,
  gateway: Gateway,
  outTradeNo: string,
  total: number,
  fields: { readonly transactionId?: string; readonly appId?: string; readonly merchantId?: string } = {},
): CallbackMessage => {
  const { merchantId, ...others } = fields
  return gateway === 'wechat'
    ? sandbox.wechat.notification({ outTradeNo, total, ...others, ...(merchantId ? { mchId: merchantId } : {}) })
    : sandbox.alipay.notification({ outTradeNo, total, ...others, ...(merchantId ? { sellerId: merchantId } : {}) })
}

/** The answers of the contract's table, by case. */
export const ACCEPTED = {
  wechat: { status: 204, body: '' },
  alipay: { status: 200, body: 'success' },
} as const

export const refused = (gateway: Gateway, status: number) =>
  gateway === 'alipay' ? { status, body: 'fail' } : { status, body: expectedFail }

const expectedFail = { code: 'FAIL' }

/** Reads an answer so that it can be compared with `ACCEPTED` and `refused`. */
export const verdictOf = (gateway: Gateway, { status, body }: Answer) =>
  gateway === 'alipay' || body === '' ? { status, body } : { status, body: { code: JSON.parse(body).code } }

export const orderState = async (running: Running, orderId: string) =>
  (await readersOf(running).orders.find(orderId))?.value

export const paymentOf = async (running: Running, outTradeNo: string) =>
  (await readersOf(running).payments.findByOutTradeNo(outTradeNo))?.value

/** Puts pieces of a sku in the warehouse. */
export const stockUp = async (running: Api, sku: string, delta: number): Promise<void> => {
  const body = { delta, reason: '进货' }
  const path = `/admin/inventory/${sku}/adjust`
  const { status, json } = await call(running, path, { token: await running.token('admin', true), body })
  if (status >= 300) throw new Error(`the stock was refused: ${JSON.stringify(json)}`)
}

/** Fresh access codes, in the text that is printed on the cards. */
export const codesOf = async (running: Api, productId: string, count: number): Promise<readonly string[]> => {
  const token = await running.token('admin', true)
  const body = { productId, count, expiresAt: '2099-12-31T16:00:00.000Z' }
  const { json } = await call(running, '/admin/access-codes', { token, body })
  const url = `${running.origin}/api/v1/admin/access-codes.csv?batchId=${json.data.batchId}`
  const csv = await (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).text()
  return csv.match(/\b(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}\b/g) ?? []
}

export const stockOf = async (running: Running, sku: string) => (await readersOf(running).stock.find(sku)).value

/** Waits until all that was paid with this number has gone back, settling at WeChat Pay what waits there. */
export const goneBack = (running: Running, outTradeNo: string) =>
  eventually(
    async () => {
      running.clock.advance(50)
      for (const trade of running.sandbox.wechat.trades())
        for (const { outRefundNo, status } of trade.refunds)
          if (trade.outTradeNo === outTradeNo && status === 'PROCESSING')
            running.sandbox.wechat.settleRefund(outRefundNo)
      return paymentOf(running, outTradeNo)
    },
    (seen) => seen?.status === 'refunded',
  )

export const refundsOf = async (running: Running, { id }: Pick<PaymentFacts, 'id'>) =>
  (await readersOf(running).refunds.listByPayment(id)).map(({ value }) => value)

/** Ends an order as its expiry or its buyer would. */
export const endOrder = (running: Running, orderId: string, event: OrderEvent) =>
  storeOf(running).transaction.run(async ({ orders }) => {
    const before = await orders.find(orderId)
    if (before === undefined) throw new Error('no such order')
    await orders.replace(before, transitionOrder(before.value, event)._unsafeUnwrap()[0], event.at)
    return ok(undefined)
  })

/** Waits until something holds that happens by itself; fails after two seconds. */
export const eventually = async <T>(look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> => {
  for (let turn = 0; turn < 1000; turn += 1) {
    const seen = await look()
    if (holds(seen)) return seen
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return look()
}
