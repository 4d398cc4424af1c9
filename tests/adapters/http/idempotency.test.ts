import { err, ok } from 'neverthrow'
import { afterEach, describe, expect, it } from 'vitest'
import { countingRateLimiter } from '../../../src/adapters/memory/counting-rate-limiter.ts'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import type { KeyUse } from '../../../src/application/idempotency/idempotency-keys.ts'
import { StoreUnavailable } from '../../../src/application/transaction.ts'
import { postPoints } from '../../../src/domain/points.ts'
import { NO_LIMITS, adminToken, NOW, type Service, startService, tokenFor } from './service.ts'

let service: Service
afterEach(() => service.stop())

const codeOf = ({ status, json }: { status: number; json: { code?: string } }) => [status, json.code]
const replayed = ({ headers }: { headers: Headers }) => headers.get('idempotent-replayed')

/** Orders under a key, as u1 unless another token is given. */
const ordering = async (started: Service) => {
  service = started
  const product = await service.sell()
  const token = await tokenFor('u1')
  return {
    token,
    product,
    post: (key: string, quantity = 1, as = token) =>
      service.call('POST', '/api/v1/orders', {
        token: as,
        body: { items: [{ productId: product.id, quantity }] },
        headers: { 'idempotency-key': key },
      }),
    orders: async (as = token) => (await service.call('GET', '/api/v1/orders', { token: as })).json.data,
  }
}

