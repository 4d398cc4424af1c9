import { ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { admitAddress } from '../../src/application/risk/admit-address.ts'
import { putOnBlacklist } from '../../src/application/risk/maintain-blacklist.ts'
import { noteRefusal } from '../../src/application/risk/refusals.ts'
import type { RiskSetting } from '../../src/application/risk/risk-settings.ts'
import { shadowReport } from '../../src/application/risk/shadow-report.ts'
import { initialRule, type RiskMode } from '../../src/domain/risk-rules.ts'
import { sequentialIds } from '../../src/adapters/memory/sequential-ids.ts'
import { accessProduct, goodsProduct, minute } from '../support/builders.ts'
import { world } from './world.ts'

type World = Awaited<ReturnType<typeof world>>

const EVER = { from: undefined, to: undefined }
const PAGE = { limit: 100, after: undefined }
const items = [{ productId: 'p', quantity: 1 }]

/** A shop in which one order of a user is still to be paid, so that the next one of the same user is one too many. */
const shop = async (mode: RiskMode, weight: number): Promise<World> => {
  const made = await world([
    accessProduct({ id: 'p' }),
    goodsProduct({ id: 'g', fulfilment: { type: 'goods', sku: 'S' } }),
  ])
  const rule: RiskSetting = { name: 'unpaid_orders', mode, weight, parameters: { orders: 1 } }
  await set(made, rule)
  await made.createOrder({ orderId: 'first', userId: 'u1', items })
  made.clock.advance(1000)
  return made
}

const set = (made: World, setting: RiskSetting): Promise<unknown> =>
  made.store.transaction.run(async ({ riskSettings }) => ok(await riskSettings.put(setting, 0, minute(0))))

const decisions = async ({ store }: World) => (await store.readers.riskDecisions.list(EVER, PAGE)).items

const pay = (made: World, orderId: string, viewer: Parameters<World['createPayment']>[0]['viewer']) =>
  made.createPayment({
    paymentId: `payment-${orderId}`,
    viewer,
    orderId,
    provider: 'wechat',
    method: 'WECHAT_NATIVE',
    amount: undefined,
    subject: undefined,
    openid: undefined,
    returnUrl: undefined,
    clientIp: '203.0.113.9',
  })

const OWNER = { kind: 'user', userId: 'u1' } as const

describe('an order that is judged', () => {
  it('is written together with the decision', async () => {
    const made = await shop('on', 59)
    await made.createOrder({ orderId: 'second', userId: 'u1', items, clientIp: '203.0.113.9' })
    expect(await made.store.readers.riskDecisions.listByOrder('second', 9)).toMatchObject([
      {
        action: 'create_order',
        userId: 'u1',
        address: '203.0.113.9',
        score: 59,
        outcome: 'allow',
        reasons: [{ rule: 'unpaid_orders', mode: 'on', weight: 59, outcome: 'allow' }],
        at: made.clock.now(),
      },
    ])
    expect(await decisions(made)).toHaveLength(2)
  })

  it('goes through at the threshold of review, and a person is told, once for a user', async () => {
    const made = await shop('on', 60)
    for (const orderId of ['second', 'third']) {
      made.clock.advance(1) // What happens at one time is told of once.
      expect((await made.createOrder({ orderId, userId: 'u1', items })).isOk()).toBe(true)
    }
    const alerts = await made.store.readers.alerts.list({ rule: 'risk_review' }, PAGE)
    expect(alerts.items).toMatchObject([{ subject: 'u1', occurrences: 2, facts: { orderId: 'third', score: 60 } }])
  })

  it('leaves nothing behind where it is refused, but the refusal', async () => {
    const made = await shop('on', 100)
    await made.stock('S', 5)
    const refused = await made.createOrder({ orderId: 'no', userId: 'u1', items: [{ productId: 'g', quantity: 1 }] })
    expect(refused._unsafeUnwrapErr()).toMatchObject({ code: 'RISK_DENIED' })
    expect(await made.store.readers.orders.find('no')).toBeUndefined()
    expect((await made.store.readers.stock.find('S')).value.reserved).toBe(0)
    expect(await made.store.readers.events.eventsOf('no')).toEqual([])
    expect((await decisions(made))[0]).toMatchObject({ outcome: 'deny', score: 100, userId: 'u1', orderId: undefined })
  })

  it('is refused again and again without another row, until the hour is over', async () => {
    const made = await shop('on', 100)
    const refuse = (n: number) => made.createOrder({ orderId: `no-${n}`, userId: 'u1', items })
    for (let n = 0; n < 20; n += 1) expect((await refuse(n)).isErr()).toBe(true)
    expect(await decisions(made)).toHaveLength(2)
    made.clock.advance(3_600_000)
    await refuse(99)
    expect(await decisions(made)).toHaveLength(3)
  })

  it('is given again where it was made before, whatever would be said now', async () => {
    const made = await shop('on', 100)
    expect((await made.createOrder({ orderId: 'first', userId: 'u1', items })).isOk()).toBe(true)
    expect(await decisions(made)).toHaveLength(1)
  })

  it('goes through in shadow, and is judged by nobody where all rules are off', async () => {
    const made = await shop('shadow', 100)
    expect((await made.createOrder({ orderId: 'second', userId: 'u1', items })).isOk()).toBe(true)
    expect((await decisions(made))[0]).toMatchObject({
      outcome: 'allow',
      score: 0,
      reasons: [{ rule: 'unpaid_orders', mode: 'shadow', outcome: 'deny' }],
    })
    for (const name of ['amount_jump', 'night_hours', 'velocity', 'refund_rate'] as const)
      await set(made, { name, ...initialRule(name), mode: 'off' } as RiskSetting) // Each beside its own name.
    await made.store.transaction.run(async ({ riskSettings }) => {
      const setting = { name: 'unpaid_orders', ...initialRule('unpaid_orders'), mode: 'off' } as const
      return ok(await riskSettings.put(setting, 1, minute(0)))
    })
    await made.createOrder({ orderId: 'third', userId: 'u1', items })
    expect(await decisions(made)).toHaveLength(2)
  })
})

describe('a payment that is judged', () => {
  const denied = async () => {
    const made = await shop('shadow', 100)
    await made.createOrder({ orderId: 'second', userId: 'u1', items })
    await made.store.transaction.run(async ({ riskSettings }) => {
      const setting = { name: 'unpaid_orders', mode: 'on', weight: 100, parameters: { orders: 1 } } as const
      return ok(await riskSettings.put(setting, 1, minute(0)))
    })
    return made
  }

  it.each([
    ['its owner', OWNER],
    ['whoever holds the cashier link', { kind: 'cashier', orderId: 'second' } as const],
  ])('is refused to %s by what is known of the owner, before any gateway is asked', async (_, viewer) => {
    const made = await denied()
    expect((await pay(made, 'second', viewer))._unsafeUnwrapErr()).toMatchObject({ code: 'RISK_DENIED' })
    expect(made.asked.create).toEqual([])
    expect(await made.store.readers.payments.listByOrder('second')).toEqual([])
    expect((await made.store.readers.riskDecisions.listByOrder('second', 9))[1]).toMatchObject({
      action: 'create_payment',
      outcome: 'deny',
      userId: 'u1',
      address: '203.0.113.9',
    })
  })

  it('is refused with points, and the points stay', async () => {
    const made = await denied()
    const refused = await made.createPayment({
      paymentId: 'with-points',
      viewer: OWNER,
      orderId: 'second',
      provider: 'points',
      method: 'POINTS',
      amount: undefined,
      subject: undefined,
      openid: undefined,
      returnUrl: undefined,
      clientIp: undefined,
    })
    expect(refused._unsafeUnwrapErr()).toMatchObject({ code: 'RISK_DENIED' })
    expect(await made.store.readers.payments.listByOrder('second')).toEqual([])
  })

  it('is judged once, however often its code is asked for', async () => {
    const made = await shop('shadow', 100)
    for (let n = 0; n < 3; n += 1) expect((await pay(made, 'first', OWNER)).isOk()).toBe(true)
    const made1 = await made.store.readers.riskDecisions.listByOrder('first', 9)
    expect(made1.map(({ action }) => action)).toEqual(['create_order', 'create_payment'])
  })
})

describe('the report of what shadows did', () => {
  it('counts an order once, where it would have fared worst, and whether it was paid', async () => {
    const made = await shop('shadow', 100)
    await made.createOrder({ orderId: 'second', userId: 'u1', items })
    await pay(made, 'second', OWNER)
    const [velocity] = [
      { name: 'velocity', mode: 'shadow', weight: 60, parameters: { times: 1, seconds: 600 } } as const,
    ]
    await set(made, velocity)
    await made.createOrder({ orderId: 'third', userId: 'u1', items })
    const report = await shadowReport(made.store)({ from: minute(0), to: minute(9) })
    const none = { decisions: 0, orders: 0, ordersPaid: 0 }
    expect(report.filter(({ outcomes }) => outcomes.deny.decisions + outcomes.review.decisions > 0)).toEqual([
      {
        rule: 'unpaid_orders',
        outcomes: { allow: none, review: none, deny: { decisions: 3, orders: 2, ordersPaid: 0 } },
        isWhole: true,
      },
      {
        rule: 'velocity',
        outcomes: { allow: none, review: { decisions: 1, orders: 1, ordersPaid: 0 }, deny: none },
        isWhole: true,
      },
    ])
  })
})

describe('an address on the blacklist', () => {
  const desk = async (expiresAt?: Date) => {
    const made = await world([])
    const { transaction, readers } = made.store
    const deps = { transaction, readers, clock: made.clock, ids: sequentialIds() }
    const operator = { actor: 'boss', requestId: 'r', ip: undefined }
    const draft = { address: '203.0.113.0/24', reason: '撞库', expiresAt }
    const entry = (await putOnBlacklist(deps)('entry', draft, operator))._unsafeUnwrap()
    return { made, entry, admit: admitAddress({ ...deps, noteRefusal: noteRefusal(deps) }) }
  }
  const attempt = { action: 'create_order', userId: 'u1', orderId: undefined, address: '203.0.113.9' } as const

  it('is refused, and that is written down once for each user and hour', async () => {
    const { made, admit } = await desk()
    for (const userId of ['u1', 'u1', 'u2']) expect((await admit({ ...attempt, userId })).isErr()).toBe(true)
    expect(await decisions(made)).toMatchObject([
      { userId: 'u2', outcome: 'deny', reasons: [{ rule: 'blacklist' }] },
      { userId: 'u1', outcome: 'deny', reasons: [{ rule: 'blacklist' }] },
    ])
  })

  it('is let in once its time is over, like every other', async () => {
    const { made, admit } = await desk(minute(5))
    expect((await admit(attempt)).isErr()).toBe(true)
    expect((await admit({ ...attempt, address: '203.0.114.9' })).isOk()).toBe(true)
    expect((await admit({ ...attempt, address: 'unknown' })).isOk()).toBe(true)
    made.clock.advance(5 * 60_000)
    expect((await admit(attempt)).isOk()).toBe(true)
  })
})
