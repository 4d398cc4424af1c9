import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { asset } from './asset.ts'

type Order = { readonly status: string }
type Answer<T> =
  | { readonly ok: true; readonly data: T }
  | { readonly ok: false; readonly problem: { readonly code: string } }
type Wire = {
  order(): Promise<Answer<Order>>
  events(signal: AbortSignal, onOrder: (order: Order) => void, onBytes: () => void): Promise<Answer<undefined>>
}
type Watch = (options: {
  readonly api: Wire
  readonly onOrder: (order: Order) => void
  readonly onConnection: (online: boolean) => void
  readonly onRefused: (problem: { readonly code: string }) => void
}) => { wake(): void }
const { watchOrder } = await asset<{ readonly watchOrder: Watch }>('order-watch.js')

const pending = { status: 'pending' }
const paid = { status: 'paid' }
const no = (code: string) => ({ ok: false, problem: { code } }) as const

/** The service as the page reaches it: what a stream and a question are answered with can be changed at any time. */
const wire = (answers: { stream: Order | string; order: Order | string }) => {
  const calls = { streams: 0, questions: 0 }
  let push: (order: Order) => void = () => {}
  const api: Wire = {
    order: async () => {
      calls.questions += 1
      return typeof answers.order === 'string' ? no(answers.order) : { ok: true, data: answers.order }
    },
    events: async (signal, onOrder, onBytes) => {
      calls.streams += 1
      if (typeof answers.stream === 'string' && answers.stream !== 'silent') return no(answers.stream)
      push = (order) => {
        onBytes()
        onOrder(order)
      }
      if (typeof answers.stream === 'object') push(answers.stream)
      if (signal.aborted) return no('NETWORK_LOST')
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(no('NETWORK_LOST'))))
    },
  }
  return { api, calls, push: (order: Order) => push(order) }
}

const follow = (api: Wire) => {
  const seen: string[] = []
  const watch = watchOrder({
    api,
    onOrder: ({ status }) => seen.push(status),
    onConnection: (online) => online || seen.push('offline'),
    onRefused: ({ code }) => seen.push(code),
  })
  return { seen, watch }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('following an order', () => {
  it('tells what the stream tells and asks nothing besides', async () => {
    const { api, calls, push } = wire({ stream: pending, order: pending })
    const { seen } = follow(api)
    await vi.advanceTimersByTimeAsync(20_000)
    push(paid)
    await vi.advanceTimersByTimeAsync(600_000)
    expect(seen).toEqual(['pending', 'paid'])
    expect(calls).toEqual({ streams: 1, questions: 0 })
  })

  it('asks every three seconds while there is no stream', async () => {
    const answers = { stream: 'RATE_LIMITED', order: pending }
    const { api, calls } = wire(answers)
    const { seen } = follow(api)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(calls.questions).toBeGreaterThanOrEqual(20)
    expect(calls.streams).toBeLessThan(8)
    answers.order = paid
    await vi.advanceTimersByTimeAsync(3000)
    expect(seen.at(-1)).toBe('paid')
    const { questions } = calls
    await vi.advanceTimersByTimeAsync(60_000)
    expect(calls.questions).toBe(questions)
  })

  it('asks when a stream opens and stays silent', async () => {
    const { api } = wire({ stream: 'silent', order: paid })
    const { seen } = follow(api)
    await vi.advanceTimersByTimeAsync(5000)
    expect(seen).toEqual(['paid'])
  })

  it('opens a new stream when a good one goes quiet for long', async () => {
    const { api, calls } = wire({ stream: pending, order: pending })
    follow(api)
    await vi.advanceTimersByTimeAsync(50_000)
    expect(calls.streams).toBe(2)
  })

  it('says when the network is lost and goes on by itself', async () => {
    const answers = { stream: 'NETWORK_LOST', order: 'NETWORK_LOST' }
    const { api } = wire(answers)
    const { seen } = follow(api)
    await vi.advanceTimersByTimeAsync(1000)
    expect(seen).toEqual(['offline'])
    Object.assign(answers, { stream: paid, order: paid })
    await vi.advanceTimersByTimeAsync(3000)
    expect(seen.at(-1)).toBe('paid')
  })

  it('stops at once when the link is refused', async () => {
    const { api, calls } = wire({ stream: 'UNAUTHENTICATED', order: 'UNAUTHENTICATED' })
    const { seen } = follow(api)
    await vi.advanceTimersByTimeAsync(600_000)
    expect(seen).toEqual(['UNAUTHENTICATED'])
    expect(calls).toEqual({ streams: 1, questions: 0 })
  })

  it('looks again at once when the page wakes', async () => {
    const { api, calls } = wire({ stream: pending, order: pending })
    const { watch } = follow(api)
    await vi.advanceTimersByTimeAsync(20_000)
    watch.wake()
    await vi.advanceTimersByTimeAsync(1)
    expect(calls).toEqual({ streams: 2, questions: 1 })
  })
})
