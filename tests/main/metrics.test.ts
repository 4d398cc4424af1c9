import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSamples, type Samples, sumOf } from '../support/samples.ts'
import { type RunningHere, startRunning } from '../support/service.ts'
import {
  call,
  deliver,
  eventually,
  type Gateway,
  GRANT,
  genuine,
  goneBack,
  open,
  order,
  orderState,
  paymentOf,
  sell,
} from '../wire/payer.ts'

const BOTH = ['wechat', 'alipay'] as const

let running: RunningHere
beforeAll(async () => {
  running = await startRunning()
})
afterAll(() => running.stop())

/** By how much a sum grows meanwhile. */
const growth = async (
  work: () => Promise<unknown>,
  ...of: readonly (readonly [name: string, labels?: Readonly<Record<string, string>>])[]
): Promise<readonly number[]> => {
  const sums = (samples: Samples) => of.map(([name, labels]) => sumOf(samples, name, labels))
  const before = sums(await readSamples(running))
  await work()
  const after = sums(await readSamples(running))
  return after.map((value, n) => value - (before[n] ?? 0))
}

const opened = async (gateway: Gateway) => open(running, await order(running, await sell(running, GRANT)), gateway)

const paid = async (gateway: Gateway) => {
  const payment = await opened(gateway)
  await running.sandbox[gateway].pay(payment.codeUrl)
  await eventually(
    () => orderState(running, payment.orderId),
    (seen) => seen?.status === 'paid',
  )
  return payment
}

