import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  adjustStock,
  availableOf,
  moveReservation,
  reserveStock,
  type StockMove,
  type StockReservation,
} from '../../src/domain/stock.ts'
import { anyReservationStatus, anyStockMove } from '../support/arbitraries.ts'
import { reservation, stock } from '../support/builders.ts'

type Status = StockReservation['status']
type Arrow = { readonly to: Status; readonly onHand: number; readonly reserved: number }

/** Where a move leads and what it does to the shelf, piece by piece. */
const arrows: Partial<Record<`${Status} ${StockMove}`, Arrow>> = {
  'held sell': { to: 'sold', onHand: -1, reserved: -1 },
  'held release': { to: 'released', onHand: 0, reserved: -1 },
  'released sell': { to: 'sold', onHand: -1, reserved: 0 },
  'sold restore': { to: 'restored', onHand: 1, reserved: 0 },
}

const repeats: readonly string[] = ['held reserve', 'sold sell', 'released release', 'restored restore']

const STATUSES: readonly Status[] = ['held', 'sold', 'released', 'restored']
const MOVES: readonly StockMove[] = ['reserve', 'sell', 'release', 'restore']

describe('every move on every reservation', () => {
  const shelf = stock({ onHand: 10, reserved: 6 })

  for (const status of STATUSES)
    for (const move of MOVES) {
      const before = Object.freeze(reservation({ quantity: 2, status }))
      const arrow = arrows[`${status} ${move}`]
      if (arrow !== undefined)
        it(`${move} makes a ${status} reservation ${arrow.to}`, () => {
          expect(moveReservation(Object.freeze(shelf), before, move)._unsafeUnwrap()).toEqual([
            { ...shelf, onHand: 10 + 2 * arrow.onHand, reserved: 6 + 2 * arrow.reserved },
            { ...before, status: arrow.to },
          ])
        })
      else if (repeats.includes(`${status} ${move}`))
        it(`${move} changes nothing on a ${status} reservation`, () => {
          const [sameShelf, same] = moveReservation(shelf, before, move)._unsafeUnwrap()
          expect(sameShelf).toBe(shelf)
          expect(same).toBe(before)
        })
      else
        it(`${move} is refused on a ${status} reservation, which has ended`, () => {
          const refusal = moveReservation(shelf, before, move)._unsafeUnwrapErr()
          expect(refusal).toEqual({ code: 'RESERVATION_ENDED', status })
        })
    }
})

describe('a reservation', () => {
  it('promises what is there, to the last piece', () => {
    expect(reserveStock(stock({ onHand: 5, reserved: 2 }), 'order-1', 3)._unsafeUnwrap()).toEqual([
      stock({ onHand: 5, reserved: 5 }),
      { orderId: 'order-1', sku: 'TSHIRT-M', quantity: 3, status: 'held' },
    ])
  })

  it('is refused beyond that, and says how much there is', () => {
    expect(reserveStock(stock({ onHand: 5, reserved: 2 }), 'order-1', 4)._unsafeUnwrapErr()).toEqual({
      code: 'OUT_OF_STOCK',
      sku: 'TSHIRT-M',
      available: 3,
    })
  })

  it.each([0, -0, -1, 0.5, NaN, Infinity, 2 ** 53])('is never over %d pieces: that is a bug and throws', (quantity) => {
    expect(() => reserveStock(stock(), 'order-1', quantity)).toThrow(RangeError)
  })

  it('once released is honoured late only where the goods are still there', () => {
    const released = reservation({ quantity: 2, status: 'released' })
    expect(moveReservation(stock({ onHand: 10, reserved: 9 }), released, 'sell')._unsafeUnwrapErr()).toEqual({
      code: 'OUT_OF_STOCK',
      sku: 'TSHIRT-M',
      available: 1,
    })
    expect(moveReservation(stock({ onHand: 10, reserved: 8 }), released, 'sell')._unsafeUnwrap()[0]).toEqual(
      stock({ onHand: 8, reserved: 8 }),
    )
  })

  it('is not changed by repeating the last accepted move', () => {
    const anyShelf = fc.record({ free: fc.nat({ max: 5 }), quantity: fc.integer({ min: 1, max: 5 }) })
    fc.assert(
      fc.property(anyShelf, anyReservationStatus, anyStockMove, ({ free, quantity }, status, move) => {
        const shelf = stock({ onHand: free + quantity, reserved: quantity })
        const once = moveReservation(shelf, reservation({ quantity, status }), move)
        fc.pre(once.isOk())
        const [after, moved] = once._unsafeUnwrap()
        expect(moveReservation(after, moved, move)._unsafeUnwrap()).toEqual([after, moved])
      }),
      { numRuns: 500 },
    )
  })
})

describe('a correction of what is on hand', () => {
  it('goes up freely and down to what is promised', () => {
    expect(adjustStock(stock({ onHand: 5, reserved: 2 }), 7)._unsafeUnwrap()).toEqual(
      stock({ onHand: 12, reserved: 2 }),
    )
    expect(adjustStock(stock({ onHand: 5, reserved: 2 }), -3)._unsafeUnwrap()).toEqual(
      stock({ onHand: 2, reserved: 2 }),
    )
  })

  it.each([-4, 0.5, NaN, Infinity, -Infinity, 2 ** 53])('is refused for %d', (delta) => {
    const before = stock({ onHand: 5, reserved: 2 })
    expect(adjustStock(before, delta)._unsafeUnwrapErr()).toEqual({
      code: 'OUT_OF_STOCK',
      sku: 'TSHIRT-M',
      available: availableOf(before),
    })
  })
})
