import { describe, expect, it } from 'vitest'
import type { WebhookAnswer, WebhookMessage } from '../../../src/application/webhooks/webhook-sender.ts'
import { RETRY_GAPS_MS } from '../../../src/domain/webhook-delivery.ts'
import { minute, webhookEndpoint } from '../../support/builders.ts'
import { DOWN, OK, OPERATOR, paidEvents, postOffice, typesOf } from './post-office.ts'

type Office = ReturnType<typeof postOffice>

const withPaid = async (...orders: readonly string[]): Promise<Office> => {
  const office = postOffice()
  await office.endpoint()
  for (const orderId of orders) await office.paid(orderId)
  await office.relay()
  return office
}

/** Lets time pass to the next attempt and makes it, so many times. */
const laterTurns = async (office: Office, turns: number): Promise<void> => {
  for (let turn = 0; turn < turns; turn += 1) {
    office.clock.advance((RETRY_GAPS_MS[turn] ?? 0) * 1.1 + 1)
    await office.deliver()
  }
}

const statuses = async (office: Office, orderId: string) =>
  (await office.deliveries(orderId)).map(({ status }) => status)

/** An answer that a test gives when it likes. */
const held = () => {
  const { promise, resolve } = Promise.withResolvers<WebhookAnswer>()
  return { answer: () => promise, give: resolve }
}

describe('sending webhooks', () => {
  it('sends each once, in the order of its order’s events, under the event’s id', async () => {
    const office = await withPaid('o1')
    await office.deliver()
    expect(typesOf(office.sent)).toEqual(['payment.succeeded', 'order.paid'])
    const deliveries = await office.deliveries('o1')
    expect(office.sent.map(({ id }) => id)).toEqual(deliveries.map(({ eventId }) => eventId))
    expect(office.sent[0]).toMatchObject({
      url: 'https://shop.example.cn/hooks',
      secrets: [webhookEndpoint().signing.secret],
    })
    expect(deliveries[1]).toMatchObject({
      status: 'delivered',
      attempts: 1,
      lastAttempt: { at: minute(0), statusCode: 204 },
    })
    await office.deliver()
    expect(office.sent).toHaveLength(2)
    expect(await office.delivering.run()).toBe(0)
  })

  it('tries again later with the same id and body, and sends what follows only then', async () => {
    const office = await withPaid('o1')
    office.script.answer = async () => DOWN
    await office.deliver()
    expect(typesOf(office.sent)).toEqual(['payment.succeeded'])
    expect((await office.deliveries('o1'))[0]).toMatchObject({
      status: 'due',
      attempts: 1,
      lastAttempt: { statusCode: 503, error: 'HTTP 503: down' },
    })
    await laterTurns(office, 3)
    expect(typesOf(office.sent)).toEqual(Array(4).fill('payment.succeeded'))
    expect(new Set(office.sent.map(({ id, body }) => `${id} ${body}`)).size).toBe(1)
    office.script.answer = async () => OK
    office.clock.advance(86_400_000)
    await office.deliver()
    expect(typesOf(office.sent).slice(4)).toEqual(['payment.succeeded', 'order.paid'])
  })

  it('lets other orders’ events by', async () => {
    const office = await withPaid('o1', 'o2')
    office.script.answer = async ({ body }) => (body.includes('"orderId":"o1"') ? DOWN : OK)
    await office.deliver()
    expect(await statuses(office, 'o1')).toEqual(['due', 'due'])
    expect(await statuses(office, 'o2')).toEqual(['delivered', 'delivered'])
  })

  it('parks what nobody takes for three days, says so, and then sends what follows', async () => {
    const office = await withPaid('o1')
    office.script.answer = async () => ({ type: 'unreachable', reason: 'TIMEOUT' })
    await office.deliver()
    await laterTurns(office, RETRY_GAPS_MS.length - 1)
    expect(await statuses(office, 'o1')).toEqual(['due', 'due'])
    expect(office.troubles).toEqual([])
    office.script.answer = async ({ body }) => (body.includes('payment.succeeded') ? DOWN : OK)
    office.clock.advance(86_400_000)
    await office.deliver()
    expect(await statuses(office, 'o1')).toEqual(['parked', 'delivered'])
    expect(office.troubles).toMatchObject([
      { code: 'WEBHOOK_PARKED', delivery: { attempts: 15, lastAttempt: { statusCode: 503 } } },
    ])
    expect(office.clock.now().getTime() - minute(0).getTime()).toBeGreaterThan(3 * 86_400_000)
    office.clock.advance(30 * 86_400_000)
    await office.deliver()
    expect(office.sent).toHaveLength(16)
  })

  it('follows no redirect and takes only 2xx for an answer', async () => {
    for (const statusCode of [199, 300, 302, 400, 404, 500]) {
      const office = await withPaid('o1')
      office.script.answer = async () => ({ type: 'answered', statusCode, excerpt: '' })
      await office.deliver()
      expect((await office.deliveries('o1'))[0]).toMatchObject({
        status: 'due',
        lastAttempt: { error: `HTTP ${statusCode}` },
      })
    }
  })

  it('disables an endpoint that answers 410, with a note in the audit trail', async () => {
    const office = await withPaid('o1', 'o2')
    office.script.answer = async () => ({ type: 'answered', statusCode: 410, excerpt: '' })
    await office.deliver()
    expect((await office.store.readers.webhookEndpoints.list())[0]?.value).toMatchObject({
      status: 'disabled',
      reason: 'gone',
    })
    expect(await statuses(office, 'o1')).toEqual(['parked', 'due'])
    expect(office.troubles.map(({ code }) => code)).toContain('WEBHOOK_ENDPOINT_GONE')
    const sent = office.sent.length
    office.clock.advance(86_400_000)
    await office.deliver()
    expect(office.sent).toHaveLength(sent)
    await office.update(webhookEndpoint().id, { enabled: true }, OPERATOR)
    office.script.answer = async () => OK
    await office.deliver()
    expect(await statuses(office, 'o1')).toEqual(['parked', 'delivered'])
  })

  it('leaves what it was not allowed to finish to be sent again', async () => {
    const office = await withPaid('o1')
    office.script.answer = async () => ({ type: 'interrupted' })
    await office.deliver()
    expect((await office.deliveries('o1'))[0]).toMatchObject({ status: 'due', attempts: 0, lastAttempt: undefined })
    office.script.answer = async () => OK
    await office.deliver()
    expect(office.sent).toHaveLength(1)
    office.clock.advance(30_000)
    await office.deliver()
    expect(await statuses(office, 'o1')).toEqual(['delivered', 'delivered'])
  })

  it('sends a delivery from one process only, and one after another within an order', async () => {
    const office = await withPaid('o1', 'o2', 'o3')
    const under = new Map<string, number>()
    office.script.answer = async ({ body }: WebhookMessage) => {
      const { data } = JSON.parse(body)
      const order: string = data.orderId ?? data.id
      under.set(order, (under.get(order) ?? 0) + 1)
      expect(under.get(order)).toBe(1)
      await new Promise((resolve) => setImmediate(resolve))
      under.set(order, 0)
      return OK
    }
    const processes = [office.another(), office.another(), office.another()]
    for (let turn = 0; turn < 3; turn += 1) {
      await Promise.all(processes.map((process) => process.run()))
      await Promise.all(processes.map((process) => process.settled()))
    }
    expect(office.sent).toHaveLength(6)
    expect(new Set(office.sent.map(({ id }) => id)).size).toBe(6)
  })

  it('drops the outcome of an attempt that took longer than its lease', async () => {
    const office = await withPaid('o1')
    const slow = held()
    office.script.answer = slow.answer
    const late = office.another()
    await late.run()
    await expect.poll(() => office.sent.length, { interval: 5 }).toBe(1)
    office.clock.advance(31_000)
    office.script.answer = async () => OK
    await office.deliver()
    slow.give(DOWN)
    await late.settled()
    expect(await statuses(office, 'o1')).toEqual(['delivered', 'delivered'])
    expect((await office.deliveries('o1'))[0]).toMatchObject({ attempts: 1, lastAttempt: { statusCode: 204 } })
  })
})