describe('the metrics of a service', () => {
  it.each(BOTH)('count an order that is paid at %s, once, from its callback to its delivery', async (provider) => {
    const grown = await growth(
      () => paid(provider),
      ['shouyin_payments_total', { provider, result: 'pending' }],
      ['shouyin_payments_total', { provider, result: 'paid' }],
      ['shouyin_payment_time_to_paid_seconds_count', { provider }],
      ['shouyin_order_completion_seconds_count'],
      ['shouyin_fulfilment_delay_seconds_count'],
      ['shouyin_receipts_total', { provider, disposition: 'settled' }],
      ['shouyin_gateway_call_duration_seconds_count', { provider, operation: 'create', outcome: 'ok' }],
    )
    expect(grown).toEqual([1, 1, 1, 1, 1, 1, 1])
  })

  it.each(BOTH)('count each message of %s by what became of it', async (provider) => {
    const payment = await opened(provider)
    const message = genuine(running, provider, payment.outTradeNo, 9900)
    const forged = { ...message, body: Buffer.from(`${String(message.body)} `) }
    const grown = await growth(
      async () => {
        await deliver(running, provider, message)
        await deliver(running, provider, message)
        await deliver(running, provider, forged)
        await deliver(running, provider, genuine(running, provider, 'P20260301UNKNOWN0000000000001', 1))
        await deliver(running, provider, message, `/api/v1/payments/${provider}/refund/notify`)
      },
      ['shouyin_callbacks_total', { provider, kind: 'payment', verdict: 'settled' }],
      ['shouyin_callbacks_total', { provider, kind: 'payment', verdict: 'repeated' }],
      ['shouyin_callbacks_total', { provider, kind: 'payment', verdict: 'unknown_order' }],
      ['shouyin_callbacks_total', { provider, kind: 'refund', verdict: 'repeated' }],
      ['shouyin_callbacks_total', { provider, kind: 'payment' }],
      ['shouyin_callback_delay_seconds_count', { provider }],
      ['shouyin_incidents_total', { kind: 'unknown_order' }],
    )
    expect(grown).toEqual([1, 1, 1, 1, 4, 2, 1])
  })

  it('tell a payment that was found by asking from one that was announced', async () => {
    const payment = await opened('wechat')
    running.sandbox.wechat.faults.add({ operation: 'callback', kind: 'never', outTradeNo: payment.outTradeNo })
    const grown = await growth(
      async () => {
        await running.sandbox.wechat.pay(payment.codeUrl)
        await call(running, `/payments/wechat/query/${payment.orderId}`, { token: payment.token })
      },
      ['shouyin_receipts_total', { provider: 'wechat', source: 'query' }],
      ['shouyin_receipts_total', { provider: 'wechat', source: 'notification' }],
    )
    expect(grown).toEqual([1, 0])
  })

  it('count a refund by each state it enters, and how its success was learned', async () => {
    const payment = await paid('wechat')
    const grown = await growth(
      async () => {
        const body = { orderId: payment.orderId, amount: '99.00', reason: '不想要了' }
        await call(running, '/payments/wechat/refund', { token: payment.token, body })
        await goneBack(running, payment.outTradeNo)
      },
      ['shouyin_refunds_total', { provider: 'wechat', result: 'processing' }],
      ['shouyin_refunds_total', { provider: 'wechat', result: 'success' }],
      ['shouyin_refunds_settled_total', { provider: 'wechat' }],
      ['shouyin_payments_total', { provider: 'wechat', result: 'refunded' }],
    )
    expect(grown).toEqual([1, 1, 1, 1])
    expect((await paymentOf(running, payment.outTradeNo))?.status).toBe('refunded')
  })

  it('count goods that were wanted and not there', async () => {
    const productId = await sell(running, { type: 'goods', sku: 'SCARCE' })
    const token = await running.token('u1')
    const body = { items: [{ productId, quantity: 1 }] }
    const grown = await growth(
      () => call(running, '/orders', { token, body }),
      ['shouyin_stock_conflicts_total', { reason: 'out_of_stock' }],
      ['shouyin_http_requests_total', { route: '/api/v1/orders', method: 'POST', status: '409' }],
    )
    expect(grown).toEqual([1, 1])
  })

  it('tell apart a gateway that says no, one that says nothing, and calls that are held back', async () => {
    const productId = await sell(running, GRANT)
    const token = await running.token('u1')
    running.sandbox.alipay.faults.add({ operation: 'create', kind: 'html_502' })
    const create = { provider: 'alipay', operation: 'create' }
    const grown = await growth(
      async () => {
        const body = { orderId: await order(running, productId), method: 'ALIPAY_QR' }
        await call(running, '/payments/alipay/create', { token, body })
      },
      ['shouyin_gateway_call_duration_seconds_count', { ...create, outcome: 'unavailable' }],
      ['shouyin_gateway_call_duration_seconds_count', { ...create, outcome: 'ok' }],
    )
    expect(grown).toEqual([1, 0])
    const samples = await readSamples(running)
    expect(samples.get('shouyin_gateway_circuit_open{provider="alipay"}')).toBe(0)
  })

  it('tell of the jobs, the database and the process', async () => {
    const samples = await eventually(
      () => readSamples(running),
      (seen) => sumOf(seen, 'shouyin_job_duration_seconds_count', { job: 'recovery' }) > 0,
    )
    expect(samples.get('shouyin_job_last_success_timestamp_seconds{job="recovery"}')).toBeCloseTo(
      running.clock.now().getTime() / 1000,
      -2,
    )
    expect(sumOf(samples, 'shouyin_database_unit_duration_seconds_count', { outcome: 'committed' })).toBeGreaterThan(0)
    expect(samples.get('shouyin_store_readable')).toBe(1)
    expect(samples.get('shouyin_backlog_items{queue="events"}')).toBeTypeOf('number')
    expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(1e6)
    expect(samples.has('nodejs_eventloop_lag_seconds')).toBe(true)
  })

  it('name nobody and no thing: no id, number, address or amount stands in a label', async () => {
    const { orderId, outTradeNo } = await paid('wechat')
    await fetch(`${running.origin}/no/such/place?token=secret`)
    const text = await (await fetch(`${running.origin}/metrics`)).text()
    const payment = await paymentOf(running, outTradeNo)
    for (const name of [orderId, outTradeNo, payment?.id ?? '?', 'u1"', '127.0.0.1', 'secret', 'no/such'])
      expect(text).not.toContain(name)
  })
})
