import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  adjustStock,
  availableOf,
  moveReservation,
  reserveStock,
  type Stock,
  type StockMove,
  type StockReservation,
} from '../../src/domain/stock.ts'
import { anyStockMove } from '../support/arbitraries.ts'
import { stock } from '../support/builders.ts'

const START = 12
const ORDERS = 6

/** The shelf as a child would keep it: pieces that lie there, and what became of each order's wish. */
type Model = {
  lying: number
  readonly orders: Map<string, { readonly pieces: number; fate: StockReservation['status'] }>
}
type Real = { shelf: Stock; readonly reservations: Map<string, StockReservation>; readonly ledger: number[] }
type Command = fc.Command<Model, Real>

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, number) => total + number, 0)

const promised = (model: Model): number =>
  sum([...model.orders.values()].map(({ pieces, fate }) => (fate === 'held' ? pieces : 0)))

const keepsTheBooks = (model: Model, real: Real): void => {
  const { onHand, reserved } = real.shelf
  expect({ onHand, reserved }).toEqual({ onHand: model.lying, reserved: promised(model) })
  const live = [...real.reservations.values()].filter(({ status }) => status === 'held')
  expect(reserved).toBe(sum(live.map(({ quantity }) => quantity)))
  expect(onHand).toBe(START + sum(real.ledger))
  expect(Math.min(onHand, reserved, availableOf(real.shelf))).toBeGreaterThanOrEqual(0)
}

const store = (real: Real, [shelf, reservation]: readonly [Stock, StockReservation]): void => {
  if (shelf.onHand !== real.shelf.onHand) real.ledger.push(shelf.onHand - real.shelf.onHand)
  real.shelf = shelf
  real.reservations.set(reservation.orderId, reservation)
}

const ask = (orderId: string, pieces: number): Command => ({
  check: (model) => !model.orders.has(orderId),
  run: (model, real) => {
    const answer = reserveStock(real.shelf, orderId, pieces)
    expect(answer.isOk()).toBe(pieces <= model.lying - promised(model))
    answer.map((after) => {
      store(real, after)
      model.orders.set(orderId, { pieces, fate: 'held' })
    })
    keepsTheBooks(model, real)
  },
  toString: () => `${orderId} asks for ${pieces}`,
})

/** What the move must come to in the child's book, or undefined where it must be refused. */
const fateAfter = (model: Model, orderId: string, move: StockMove): StockReservation['status'] | undefined => {
  const order = model.orders.get(orderId)
  switch (order?.fate) {
    case 'held':
      return ({ reserve: 'held', sell: 'sold', release: 'released', restore: undefined } as const)[move]
    case 'sold':
      return ({ reserve: undefined, sell: 'sold', release: undefined, restore: 'restored' } as const)[move]
    case 'released':
      if (move === 'sell') return order.pieces <= model.lying - promised(model) ? 'sold' : undefined
      return move === 'release' ? 'released' : undefined
    case 'restored':
      return move === 'restore' ? 'restored' : undefined
    case undefined:
      return undefined
  }
}

const move = (orderId: string, step: StockMove): Command => ({
  check: (model) => model.orders.has(orderId),
  run: (model, real) => {
    const order = model.orders.get(orderId)
    const reservation = real.reservations.get(orderId)
    if (order === undefined || reservation === undefined) throw new Error('both books must know the order')
    const fate = fateAfter(model, orderId, step)
    const answer = moveReservation(real.shelf, reservation, step)
    expect(answer.isOk()).toBe(fate !== undefined)
    answer.map((after) => store(real, after))
    if (fate !== undefined && fate !== order.fate) {
      if (fate === 'sold') model.lying -= order.pieces
      if (fate === 'restored') model.lying += order.pieces
      order.fate = fate
    }
    expect(real.reservations.get(orderId)?.status).toBe(order.fate)
    keepsTheBooks(model, real)
  },
  toString: () => `${orderId} ${step}`,
})

const count = (delta: number): Command => ({
  check: () => true,
  run: (model, real) => {
    const answer = adjustStock(real.shelf, delta)
    expect(answer.isOk()).toBe(model.lying + delta >= promised(model))
    answer.map((shelf) => {
      real.shelf = shelf
      real.ledger.push(delta)
      model.lying += delta
    })
    keepsTheBooks(model, real)
  },
  toString: () => `count corrects by ${delta}`,
})

describe('one shelf and many orders', () => {
  it('agree with a plain count of pieces after each step, whatever the orders do', () => {
    const anyOrderId = fc.integer({ min: 1, max: ORDERS }).map((n) => `order-${n}`)
    const commands = [
      fc.tuple(anyOrderId, fc.integer({ min: 1, max: 8 })).map(([orderId, pieces]) => ask(orderId, pieces)),
      fc.tuple(anyOrderId, anyStockMove).map(([orderId, step]) => move(orderId, step)),
      fc.tuple(anyOrderId, anyStockMove).map(([orderId, step]) => move(orderId, step)),
      fc.integer({ min: -8, max: 4 }).map(count),
    ]
    fc.assert(
      fc.property(fc.commands(commands, { maxCommands: 60, size: 'max' }), (steps) => {
        fc.modelRun(
          () => ({
            model: { lying: START, orders: new Map() },
            real: { shelf: stock({ onHand: START }), reservations: new Map(), ledger: [] },
          }),
          steps,
        )
      }),
      { numRuns: 200 },
    )
  })
})
