import { describe, expect } from 'vitest'
import {
  type DueDelivery,
  transitionWebhookDelivery,
  type WebhookDelivery,
} from '../../../src/domain/webhook-delivery.ts'
import { rotateSecret, WEBHOOK_EVENT_TYPES, type WebhookEndpoint } from '../../../src/domain/webhook-endpoint.ts'
import {
  deliveredDelivery,
  dueDelivery,
  entityId,
  minute,
  parkedDelivery,
  webhookEndpoint,
} from '../../support/builders.ts'
import {
  allPages,
  type CreateStore,
  commit,
  LOOKALIKES,
  present,
  read,
  type StoreUnderTest,
  TEXTS,
  testsOn,
  valuesOf,
} from './under-test.ts'

export const webhookContract = (create: CreateStore): void => {
  describe('webhook endpoints', () => storedEndpoints(create))
  describe('webhook deliveries', () => storedDeliveries(create))
  describe('due webhook deliveries', () => claimedDeliveries(create))
}

const storedEndpoints = (create: CreateStore): void => {
  const test = testsOn(create)
  const { signing } = webhookEndpoint()
  const rotated = rotateSecret(signing, { secretId: 's2', secret: 'whsec_two' }, minute(1))
  const states: readonly (readonly [string, WebhookEndpoint])[] = [
    ['enabled', webhookEndpoint()],
    ['for some events', webhookEndpoint({ eventTypes: ['order.paid', 'access_code.issued'] })],
    ['for every event by name', webhookEndpoint({ eventTypes: WEBHOOK_EVENT_TYPES })],
    ['with two secrets', webhookEndpoint({ signing: rotated })],
    ['disabled', { ...webhookEndpoint(), status: 'disabled', reason: 'operator' }],
    ['gone', { ...webhookEndpoint(), status: 'disabled', reason: 'gone' }],
    ['deleted', { ...webhookEndpoint(), status: 'deleted' }],
  ]

  for (const [name, endpoint] of states)
    test(`come back as they were: ${name}`, async (store) => {
      await insertEndpoint(store, endpoint)
      const found = present(await read(store, ({ webhookEndpoints }) => webhookEndpoints.find(endpoint.id)))
      expect(found).toEqual({ value: endpoint, version: 1, updatedAt: endpoint.createdAt })
      expect(await commit(store, (all) => all.webhookEndpoints.replace(found, rest(endpoint), minute(9)))).toBe(true)
      const after = await read(store, ({ webhookEndpoints }) => webhookEndpoints.find(endpoint.id))
      expect(after).toEqual({ value: rest(endpoint), version: 2, updatedAt: minute(9) })
    })

  const rest = (endpoint: WebhookEndpoint): WebhookEndpoint => ({
    ...webhookEndpoint({ id: endpoint.id, url: 'https://other.example.cn', description: TEXTS.join('|') }),
    signing: rotateSecret(endpoint.signing, { secretId: 's3', secret: 'whsec_three' }, minute(2)),
  })

  test('are written by one of two who read the same', async (store) => {
    await insertEndpoint(store, webhookEndpoint())
    const before = present(await store.readers.webhookEndpoints.find(webhookEndpoint().id))
    const write = (description: string) =>
      commit(store, ({ webhookEndpoints }) =>
        webhookEndpoints.replace(before, webhookEndpoint({ description }), minute(1)),
      )
    const [a, b] = await Promise.all([write('a'), write('b')])
    expect(a).toBe(!b)
    expect((await store.readers.webhookEndpoints.find(before.value.id))?.value.description).toBe(a ? 'a' : 'b')
  })

  test('are listed oldest first, the deleted ones left out, lookalikes told apart', async (store) => {
    for (const [n, id] of LOOKALIKES.entries())
      await insertEndpoint(store, webhookEndpoint({ id, createdAt: minute(-n) }))
    await insertEndpoint(store, { ...webhookEndpoint({ id: 'gone' }), status: 'deleted' })
    const listed = await read(store, ({ webhookEndpoints }) => webhookEndpoints.list())
    expect(valuesOf(listed).map(({ id }) => id)).toEqual(LOOKALIKES.toReversed())
    expect(await read(store, ({ webhookEndpoints }) => webhookEndpoints.find('nobody'))).toBeUndefined()
  })
}

