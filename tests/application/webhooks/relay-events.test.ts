import { ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { webhookSchema } from '../../../src/adapters/http/webhook-json.ts'
import type { EventConsumer } from '../../../src/application/relay-events.ts'
import { publicEventOf } from '../../../src/application/webhooks/public-event.ts'
import type { DomainEvent } from '../../../src/domain/event.ts'
import { fen } from '../../../src/domain/money.ts'
import { WEBHOOK_EVENT_TYPES } from '../../../src/domain/webhook-endpoint.ts'
import {
  availableCode,
  entitlement,
  entityId,
  minute,
  successfulRefund,
  webhookEndpoint,
  runningRun,
} from '../../support/builders.ts'
import { paidEvents, postOffice } from './post-office.ts'

const summary = async (office: ReturnType<typeof postOffice>, orderId: string) =>
  (await office.deliveries(orderId)).map(({ endpointId, type, seq, status }) => [endpointId, seq, type, status])

describe('the relay of the outbox', () => {
  it('makes a delivery of each public event for each endpoint that asked for it', async () => {
    const office = postOffice()
    await office.endpoint(webhookEndpoint({ id: 'all' }))
    await office.endpoint(webhookEndpoint({ id: 'some', eventTypes: ['order.paid', 'order.expired'] }))
    await office.endpoint({ ...webhookEndpoint({ id: 'off' }), status: 'disabled', reason: 'operator' })
    await office.endpoint({ ...webhookEndpoint({ id: 'deleted' }), status: 'deleted' })
    await office.paid('o1')
    expect(await office.relay()).toBe(4)
    expect(await summary(office, 'o1')).toEqual([
      ['all', 3, 'payment.succeeded', 'due'],
      ['all', 4, 'order.paid', 'due'],
      ['some', 4, 'order.paid', 'due'],
    ])
    expect(await office.relay()).toBe(0)
    expect(await summary(office, 'o1')).toHaveLength(3)
  })

  it('sends nothing of the past to an endpoint that comes later', async () => {
    const office = postOffice()
    await office.paid('o1')
    await office.relay()
    await office.endpoint()
    await office.paid('o2')
    await office.relay()
    expect(await office.deliveries('o1')).toEqual([])
    expect(await office.deliveries('o2')).toHaveLength(2)
  })

  it('doubles nothing where several are at it at once', async () => {
    const office = postOffice()
    await office.endpoint()
    for (let n = 1; n <= 30; n += 1) await office.paid(`o${n}`)
    const got: string[] = []
    const take: EventConsumer = async (_, { id }) => void got.push(id)
    await Promise.all([office.relay(take), office.relay(take), office.relay(take)])
    expect([got.length, new Set(got).size]).toEqual([120, 120])
    for (let n = 1; n <= 30; n += 1) expect(await office.deliveries(`o${n}`)).toHaveLength(2)
  })

  it('hands on everything there is in one turn, however much', async () => {
    const office = postOffice()
    await office.endpoint()
    for (let n = 1; n <= 70; n += 1) await office.paid(`o${n}`)
    expect(await office.relay()).toBe(280)
    expect(await office.store.readers.events.pending(1)).toEqual([])
  })

  it('neither loses nor doubles an event when it dies between the delivery and the mark', async () => {
    const office = postOffice()
    await office.endpoint()
    await office.paid('o1')
    let deaths = 0
    const dying = async () => {
      deaths += 1
      if (deaths === 3) throw new Error('killed')
    }
    await expect(office.relay(dying)).rejects.toThrow('killed')
    expect(await office.deliveries('o1')).toEqual([])
    expect(await office.store.readers.events.pending(9)).toHaveLength(4)
    await office.relay(dying)
    expect(await office.deliveries('o1')).toHaveLength(2)
    expect(await office.store.readers.events.pending(9)).toEqual([])
  })

  it('holds up only the stream of an event that can not be handed on, and says so', async () => {
    const office = postOffice()
    await office.endpoint()
    await office.announce('broken', { type: 'order.paid', orderId: 'nothing', paymentId: 'p', at: minute(0) })
    await office.paid('o1')
    await expect(office.relay()).rejects.toThrow('order.paid of something that is not there')
    expect(await office.deliveries('o1')).toHaveLength(2)
    expect((await office.store.readers.events.pending(9)).map(({ stream }) => stream)).toEqual(['broken'])
  })

  it('gives every consumer each event once, in the order of its stream', async () => {
    const office = postOffice()
    await office.paid('o1')
    await office.announce('o1', { type: 'order.refunded', orderId: 'o1', refunded: fen(1), at: minute(1) })
    const got: string[] = []
    const take = async (_: unknown, { event }: { event: DomainEvent }) => void got.push(event.type)
    await office.relay(take)
    await office.relay(take)
    expect(got).toEqual([...paidEvents('o1').map(({ type }) => type), 'order.refunded'])
  })
})

describe('what a webhook says', () => {
  const bodyOf = async (event: DomainEvent) => {
    const office = postOffice()
    await office.endpoint()
    await office.paid('o1', [])
    await office.store.transaction.run(async ({ refunds, accessCodes, entitlements, reconciliations, alerts }) => {
      await refunds.insert(successfulRefund({ refundNo: 'R1', orderId: 'o1', paymentId: 'p-o1' }))
      const origin = { type: 'order', orderId: 'o1', userId: 'user-1' } as const
      await accessCodes.insert([{ code: availableCode({ origin }), text: '7K3MQ9XB04DTZW8H' }])
      await entitlements.insert(entitlement())
      await reconciliations.insert(runningRun(), at)
      await alerts.raise({ rule: 'error_rate', subject: 'all', facts: { percent: 2, minutes: 5 }, at })
      return ok(undefined)
    })
    await office.announce('o1', event)
    await office.relay()
    const [delivery] = await office.deliveries('o1')
    return { delivery, body: delivery?.body ?? '' }
  }
  const at = minute(7)
  const order = { orderId: 'o1', at }
  const payment = { paymentId: 'p-o1', ...order }
  const refund = { refundNo: 'R1', ...payment }
  const EVENTS: Readonly<Record<string, DomainEvent>> = {
    'order.paid': { type: 'order.paid', ...payment },
    'order.cancelled': { type: 'order.cancelled', ...order },
    'order.expired': { type: 'order.expired', ...order },
    'order.refunded': { type: 'order.refunded', ...order, refunded: fen(1) },
    'payment.succeeded': { type: 'payment.succeeded', ...payment, transactionId: '42' },
    'payment.failed': { type: 'payment.failed', ...payment, reason: 'x' },
    'payment.closed': { type: 'payment.closed', ...payment },
    'refund.succeeded': { type: 'refund.succeeded', ...refund, refundId: undefined },
    'refund.failed': { type: 'refund.failed', ...refund, reason: 'x' },
    'access_code.issued': { type: 'access_code.issued', codeId: availableCode().id, at },
    'access.granted': { type: 'access.granted', entitlementId: entitlement().id, at },
    'points.credited': { type: 'points.credited', userId: 'user-1', points: 1000, at },
    'reconciliation.completed': { type: 'reconciliation.completed', runId: runningRun().id, at },
    'alert.raised': { type: 'alert.raised', alertId: entityId(1), at },
  }

  it.each(WEBHOOK_EVENT_TYPES)('fits what the service documents: %s', async (type) => {
    const event = EVENTS[type]
    if (event === undefined) throw new Error('an event without an example')
    const { body, delivery } = await bodyOf(event)
    const json = webhookSchema(type).parse(JSON.parse(body))
    expect(json).toMatchObject({ type, timestamp: at.toISOString() })
    expect(delivery).toMatchObject({ type, stream: 'o1', seq: 1 })
  })

  it('is the resource as the API shows it, without what would let its reader pay or redeem', async () => {
    const paid = (await bodyOf(EVENTS['order.paid'] as DomainEvent)).body // It is there.
    expect(JSON.parse(paid).data).toMatchObject({ id: 'o1', status: 'paid', amount: '99.00', paymentId: 'p-o1' })
    expect(paid).not.toContain('cashier')
    const issued = (await bodyOf(EVENTS['access_code.issued'] as DomainEvent)).body // It is there.
    expect(JSON.parse(issued).data).toMatchObject({ id: availableCode().id, orderId: 'o1', status: 'available' })
    expect(issued).not.toMatch(/7K3M|ZW8H/)
    const granted = (await bodyOf(EVENTS['access.granted'] as DomainEvent)).body // It is there.
    expect(JSON.parse(granted).data).toMatchObject({ id: entitlement().id, userId: entitlement().userId })
  })

  it('is the state at the time it is handed on', async () => {
    const office = postOffice()
    await office.paid('o1', [])
    const event = { type: 'order.cancelled', orderId: 'o1', at } as const
    const found = await office.store.transaction.run(async (all) => ok(await publicEventOf(all, event)))
    expect(found._unsafeUnwrap()).toMatchObject({ type: 'order.cancelled', order: { value: { status: 'paid' } } })
    await expect(
      office.store.transaction.run(async (all) => ok(await publicEventOf(all, { ...event, orderId: entityId(9) }))),
    ).rejects.toThrow('not there')
  })
})
