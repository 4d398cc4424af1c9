import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fen, MAX_AMOUNT_FEN } from '../../src/domain/money.ts'
import { orderAmount } from '../../src/domain/order.ts'
import { anyOrderItem, anyOrderItems } from '../support/arbitraries.ts'
import { orderItem } from '../support/builders.ts'

describe('the amount of an order', () => {
  it('is the sum of price times quantity over its lines', () => {
    const items = [orderItem({ unitPrice: fen(9900), quantity: 2 }), orderItem({ unitPrice: fen(1), quantity: 999 })]
    expect(orderAmount(items)._unsafeUnwrap()).toBe(20_799)
  })

  it('is exact for any lines, however they are sorted', () => {
    fc.assert(
      fc.property(anyOrderItems, (items) => {
        const exact = items.reduce((sum, item) => sum + BigInt(item.unitPrice) * BigInt(item.quantity), 0n)
        expect(BigInt(orderAmount(items)._unsafeUnwrap())).toBe(exact)
        expect(orderAmount(items.toReversed())).toEqual(orderAmount(items))
      }),
    )
  })

  it('is refused where nothing is to be paid', () => {
    const refused = { code: 'MONEY_OUT_OF_RANGE' }
    expect(orderAmount([])._unsafeUnwrapErr()).toEqual(refused)
    expect(orderAmount([orderItem({ unitPrice: fen(0), quantity: 999 })])._unsafeUnwrapErr()).toEqual(refused)
  })

  it('may reach the most one order may cost and not a fen more', () => {
    const most = orderItem({ unitPrice: fen(MAX_AMOUNT_FEN) })
    expect(orderAmount([most])._unsafeUnwrap()).toBe(MAX_AMOUNT_FEN)
    expect(orderAmount([most, orderItem({ unitPrice: fen(1) })]).isErr()).toBe(true)
    expect(orderAmount([orderItem({ unitPrice: fen(MAX_AMOUNT_FEN), quantity: 999 })]).isErr()).toBe(true)
  })

  it('is refused for a quantity that is no whole number', () => {
    fc.assert(
      fc.property(anyOrderItem, fc.constantFrom(-1, 0.5, NaN, Infinity, -Infinity, 2 ** 53), (item, quantity) => {
        expect(orderAmount([orderItem(), { ...item, quantity }]).isErr()).toBe(true)
      }),
    )
  })
})