describe('a dead receiver', () => {
  const twoEndpoints = async () => {
    const office = postOffice()
    await office.endpoint(webhookEndpoint({ id: 'dead', url: 'https://dead.example.cn/' }))
    await office.endpoint(webhookEndpoint({ id: 'live', url: 'https://live.example.cn/' }))
    for (let n = 1; n <= 40; n += 1) await office.paid(`o${n}`)
    await office.relay()
    return office
  }

  it('holds up nobody else and takes only so many sends at a time', async () => {
    const office = await twoEndpoints()
    const dead = held()
    office.script.answer = (message) => (message.url.includes('dead') ? dead.answer() : Promise.resolve(OK))
    expect(await office.delivering.run()).toBe(2)
    await expect.poll(() => office.sent.filter(({ url }) => url.includes('live')).length, { interval: 5 }).toBe(80)
    expect(office.sent.filter(({ url }) => url.includes('dead'))).toHaveLength(8)
    await office.paid('later')
    await office.relay()
    expect(await office.delivering.run()).toBe(1) // It is not at work for the live one any more.
    await expect.poll(() => office.sent.filter(({ url }) => url.includes('live')).length, { interval: 5 }).toBe(82)
    dead.give(DOWN)
    await office.delivering.settled()
    expect(office.sent.filter(({ url }) => url.includes('dead'))).toHaveLength(41)
  })

  it('is not begun with any more once we stop', async () => {
    const office = await twoEndpoints()
    const dead = held()
    office.script.answer = dead.answer
    await office.delivering.run()
    await expect.poll(() => office.sent.length, { interval: 5 }).toBe(16)
    office.delivering.stop()
    dead.give(OK)
    await office.delivering.settled()
    expect(office.sent).toHaveLength(16)
    expect(await office.delivering.run()).toBe(0)
  })

  it('is reported where the work itself fails, and tried again', async () => {
    const office = await withPaid('o1')
    office.script.answer = () => Promise.reject(new Error('a bug'))
    await office.deliver()
    expect(office.troubles).toMatchObject([{ code: 'WEBHOOK_WORK_FAILED', error: { message: 'a bug' } }])
    office.script.answer = async () => OK
    office.clock.advance(30_000)
    await office.deliver()
    expect(await statuses(office, 'o1')).toEqual(['delivered', 'delivered'])
  })
})