describe('an Idempotency-Key', () => {
  it('gives the first answer again for the same body, byte for byte, and makes one order', async () => {
    const { post, orders } = await ordering(await startService())
    const first = await post('k1')
    service.clock.advance(60_000)
    const again = await post('k1')
    expect([first.status, replayed(first)]).toEqual([201, null])
    expect([again.status, replayed(again)]).toEqual([201, 'true'])
    expect(again.text).toBe(first.text)
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'))
    expect(await orders()).toHaveLength(1)
  })

  it('is refused with another body', async () => {
    const { post, orders } = await ordering(await startService())
    await post('k1', 1)
    expect(codeOf(await post('k1', 2))).toEqual([422, 'IDEMPOTENCY_KEY_REUSED'])
    expect(await orders()).toHaveLength(1)
  })

  it('belongs to its caller and its route', async () => {
    const { post, orders, token } = await ordering(await startService())
    const u2 = await tokenFor('u2')
    const first = await post('k1')
    const other = await post('k1', 1, u2)
    expect(other.status).toBe(201)
    expect(other.json.data.id).not.toBe(first.json.data.id)
    expect([await orders(), await orders(u2)].map((list) => list.length)).toEqual([1, 1])
    const pay = async (provider: string) =>
      service.call('POST', `/api/v1/payments/${provider}/create`, {
        token,
        body: { orderId: first.json.data.id, method: provider === 'wechat' ? 'WECHAT_NATIVE' : 'ALIPAY_QR' },
        headers: { 'idempotency-key': 'k1' },
      })
    expect((await pay('wechat')).status).toBe(201)
    expect((await pay('alipay')).status).toBe(201)
    expect(replayed(await pay('alipay'))).toBe('true')
  })

  it('remembers a refusal too', async () => {
    const { token } = await ordering(await startService())
    const post = () =>
      service.call('POST', '/api/v1/orders', {
        token,
        body: { items: [{ productId: 'nothing', quantity: 1 }] },
        headers: { 'idempotency-key': 'k1' },
      })
    const [first, again] = [await post(), await post()]
    expect(codeOf(first)).toEqual([404, 'PRODUCT_NOT_FOUND'])
    expect(again.text).toBe(first.text)
    expect(again.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(replayed(again)).toBe('true')
  })

  it('is not used up by a request that was not understood', async () => {
    const { post, token } = await ordering(await startService())
    const headers = { 'idempotency-key': 'k1' }
    const refused = await service.call('POST', '/api/v1/orders', { token, body: { items: [] }, headers })
    expect(refused.status).toBe(400)
    expect((await post('k1')).status).toBe(201)
  })

  it('makes one order of twenty requests at once', async () => {
    const { post, orders } = await ordering(await startService())
    const replies = await Promise.all(Array.from({ length: 20 }, () => post('k1')))
    const made = new Set(replies.filter(({ status }) => status === 201).map(({ text }) => text))
    expect(made.size).toBe(1)
    for (const reply of replies)
      if (reply.status !== 201) expect(codeOf(reply)).toEqual([409, 'IDEMPOTENCY_KEY_IN_USE'])
    expect(await orders()).toHaveLength(1)
    expect((await post('k1')).status).toBe(201)
  })

  it('is in use while the first request runs', async () => {
    let finish = () => {}
    const held = new Promise<void>((resolve) => {
      finish = resolve
    })
    let entered = () => {}
    const running = new Promise<void>((resolve) => {
      entered = resolve
    })
    const { post } = await ordering(
      await startService({
        deps: {
          createOrder: async () => {
            entered()
            await held
            return err({ code: 'PRODUCT_NOT_FOUND', productId: 'x' })
          },
        },
      }),
    )
    const first = post('k1')
    await running
    expect(codeOf(await post('k1'))).toEqual([409, 'IDEMPOTENCY_KEY_IN_USE'])
    expect(codeOf(await post('k1', 2))).toEqual([422, 'IDEMPOTENCY_KEY_REUSED'])
    finish()
    expect((await first).status).toBe(404)
    expect(replayed(await post('k1'))).toBe('true')
  })

  it.each([
    ['the store is down', new StoreUnavailable('down'), 503, 'SERVICE_UNAVAILABLE'],
    ['something breaks', new Error('a bug'), 500, 'INTERNAL_ERROR'],
  ])(
    'is given back where %s, and the retry makes the very order the first one meant to',
    async (_, fault, status, code) => {
      const asked: string[] = []
      const { post, orders } = await ordering(
        await startService({
          deps: (usual) => ({
            createOrder: async (input) => {
              asked.push(input.orderId)
              const made = await usual.createOrder(input)
              if (asked.length === 1) throw fault // It was committed; only the answer got lost.
              return made
            },
          }),
        }),
      )
      const first = await post('k1')
      expect(codeOf(first)).toEqual([status, code])
      const second = await post('k1')
      expect([second.status, replayed(second)]).toEqual([201, null])
      expect(asked).toEqual([second.json.data.id, second.json.data.id])
      expect(await orders()).toHaveLength(1)
    },
  )

  it('goes on under the same id once the lease of a request that died has ended', async () => {
    const uses: KeyUse[] = []
    const { post } = await ordering(
      await startService({
        deps: ({ idempotencyKeys: keys }) => ({
          idempotencyKeys: {
            ...keys,
            claim: async (use, ...rest) => {
              if (uses.length === 0) await keys.claim(use, 'the-first-id', NOW, 30_000) // By a process that died then.
              uses.push(use)
              return keys.claim(use, ...rest)
            },
          },
        }),
      }),
    )
    expect(codeOf(await post('k1'))).toEqual([409, 'IDEMPOTENCY_KEY_IN_USE'])
    service.clock.advance(30_000)
    expect((await post('k1')).json.data.id).toBe('the-first-id')
    expect(uses[0]).toMatchObject({ caller: 'user:u1', route: 'POST /api/v1/orders', key: 'k1' })
  })

  it('is given back with a 429', async () => {
    const clock = fixedClock({ at: NOW })
    const paymentsPerUser = countingRateLimiter({ points: 1, durationSeconds: 60, clock })
    const { post, token } = await ordering(await startService({ deps: { limits: { ...NO_LIMITS, paymentsPerUser } } }))
    const orderId = (await post('k0')).json.data.id
    const pay = (key: string) =>
      service.call('POST', '/api/v1/payments/wechat/create', {
        token,
        body: { orderId, method: 'WECHAT_NATIVE' },
        headers: { 'idempotency-key': key },
      })
    expect((await pay('k1')).status).toBe(201)
    expect(codeOf(await pay('k2'))).toEqual([429, 'RATE_LIMITED'])
    expect([(await pay('k1')).status, replayed(await pay('k1'))]).toEqual([201, 'true']) // A repeat costs nothing.
    clock.advance(60_000)
    expect([(await pay('k2')).status, replayed(await pay('k2'))]).toEqual([201, 'true'])
  })

  it('answers 503 and loses nothing where the answer can not be kept', async () => {
    let broken = true
    const { post, orders } = await ordering(
      await startService({
        deps: ({ idempotencyKeys: keys }) => ({
          idempotencyKeys: {
            ...keys,
            complete: async (...kept) => {
              if (broken) throw new StoreUnavailable('down')
              return keys.complete(...kept)
            },
          },
        }),
      }),
    )
    expect(codeOf(await post('k1'))).toEqual([503, 'SERVICE_UNAVAILABLE'])
    broken = false
    expect(codeOf(await post('k1'))).toEqual([409, 'IDEMPOTENCY_KEY_IN_USE'])
    service.clock.advance(30_000)
    expect((await post('k1')).status).toBe(201)
    expect(await orders()).toHaveLength(1)
  })

  it('gives the payment with points that was made where its answer could not be kept', async () => {
    let broken = false
    const { post, token } = await ordering(
      await startService({
        deps: ({ idempotencyKeys: keys }) => ({
          idempotencyKeys: {
            ...keys,
            complete: async (...kept) => {
              if (broken) throw new StoreUnavailable('down')
              return keys.complete(...kept)
            },
          },
        }),
      }),
    )
    await service.store.transaction.run(async ({ points }) => {
      const before = await points.account('u1')
      const source = { type: 'admin', id: 'gift' } as const
      const gift = { id: 'e0', userId: 'u1', kind: 'adjustment', delta: 1_000_000, source, createdAt: NOW } as const
      const [after, entry] = postPoints(before.value, gift)._unsafeUnwrap()
      return ok(await points.post(before, after, entry))
    })
    const body = { orderId: (await post('k0')).json.data.id, method: 'POINTS' }
    const headers = { 'idempotency-key': 'k1' }
    const pay = () => service.call('POST', '/api/v1/payments/points/create', { token, body, headers })
    broken = true
    expect(codeOf(await pay())).toEqual([503, 'SERVICE_UNAVAILABLE'])
    broken = false
    service.clock.advance(30_000)
    const paid = await pay()
    expect([paid.status, paid.json.data.payment.status]).toEqual([201, 'paid'])
    const { items } = await service.store.readers.points.entries('u1', { limit: 10, after: undefined })
    expect(items.filter(({ kind }) => kind === 'spend')).toHaveLength(1)
  })

  it.each([
    ['', 400],
    ['k', 201],
    ['k'.repeat(255), 201],
    ['k'.repeat(256), 400],
    ['a key, with ~ signs', 201],
    ['ключ', 400],
    ['tab\there', 400],
  ])('has 1 to 255 printable characters (%j)', async (key, status) => {
    const { post } = await ordering(await startService())
    const reply = await post(Buffer.from(key).toString('latin1'))
    expect(reply.status).toBe(status)
    if (status === 400) expect(reply.json.errors[0].path).toBe('Idempotency-Key')
  })

  it('also keeps products and stock from being made twice', async () => {
    service = await startService()
    const token = await adminToken()
    const headers = { 'idempotency-key': 'k1' }
    const body = { name: '会员', price: '1', fulfilment: { type: 'goods', sku: 'HAT' } }
    const make = () => service.call('POST', '/api/v1/admin/products', { token, body, headers })
    expect([(await make()).status, replayed(await make())]).toEqual([201, 'true'])
    expect((await service.call('GET', '/api/v1/products')).json.data).toHaveLength(1)
    const adjust = (sku: string) =>
      service.call('POST', `/api/v1/admin/inventory/${sku}/adjust`, { token, body: { delta: 5, reason: 'x' }, headers })
    expect([(await adjust('HAT')).json.data.onHand, (await adjust('HAT')).json.data.onHand]).toEqual([5, 5])
    expect((await adjust('CAP')).json.data).toMatchObject({ sku: 'CAP', onHand: 5 })
    const stocks = (await service.call('GET', '/api/v1/admin/inventory', { token })).json.data
    expect(stocks.map(({ onHand }: { onHand: number }) => onHand)).toEqual([5, 5])
  })
})