const storedDeliveries = (create: CreateStore): void => {
  const test = testsOn(create)
  const states: readonly (readonly [string, WebhookDelivery])[] = [
    ['due', dueDelivery()],
    [
      'tried',
      dueDelivery({ attempts: 4, failures: 3, lastAttempt: { at: minute(7), statusCode: 503, error: 'HTTP 503' } }),
    ],
    [
      'unreachable',
      dueDelivery({ attempts: 1, failures: 1, lastAttempt: { at: minute(7), statusCode: undefined, error: '超时' } }),
    ],
    ['delivered', deliveredDelivery()],
    ['parked', parkedDelivery()],
    ['parked untried', parkedDelivery({ attempts: 0, lastAttempt: undefined })],
  ]

  for (const [name, delivery] of states)
    test(`come back as they were: ${name}`, async (store) => {
      await insertEndpoint(store, webhookEndpoint())
      await insert(store, dueDelivery())
      await replace(store, delivery.id, delivery)
      const found = await read(store, ({ webhookDeliveries }) => webhookDeliveries.find(delivery.id))
      expect(found).toEqual({ value: delivery, version: 2, updatedAt: minute(9) })
    })

  test('are made once for an event and an endpoint, also by two relays at once', async (store) => {
    for (const id of ['a', 'b']) await insertEndpoint(store, webhookEndpoint({ id }))
    const one = dueDelivery({ endpointId: 'a' })
    const twin = { ...one, id: entityId(9), body: 'other' }
    expect((await Promise.all([insert(store, one), insert(store, twin)])).toSorted()).toEqual([false, true])
    expect(await insert(store, { ...twin, id: entityId(7), endpointId: 'b' })).toBe(true)
    expect(await insert(store, { ...twin, id: entityId(8), eventId: 'other', seq: 4 })).toBe(true)
    const all = valuesOf(await read(store, (readers) => readers.webhookDeliveries.deliveriesOfOrder(one.stream)))
    expect(all.map(({ id, endpointId, seq }) => [id, endpointId, seq])).toEqual([
      [all[0]?.id, 'a', 3],
      [entityId(7), 'b', 3],
      [entityId(8), 'a', 4],
    ])
  })

  test('are replaced by one of two who read the same', async (store) => {
    await insertEndpoint(store, webhookEndpoint())
    await insert(store, dueDelivery())
    const before = present(await store.readers.webhookDeliveries.find(dueDelivery().id))
    const write = (after: WebhookDelivery) =>
      commit(store, ({ webhookDeliveries }) => webhookDeliveries.replace(before, after, minute(9)))
    const written = await Promise.all([write(deliveredDelivery()), write(parkedDelivery())])
    expect(written.toSorted()).toEqual([false, true])
  })

  test('are listed by endpoint and status in pages, newest first', async (store) => {
    for (const id of ['a', 'b']) await insertEndpoint(store, webhookEndpoint({ id }))
    for (let n = 0; n < 6; n += 1) {
      const given = { id: entityId(n), eventId: `e${n}`, endpointId: n === 5 ? 'b' : 'a', createdAt: minute(n >> 1) }
      await insert(store, dueDelivery({ ...given, dueAt: given.createdAt }))
    }
    await replace(
      store,
      entityId(2),
      parkedDelivery({ id: entityId(2), eventId: 'e2', endpointId: 'a', createdAt: minute(1) }),
    )
    const ids = async (status: WebhookDelivery['status'] | undefined, limit: number) => {
      const filter = { endpointId: 'a', status }
      const all = await allPages(limit, (page) =>
        read(store, (readers) => readers.webhookDeliveries.list(filter, page)),
      )
      return valuesOf(all).map(({ id }) => Number.parseInt(id, 16))
    }
    expect(await ids(undefined, 2)).toEqual([4, 3, 2, 1, 0])
    expect(await ids('due', 3)).toEqual([4, 3, 1, 0])
    expect(await ids('parked', 3)).toEqual([2])
    expect(await ids('delivered', 3)).toEqual([])
  })
}

