import { ok } from 'neverthrow'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RETRY_GAPS_MS } from '../../src/domain/webhook-delivery.ts'
import { dueDelivery, webhookEndpoint } from '../support/builders.ts'
import { type Running, readersOf, startRunning, storeOf } from '../support/service.ts'
import { call, eventually, GRANT, type Gateway, type Json, open, order, orderState, sell } from './payer.ts'
import { isGenuine, startReceiver } from './webhook-receiver.ts'

type Receiver = Awaited<ReturnType<typeof startReceiver>>

const PAID = ['payment.succeeded', 'order.paid', 'access.granted']

describe('webhooks of a running service', () => {
  let running: Running
  let receiver: Receiver
  let productId: string
  let endpoint: Json
  beforeAll(async () => {
    running = await startRunning({ settings: { WEBHOOK_ALLOW_PRIVATE: 'true' } })
    receiver = await startReceiver()
    productId = await sell(running, GRANT)
    endpoint = await admin('POST', '/webhook-endpoints', { url: receiver.url })
  })
  afterAll(async () => {
    await running.stop()
    await receiver.stop()
  })

  beforeEach(() => {
    receiver.script.status = () => 204
  })

  const admin = async (method: string, path: string, body?: object): Promise<Json> => {
    const answer = await fetch(`${running.origin}/api/v1/admin${path}`, {
      method,
      headers: { authorization: `Bearer ${await running.token('boss', true)}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return ((await answer.json()) as Json).data // Each test looks at the fields it needs.
  }

  const pay = async (gateway: Gateway = 'wechat'): Promise<string> => {
    const { orderId, codeUrl } = await open(running, await order(running, productId), gateway)
    await running.sandbox[gateway].pay(codeUrl)
    await eventually(
      () => orderState(running, orderId),
      (seen) => seen?.status === 'paid',
    )
    return orderId
  }

  const deliveriesOf = async (orderId: string) =>
    (await readersOf(running).webhookDeliveries.deliveriesOfOrder(orderId)).map(({ value }) => value)

  const nothingPending = async () => (await readersOf(running).events.pending(1)).length === 0

  /** Lets the service try until all that is announced about the order is where it should be. */
  const until = async (orderId: string, status: 'delivered' | 'parked', stepMs: number): Promise<void> => {
    for (let turn = 0; turn < 2000; turn += 1) {
      const seen = await deliveriesOf(orderId)
      if (seen.length >= PAID.length && (await nothingPending()) && seen.every((one) => one.status === status)) return
      running.clock.advance(stepMs)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error(`not all are ${status}`)
  }

  it('reach the merchant in the order of what happened, signed, with the things as the API shows them', async () => {
    receiver.received.length = 0
    const orderId = await pay()
    await eventually(
      async () => receiver.received.length,
      (count) => count === PAID.length,
    )
    expect(receiver.received.map(({ json }) => json.type)).toEqual(PAID)
    expect(receiver.received.every((one) => isGenuine(running, endpoint.secret, one))).toBe(true)
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(PAID.length)
    const [payment, paid, granted] = receiver.received.map(({ json }) => json.data)
    expect(payment).toMatchObject({ orderId, status: 'paid', amount: '99.00', provider: 'wechat' })
    expect(paid).toMatchObject({ id: orderId, status: 'paid', amount: '99.00', paymentId: payment.id, userId: 'u1' })
    expect(granted).toMatchObject({ userId: 'u1', productId })
    const token = await running.token('u1')
    const read = await fetch(`${running.origin}/api/v1/orders/${orderId}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const { cashierUrl: _, ...shown } = ((await read.json()) as Json).data // As the contract has it.
    expect(paid).toEqual(shown)
  })

  it('tell of each refund, and of what it leaves of the order', async () => {
    const orderId = await pay('alipay')
    await until(orderId, 'delivered', 1)
    receiver.received.length = 0
    const refund = async (amount: string, refundNo: string) => {
      const body = { orderId, amount, reason: '不想要了', refundNo }
      const { status } = await call(running, '/payments/alipay/refund', { token: await running.token('u1'), body })
      expect(status).toBe(201)
      await eventually(
        async () => (await readersOf(running).refunds.find(refundNo))?.value.status,
        (seen) => seen === 'success',
      )
      await until(orderId, 'delivered', 4000)
    }
    await refund('40.00', 'R1')
    await refund('59.00', 'R2')
    const told = receiver.received.map(({ json: { type, data } }) => [
      type,
      data.refundNo ?? data.refundedAmount,
      data.status,
    ])
    expect(told).toEqual([
      ['refund.succeeded', 'R1', 'success'],
      ['order.refunded', '40.00', 'partially_refunded'],
      ['refund.succeeded', 'R2', 'success'],
      ['order.refunded', '99.00', 'refunded'],
    ])
  })

  it('take effect once each for a receiver that goes by the id, whatever goes wrong in between', async () => {
    const effects: string[] = []
    let calls = 0
    receiver.script.status = ({ id, json }) => {
      calls += 1
      if (calls % 3 === 1) return 500 // Before it does anything.
      if (!effects.includes(`${id} ${json.type}`)) effects.push(`${id} ${json.type}`)
      return calls % 3 === 2 ? 503 : 204 // Done, and then it fails to say so.
    }
    receiver.received.length = 0
    const orderId = await pay()
    await until(orderId, 'delivered', 60_000)
    expect(receiver.received.length).toBeGreaterThan(PAID.length)
    expect(effects.map((effect) => effect.split(' ')[1])).toEqual(PAID)
    for (const effect of effects) {
      const attempts = receiver.received.filter(({ id }) => effect.startsWith(id))
      expect(new Set(attempts.map(({ body }) => body)).size).toBe(1)
    }
  })

  it('are parked after three days in which nobody took them, and can be sent again', async () => {
    receiver.script.status = () => 500
    const began = running.clock.now().getTime()
    const orderId = await pay()
    await until(orderId, 'parked', Math.max(...RETRY_GAPS_MS) * 1.2)
    expect(running.clock.now().getTime() - began).toBeGreaterThan(3 * 86_400_000)
    expect((await deliveriesOf(orderId)).map(({ attempts }) => attempts)).toEqual(
      PAID.map(() => RETRY_GAPS_MS.length + 1),
    )
    const parked: Json[] = await admin('GET', `/webhook-endpoints/${endpoint.id}/deliveries?status=parked`)
    expect(new Set(parked.map(({ type, lastStatusCode }) => `${type} ${lastStatusCode}`))).toEqual(
      new Set(PAID.map((type) => `${type} 500`)),
    )
    receiver.script.status = () => 204
    receiver.received.length = 0
    for (const { id } of parked)
      expect(await admin('POST', `/webhook-deliveries/${id}/redeliver`)).toMatchObject({ status: 'due' })
    await until(orderId, 'delivered', 1)
    expect(new Set(receiver.received.map(({ id }) => id))).toEqual(new Set(parked.map(({ eventId }) => eventId)))
    expect(receiver.received).toHaveLength(PAID.length)
    expect(receiver.received.every((one) => isGenuine(running, endpoint.secret, one))).toBe(true)
  })

  it('are signed with the old secret and the new one for a day', async () => {
    const rotated = await admin('PATCH', `/webhook-endpoints/${endpoint.id}`, { rotateSecret: true })
    const signedBy = async (): Promise<readonly boolean[]> => {
      receiver.received.length = 0
      await until(await pay(), 'delivered', 1)
      return [endpoint.secret, rotated.secret].map((secret) =>
        receiver.received.every((one) => isGenuine(running, secret, one)),
      )
    }
    expect(await signedBy()).toEqual([true, true])
    running.clock.advance(86_400_000)
    expect(await signedBy()).toEqual([false, true])
  })

  it('stop where the endpoint is deleted; the order still tells what it was sent', async () => {
    const before = await pay()
    await until(before, 'delivered', 1)
    await admin('DELETE', `/webhook-endpoints/${endpoint.id}`)
    receiver.received.length = 0
    const after = await pay()
    await eventually(
      () => readersOf(running).events.pending(1),
      (pending) => pending.length === 0,
    )
    expect([receiver.received, await deliveriesOf(after)]).toEqual([[], []])
    expect(await deliveriesOf(before)).toHaveLength(PAID.length)
  })
})

describe('a service without leave for private addresses', () => {
  it('takes no such endpoint, and sends nothing to one that it finds', async () => {
    const receiver = await startReceiver()
    const running = await startRunning()
    const token = await running.token('boss', true)
    const answer = await fetch(`${running.origin}/api/v1/admin/webhook-endpoints`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ url: receiver.url }),
    })
    expect(answer.status).toBe(400)
    const delivery = dueDelivery()
    await storeOf(running).transaction.run(async ({ webhookEndpoints, webhookDeliveries }) => {
      await webhookEndpoints.insert(webhookEndpoint({ url: receiver.url }))
      return ok(await webhookDeliveries.insert(delivery))
    })
    const tried = await eventually(
      async () => (await readersOf(running).webhookDeliveries.find(delivery.id))?.value,
      (seen) => seen?.attempts === 1,
    )
    expect(tried).toMatchObject({ status: 'due', lastAttempt: { error: 'URL_REFUSED: not_https' } })
    expect(receiver.received).toEqual([])
    await running.stop()
    await receiver.stop()
  })
})
