import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  deliveriesOf,
  deliveryStatus,
  type FulfilmentRecord,
  goodsOf,
  moveDelivery,
  takesBack,
} from '../../src/domain/fulfilment.ts'
import { fen } from '../../src/domain/money.ts'
import { anyOrderItems } from '../support/arbitraries.ts'
import {
  accessProduct,
  codeProduct,
  entityId,
  goodsProduct,
  itemOf,
  minute,
  pointsProduct,
} from '../support/builders.ts'

const { id: productId } = accessProduct()

describe('what a paid order delivers', () => {
  it('is line by line what its products promise, times the quantity', () => {
    const items = [
      itemOf(accessProduct(), 2),
      itemOf(codeProduct(), 3),
      itemOf(pointsProduct(), 4),
      itemOf(goodsProduct(), 5),
    ]
    expect(deliveriesOf(items)).toEqual([
      { type: 'grant', line: 0, productId, validityDays: 730 },
      { type: 'codes', line: 1, productId, validityDays: 365, count: 3 },
      { type: 'points', line: 2, points: 4000, bonusPoints: 400 },
      { type: 'goods', line: 3, sku: 'TSHIRT-M', quantity: 5 },
    ])
  })

  it('is one delivery for each line, under the number of the line', () => {
    fc.assert(
      fc.property(anyOrderItems, (items) => {
        expect(deliveriesOf(items).map(({ line }) => line)).toEqual([...items.keys()])
      }),
    )
  })

  it('is decided by the order alone, so it is the same each time it is asked', () => {
    fc.assert(
      fc.property(anyOrderItems, (items) => {
        expect(deliveriesOf(structuredClone(items))).toEqual(deliveriesOf(items))
      }),
    )
  })
})

describe('the goods of an order', () => {
  it('are counted by sku over all lines', () => {
    const mug = goodsProduct({ fulfilment: { type: 'goods', sku: 'MUG' } })
    const items = [itemOf(goodsProduct(), 2), itemOf(mug, 1), itemOf(goodsProduct(), 3), itemOf(accessProduct(), 7)]
    expect(Object.fromEntries(goodsOf(items))).toEqual({ 'TSHIRT-M': 5, MUG: 1 })
  })

  it('are as many pieces as its deliveries have', () => {
    fc.assert(
      fc.property(anyOrderItems, (items) => {
        const delivered = deliveriesOf(items).reduce((sum, one) => sum + (one.type === 'goods' ? one.quantity : 0), 0)
        expect([...goodsOf(items).values()].reduce((sum, pieces) => sum + pieces, 0)).toBe(delivered)
      }),
    )
  })
})

describe('a refund', () => {
  it('takes everything back with the last fen and nothing before', () => {
    expect(takesBack(fen(0), fen(9900))).toBe(false)
    expect(takesBack(fen(9899), fen(9900))).toBe(false)
    expect(takesBack(fen(9900), fen(9900))).toBe(true)
  })

  it.each([
    [0, 0, 'delivered'],
    [3000, 6899, 'delivered'],
    [9899, 0, 'delivered'],
    [0, 9900, 'held'],
    [3000, 6900, 'held'],
    [6000, 6000, 'held'],
    [9900, 0, 'taken_back'],
    [9900, 100, 'taken_back'],
  ] as const)('of which %i fen have gone back and %i may leaves the goods %s', (returned, reserved, status) => {
    expect(deliveryStatus(fen(9900), fen(returned), fen(reserved))).toBe(status)
  })
})

describe('the record of a delivery', () => {
  const record: FulfilmentRecord = {
    orderId: entityId(1),
    line: 0,
    kind: 'points',
    status: 'delivered',
    deliveredAt: minute(5),
    takenBackAt: undefined,
    round: 0,
    withheld: 0,
  }
  const statuses = fc.array(fc.constantFrom('delivered' as const, 'held' as const, 'taken_back' as const))

  it('counts each of its moves, so that each has a name of its own', () => {
    const held = moveDelivery(record, 'held', minute(6))
    expect(held).toEqual({ ...record, status: 'held', round: 1 })
    expect(moveDelivery({ ...record, status: 'held', round: 1 }, 'taken_back', minute(7))).toEqual({
      ...record,
      status: 'taken_back',
      takenBackAt: minute(7),
      round: 2,
    })
  })

  it('follows where it is sent and stays taken back for good', () => {
    fc.assert(
      fc.property(statuses, (history) => {
        let known = record
        for (const [n, status] of history.entries()) {
          const moved = moveDelivery(known, status, minute(n))
          expect(moved === undefined).toBe(known.status === status || known.status === 'taken_back')
          known = moved ?? known
          if (history.slice(0, n + 1).includes('taken_back')) expect(known.status).toBe('taken_back')
          else expect(known.status).toBe(status)
        }
      }),
    )
  })
})