const claimedDeliveries = (create: CreateStore): void => {
  const test = testsOn(create)
  const started = async (store: StoreUnderTest) => {
    for (const id of ['a', 'b']) await insertEndpoint(store, webhookEndpoint({ id }))
  }
  const due = (stream: string, seq: number, dueAt = minute(5)): DueDelivery =>
    dueDelivery({
      id: `${stream}${seq}`,
      eventId: `${stream}${seq}`,
      endpointId: 'a',
      stream,
      seq,
      createdAt: minute(1),
      dueAt,
    })
  const claim = (store: StoreUnderTest, at: number, limit = 10, endpointId = 'a') =>
    commit(store, ({ webhookDeliveries }) =>
      webhookDeliveries.claimDue({ endpointId, now: minute(at), leaseUntil: minute(at + 1), limit }),
    )
  const ids = async (claimed: ReturnType<typeof claim>) => valuesOf(await claimed).map(({ id }) => id)
  const end = async (store: StoreUnderTest, id: string, type: 'accepted' | 'refused' | 'parked', at: number) => {
    const before = present(await store.readers.webhookDeliveries.find(id))
    const attempt = before.value.attempts + 1
    const event =
      type === 'accepted'
        ? ({ type, attempt, statusCode: 200, at: minute(at) } as const)
        : ({
            type: 'refused',
            attempt,
            statusCode: 500,
            error: '',
            jitter: 0,
            final: type === 'parked',
            at: minute(at),
          } as const)
    const [after] = transitionWebhookDelivery(before.value, event)._unsafeUnwrap()
    expect(await commit(store, (all) => all.webhookDeliveries.replace(before, after, minute(at)))).toBe(true)
  }
  const endpointsDue = (store: StoreUnderTest, at: number) =>
    read(store, ({ webhookDeliveries }) => webhookDeliveries.endpointsDue(minute(at)))

  test('are taken once their time has come, longest due first, and not again before the lease ends', async (store) => {
    await started(store)
    for (const [n, stream] of ['x', 'y', 'z'].entries()) await insert(store, due(stream, 1, minute(5 - n)))
    expect(await ids(claim(store, 2))).toEqual([])
    expect(await ids(claim(store, 4))).toEqual(['z1', 'y1'])
    expect(await ids(claim(store, 4))).toEqual([])
    expect(await ids(claim(store, 5))).toEqual(['x1', 'y1', 'z1'])
    expect(await ids(claim(store, 9, 2))).toEqual(['x1', 'y1'])
    expect(await ids(claim(store, 9, 10, 'b'))).toEqual([])
  })

  test('are taken with the lease they hold, and can be written with what was taken', async (store) => {
    await started(store)
    await insert(store, due('x', 1))
    const [taken] = await claim(store, 5)
    expect(taken).toEqual({ ...(await store.readers.webhookDeliveries.find('x1')), value: due('x', 1, minute(6)) })
    await end(store, 'x1', 'accepted', 5)
    const late = deliveredDelivery({ id: 'x1', eventId: 'x1', endpointId: 'a', stream: 'x' })
    const write = commit(store, (all) => all.webhookDeliveries.replace(present(taken), late, minute(7)))
    expect(await write).toBe(false)
  })

  test('are taken by one of several at once', async (store) => {
    await started(store)
    for (let n = 1; n <= 9; n += 1) await insert(store, due(`s${n}`, 1))
    const claims = await Promise.all([ids(claim(store, 5, 4)), ids(claim(store, 5, 4)), ids(claim(store, 5, 4))])
    expect(claims.flat()).toHaveLength(9)
    expect(new Set(claims.flat()).size).toBe(9)
  })

  test('go out one after another within a stream, and beside those of others', async (store) => {
    await started(store)
    for (const seq of [3, 1, 2]) await insert(store, due('x', seq, minute(seq)))
    await insert(store, due('y', 9))
    await insert(store, { ...due('x', 2), id: 'other', endpointId: 'b' })
    expect((await ids(claim(store, 5))).toSorted()).toEqual(['x1', 'y9'])
    expect(await ids(claim(store, 5, 10, 'b'))).toEqual(['other'])
    expect(await ids(claim(store, 5))).toEqual([])
    expect(await endpointsDue(store, 5)).toEqual([])
    await end(store, 'x1', 'refused', 5)
    expect(await ids(claim(store, 5))).toEqual([])
    expect((await ids(claim(store, 6))).toSorted()).toEqual(['x1', 'y9'])
    await end(store, 'x1', 'accepted', 6)
    expect(await endpointsDue(store, 6)).toEqual(['a', 'b'])
    expect(await ids(claim(store, 6))).toEqual(['x2'])
    await end(store, 'x2', 'parked', 6)
    expect(await ids(claim(store, 6))).toEqual(['x3'])
  })

  test('get their turn although many that must wait have been due for longer', async (store) => {
    await started(store)
    for (let n = 1; n <= 20; n += 1) {
      await insert(store, due(`s${n}`, 1, minute(4)))
      await insert(store, due(`s${n}`, 2, minute(2)))
    }
    const taken: string[] = []
    for (let turn = 1; turn <= 10; turn += 1) taken.push(...(await ids(claim(store, 5, 2))))
    expect(taken.toSorted()).toEqual(Array.from({ length: 20 }, (_, n) => `s${n + 1}1`).toSorted())
  })

  test('wait for an earlier one that is sent again', async (store) => {
    await started(store)
    await insert(store, due('x', 1))
    await claim(store, 5)
    await end(store, 'x1', 'accepted', 5)
    const before = present(await store.readers.webhookDeliveries.find('x1'))
    const [again] = transitionWebhookDelivery(before.value, { type: 'redelivered', at: minute(6) })._unsafeUnwrap()
    await commit(store, (all) => all.webhookDeliveries.replace(before, again, minute(6)))
    await insert(store, due('x', 2, minute(6)))
    expect(await ids(claim(store, 6))).toEqual(['x1'])
    expect(await ids(claim(store, 6))).toEqual([])
    await end(store, 'x1', 'accepted', 6)
    expect(await ids(claim(store, 6))).toEqual(['x2'])
  })

  test('make their endpoint due unless it is disabled', async (store) => {
    const given = { a: 'enabled', b: 'disabled', c: 'deleted', d: 'enabled' } as const
    for (const [id, status] of Object.entries(given))
      await insertEndpoint(store, {
        ...webhookEndpoint({ id }),
        ...(status === 'disabled' ? { status, reason: 'operator' } : { status }),
      })
    for (const endpointId of ['a', 'b', 'c'])
      for (const n of [1, 2]) await insert(store, { ...due(`s${n}`, 1), id: `${endpointId}${n}`, endpointId })
    expect(await endpointsDue(store, 4)).toEqual([])
    expect((await endpointsDue(store, 5)).toSorted()).toEqual(['a', 'c'])
  })
}

const insertEndpoint = (store: StoreUnderTest, endpoint: WebhookEndpoint): Promise<void> =>
  commit(store, ({ webhookEndpoints }) => webhookEndpoints.insert(endpoint))

const insert = (store: StoreUnderTest, delivery: DueDelivery): Promise<boolean> =>
  commit(store, ({ webhookDeliveries }) => webhookDeliveries.insert(delivery))

const replace = async (store: StoreUnderTest, id: string, after: WebhookDelivery): Promise<void> => {
  const before = present(await store.readers.webhookDeliveries.find(id))
  expect(await commit(store, (all) => all.webhookDeliveries.replace(before, after, minute(9)))).toBe(true)
}
