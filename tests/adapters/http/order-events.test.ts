import { afterEach, describe, expect, it } from 'vitest'
import { StoreUnavailable } from '../../../src/application/transaction.ts'
import { type Service, startService, tokenFor } from './service.ts'

let service: Service
const streams: Stream[] = []
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.leave()
  await service.stop()
})

type Stream = {
  readonly response: Response
  /** The next event, as its fields; `undefined` where the stream has ended. */
  readonly next: () => Promise<Record<string, string> | undefined>
  readonly leave: () => void
}

const open = async (orderId: string, token: string, method = 'GET'): Promise<Stream> => {
  const aborter = new AbortController()
  const response = await fetch(`${service.origin}/api/v1/orders/${orderId}/events`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    signal: aborter.signal,
  })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let buffered = ''
  const stream: Stream = {
    response,
    async next() {
      while (!buffered.includes('\n\n')) {
        const chunk = await reader?.read()
        if (chunk?.value === undefined) return undefined
        buffered += chunk.value
      }
      const end = buffered.indexOf('\n\n')
      const lines = buffered.slice(0, end).split('\n')
      buffered = buffered.slice(end + 2)
      return Object.fromEntries(lines.map((line) => /^(\w*): ?(.*)$/.exec(line)?.slice(1) ?? ['', line]))
    },
    leave: () => aborter.abort(),
  }
  streams.push(stream)
  return stream
}

const RETRY = { retry: '3000' }

const withOrder = async (started: Service) => {
  service = started
  const token = await tokenFor('u1')
  const order = await service.order(token, (await service.sell()).id)
  const pay = async (): Promise<void> => {
    const body = { orderId: order.id, method: 'WECHAT_NATIVE' }
    const created = await service.call('POST', '/api/v1/payments/wechat/create', { token, body })
    service.gateways.wechat.pay(created.json.data.payment.outTradeNo)
    await service.call('GET', `/api/v1/payments/wechat/query/${order.id}`, { token })
  }
  return { token, order, pay, link: new URL(order.cashierUrl).hash.slice(1) }
}

const orderIn = (event: Record<string, string> | undefined) => {
  expect(event?.['event']).toBe('order')
  return JSON.parse(event?.['data'] ?? '')
}

