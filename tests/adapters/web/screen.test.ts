import { describe, expect, it } from 'vitest'
import { asset } from './asset.ts'

type Order = { readonly status: string; readonly expiresAt: string; readonly updatedAt: string }
type Model = Readonly<Record<string, unknown>>
const { screenOf, refusalOf, newer } = await asset<{
  readonly screenOf: (model: Model, now: number) => string
  readonly refusalOf: (model: Model, now: number) => { readonly code: string } | undefined
  readonly newer: (known: Order | undefined, read: Order) => Order
}>('screen.js')

const now = Date.parse('2026-11-21T08:00:00.000Z')
const order = (status: string): Order => ({
  status,
  expiresAt: '2026-11-21T08:30:00.000Z',
  updatedAt: '2026-11-21T07:59:00.000Z',
})
const model = (change: Model = {}): Model => ({
  order: order('pending'),
  failure: undefined,
  choice: undefined,
  codes: {},
  refusals: {},
  ...change,
})
const code = { codeUrl: 'weixin://wxpay/bizpayurl?pr=1', expiresAt: now + 1000 }

describe('what the cashier shows', () => {
  it.each([
    ['loading', { order: undefined }],
    ['choose', {}],
    ['preparing', { choice: 'wechat' }],
    ['waiting', { choice: 'wechat', codes: { wechat: code } }],
    ['preparing', { choice: 'alipay', codes: { wechat: code } }],
    ['error', { choice: 'wechat', refusals: { wechat: { code: 'GATEWAY_UNAVAILABLE' } } }],
    ['waiting', { choice: 'alipay', codes: { alipay: code }, refusals: { wechat: { code: 'GATEWAY_UNAVAILABLE' } } }],
    ['error', { failure: { code: 'UNAUTHENTICATED' } }],
    ['paid', { order: order('paid'), choice: 'wechat', codes: { wechat: code } }],
    ['refunded', { order: order('refunded') }],
    ['refunded', { order: order('partially_refunded') }],
    ['cancelled', { order: order('cancelled') }],
    ['expired', { order: order('expired') }],
  ])('is %s for %j', (screen, change) => {
    expect(screenOf(model(change), now)).toBe(screen)
  })

  it('is expired once the time is over, even before the service says so', () => {
    const waiting = model({ choice: 'wechat', codes: { wechat: { ...code, expiresAt: now + 3_600_000 } } })
    const end = Date.parse('2026-11-21T08:30:00.000Z')
    expect(screenOf(waiting, end - 1)).toBe('waiting')
    expect(screenOf(waiting, end)).toBe('expired')
  })

  it('withdraws a code that has run out while the order is still open', () => {
    const waiting = model({ choice: 'wechat', codes: { wechat: code } })
    expect(screenOf(waiting, now + 1000)).toBe('error')
    expect(refusalOf(waiting, now + 1000)?.code).toBe('CODE_EXPIRED')
    expect(refusalOf(waiting, now + 999)).toBeUndefined()
  })

  it('keeps the newer of two readings, so that a late answer takes no payment back', () => {
    const paid = { ...order('paid'), updatedAt: '2026-11-21T08:00:00.000Z' }
    expect(newer(paid, order('pending'))).toBe(paid)
    expect(newer(order('pending'), paid)).toBe(paid)
    expect(newer(undefined, paid)).toBe(paid)
  })
})