describe('sending again by hand', () => {
  it('makes a parked one due at once, with the same id, in its order’s turn', async () => {
    const office = await withPaid('o1')
    office.script.answer = async () => DOWN
    await office.deliver()
    for (let event = 1; event <= 2; event += 1) await laterTurns(office, RETRY_GAPS_MS.length)
    expect(await statuses(office, 'o1')).toEqual(['parked', 'parked'])
    const [first, second] = await office.deliveries('o1')
    office.script.answer = async () => OK
    for (const one of [second, first]) await office.redeliver(one?.id ?? '', OPERATOR)
    office.sent.length = 0
    await office.deliver()
    expect(office.sent.map(({ id }) => id)).toEqual([first?.eventId, second?.eventId])
    expect((await office.deliveries('o1'))[0]).toMatchObject({ status: 'delivered', attempts: 16 })
  })

  it('sends a delivered one once more, and one that waits at once', async () => {
    const office = await withPaid('o1')
    office.script.answer = async ({ body }) => (body.includes('order.paid') ? DOWN : OK)
    await office.deliver()
    const [delivered, waiting] = await office.deliveries('o1')
    office.clock.advance(1000)
    for (const one of [delivered, waiting]) expect((await office.redeliver(one?.id ?? '', OPERATOR)).isOk()).toBe(true)
    office.script.answer = async () => OK
    await office.deliver()
    expect(typesOf(office.sent).slice(2)).toEqual(['payment.succeeded', 'order.paid'])
    expect((await office.redeliver('nothing', OPERATOR))._unsafeUnwrapErr()).toEqual({ code: 'NOT_FOUND' })
  })
})

describe('a deleted endpoint', () => {
  it('gets nothing more: what was due is parked, what it was sent stays known', async () => {
    const office = await withPaid('o1', 'o2')
    expect((await office.remove(webhookEndpoint().id, OPERATOR)).isOk()).toBe(true)
    await office.deliver()
    expect(office.sent).toEqual([])
    expect([...(await statuses(office, 'o1')), ...(await statuses(office, 'o2'))]).toEqual(Array(4).fill('parked'))
    const [first] = await office.deliveries('o1')
    expect((await office.redeliver(first?.id ?? '', OPERATOR))._unsafeUnwrapErr()).toEqual({ code: 'NOT_FOUND' })
    expect((await office.remove(webhookEndpoint().id, OPERATOR))._unsafeUnwrapErr()).toEqual({ code: 'NOT_FOUND' })
    await office.announce('o1', ...paidEvents('o1'))
    await office.relay()
    expect(await office.deliveries('o1')).toHaveLength(2)
  })
})

describe('a changed endpoint', () => {
  it('is sent to by its new address, signed with both secrets for a day', async () => {
    const office = postOffice()
    const made = await office.create(
      'e1',
      { url: 'https://a.example.cn', description: '', eventTypes: undefined },
      OPERATOR,
    )
    const { secret } = made._unsafeUnwrap().value.signing
    expect(secret).toMatch(/^whsec_/)
    const changes = { url: 'https://b.example.cn', newSecretId: 's2' }
    const rotated = (await office.update('e1', changes, OPERATOR))._unsafeUnwrap().value.signing.secret
    const again = (await office.update('e1', changes, OPERATOR))._unsafeUnwrap().value.signing.secret
    expect([rotated === secret, again]).toEqual([false, rotated])
    await office.paid('o1')
    await office.relay()
    await office.deliver()
    expect(office.sent[0]).toMatchObject({ url: 'https://b.example.cn/', secrets: [rotated, secret] })
    office.clock.advance(86_400_000)
    await office.paid('o2')
    await office.relay()
    await office.deliver()
    expect(office.sent.at(-1)?.secrets).toEqual([rotated])
  })

  it('keeps what is due while it is disabled, and makes nothing new', async () => {
    const office = await withPaid('o1')
    await office.update(webhookEndpoint().id, { enabled: false }, OPERATOR)
    await office.paid('o2')
    await office.relay()
    await office.deliver()
    expect(office.sent).toEqual([])
    await office.update(webhookEndpoint().id, { enabled: true, eventTypes: ['order.paid'] }, OPERATOR)
    await office.deliver()
    expect(await statuses(office, 'o1')).toEqual(['delivered', 'delivered'])
    expect(await office.deliveries('o2')).toEqual([])
  })
})