describe('GET /orders/{orderId}/events', () => {
  it('sends the order at once, again when it changes, and ends when it is paid', async () => {
    const { token, order, pay, link } = await withOrder(await startService())
    const [owner, cashier] = [await open(order.id, token), await open(order.id, link)]
    for (const { response, next } of [owner, cashier]) {
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
      expect(response.headers.get('cache-control')).toBe('no-store, no-transform')
      expect(response.headers.get('x-accel-buffering')).toBe('no')
      expect(await next()).toEqual(RETRY)
      expect(orderIn(await next())).toEqual(order)
    }
    await pay()
    for (const { next } of [owner, cashier]) {
      expect(orderIn(await next())).toMatchObject({ id: order.id, status: 'paid', paidAt: '2026-03-01T04:00:00.000Z' })
      expect(await next()).toBeUndefined()
    }
  })

  it('says the end state and ends where the order has ended already', async () => {
    const { token, order, pay } = await withOrder(await startService())
    await pay()
    const { next } = await open(order.id, token)
    expect(await next()).toEqual(RETRY)
    expect(orderIn(await next()).status).toBe('paid')
    expect(await next()).toBeUndefined()
  })

  it('looks for itself where the feed missed a change, says nothing twice, and shows that it lives', async () => {
    const { token, order, pay } = await withOrder(
      await startService({
        deps: { orderFeed: { subscribe: () => () => {} }, timings: { streamRereadMs: 5, streamHeartbeatMs: 20 } },
      }),
    )
    const { next } = await open(order.id, token)
    expect(await next()).toEqual(RETRY)
    expect(orderIn(await next()).status).toBe('pending')
    expect(await next()).toEqual({ '': 'still here' }) // Several readings later: none of them said anything.
    await pay()
    let event = await next()
    while (event?.['event'] === undefined) event = await next()
    expect(orderIn(event).status).toBe('paid')
    expect(await next()).toBeUndefined()
  })

  it('misses no change between its first look and its listening', async () => {
    let payNow: (() => Promise<void>) | undefined
    const { token, order, pay } = await withOrder(
      await startService({
        deps: ({ findOrder }) => ({
          orderFeed: { subscribe: () => () => {} },
          timings: { streamRereadMs: 1_000_000 },
          findOrder: async (...asked) => {
            const found = await findOrder(...asked)
            await payNow?.()
            return found
          },
        }),
      }),
    )
    payNow = pay
    const { next } = await open(order.id, token)
    expect(await next()).toEqual(RETRY)
    expect(orderIn(await next()).status).toBe('pending')
    expect(orderIn(await next()).status).toBe('paid')
  })

  it('goes on where the store is away for a moment', async () => {
    let broken = false
    const { token, order, pay } = await withOrder(
      await startService({
        deps: ({ readers }) => ({
          timings: { streamRereadMs: 5 },
          readers: {
            ...readers,
            orders: {
              ...readers.orders,
              find: async (id) => {
                if (broken) throw new StoreUnavailable('down')
                return readers.orders.find(id)
              },
            },
          },
        }),
      }),
    )
    const { next } = await open(order.id, token)
    expect(await next()).toEqual(RETRY)
    expect(orderIn(await next()).status).toBe('pending')
    broken = true
    await expect.poll(() => service.logs.some(({ message }) => message.includes('could not read its order'))).toBe(true)
    broken = false
    await pay()
    expect(orderIn(await next()).status).toBe('paid')
  })

  it('is open ten times at most for one caller, and anew when one has left', async () => {
    const { token, order, link } = await withOrder(await startService())
    const mine = await Promise.all(Array.from({ length: 10 }, () => open(order.id, token)))
    expect(mine.map(({ response }) => response.status)).toEqual(Array.from({ length: 10 }, () => 200))
    const { response } = await open(order.id, token)
    expect(response.status).toBe(429)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await open(order.id, link)).response.status).toBe(200)
    mine[0]?.leave()
    await expect.poll(async () => (await open(order.id, token)).response.status).toBe(200)
  })

  it('is no error when the reader leaves, and everything it held is let go', async () => {
    let listeners = 0
    const { token, order } = await withOrder(
      await startService({
        deps: {
          orderFeed: {
            subscribe: () => {
              listeners += 1
              return () => {
                listeners -= 1
              }
            },
          },
        },
      }),
    )
    const stream = await open(order.id, token)
    await stream.next()
    expect(listeners).toBe(1)
    stream.leave()
    await expect.poll(() => listeners).toBe(0)
    await expect
      .poll(() => service.logs.find(({ route }) => String(route).endsWith('/events')))
      .toMatchObject({ aborted: true })
    expect(service.logs.filter(({ level }) => level !== 'info')).toEqual([])
  })

  it('ends with the token that opened it', async () => {
    const { order } = await withOrder(await startService())
    const now = service.clock.now().getTime() / 1000
    const token = await tokenFor('u1', { exp: now + 0.05 })
    const { next } = await open(order.id, token)
    await next()
    await next()
    expect(await next()).toBeUndefined()
  })

  it('opens nothing for HEAD', async () => {
    const { token, order } = await withOrder(await startService())
    for (let i = 0; i < 12; i += 1) {
      const { response } = await open(order.id, token, 'HEAD')
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    }
  })

  it('ends at once where it is opened while the service stops', async () => {
    const { token, order } = await withOrder(await startService())
    service.app.closeStreams()
    const { next } = await open(order.id, token)
    expect(await next()).toEqual(RETRY)
    expect(orderIn(await next()).status).toBe('pending')
    expect(await next()).toBeUndefined()
  })

  it('ends when the service stops, without waiting for the reader', async () => {
    const { token, order } = await withOrder(await startService())
    const { next } = await open(order.id, token)
    await next()
    await next()
    const stopped = service.stop()
    expect(await next()).toBeUndefined()
    await stopped
  })
})
