import { err, ok, type Result } from 'neverthrow'

/** What lies in the warehouse and how much of it is promised; `available = onHand - reserved`, none below zero. */
export type Stock = { readonly sku: string; readonly onHand: number; readonly reserved: number }

/** What one order holds of one sku: `held → sold | released`, `released → sold` (honoured late), `sold → restored`. */
export type StockReservation = {
  readonly orderId: string
  readonly sku: string
  readonly quantity: number
  readonly status: 'held' | 'sold' | 'released' | 'restored'
}

export type StockMove = 'reserve' | 'sell' | 'release' | 'restore'

export type StockEntryKind = 'sale' | 'restore' | 'adjustment'

/** One line of the stock ledger: the sum of the deltas is what is on hand. */
export type StockEntry = {
  readonly id: string
  readonly sku: string
  readonly kind: StockEntryKind
  readonly delta: number
  readonly orderId: string | undefined
  readonly actor: string
  readonly reason: string
  readonly createdAt: Date
}

export type StockError =
  | { readonly code: 'OUT_OF_STOCK'; readonly sku: string; readonly available: number }
  | { readonly code: 'RESERVATION_ENDED'; readonly status: StockReservation['status'] }

export const availableOf = (stock: Stock): number => stock.onHand - stock.reserved

/** Promises goods to an order; a quantity that is no whole number above zero is a bug and throws. */
export const reserveStock = (
  stock: Stock,
  orderId: string,
  quantity: number,
): Result<readonly [Stock, StockReservation], StockError> => {
  if (!Number.isSafeInteger(quantity) || quantity < 1) throw new RangeError(`not a quantity of goods: ${quantity}`)
  return availableOf(stock) < quantity
    ? err({ code: 'OUT_OF_STOCK', sku: stock.sku, available: availableOf(stock) })
    : ok([
        { ...stock, reserved: stock.reserved + quantity },
        { orderId, sku: stock.sku, quantity, status: 'held' },
      ])
}

/** Moves an order's reservation on; a repeated move changes nothing, a contradicting one is refused. */
export const moveReservation = (
  stock: Stock,
  reservation: StockReservation,
  move: StockMove,
): Result<readonly [Stock, StockReservation], StockError> => {
  switch (move) {
    case 'reserve':
      return reserveAgain(stock, reservation)
    case 'sell':
      return sell(stock, reservation)
    case 'release':
      return release(stock, reservation)
    case 'restore':
      return restore(stock, reservation)
  }
}

/** Corrects what is on hand, never below what is promised. */
export const adjustStock = (stock: Stock, delta: number): Result<Stock, StockError> => {
  const onHand = stock.onHand + delta
  return !Number.isSafeInteger(onHand) || onHand < stock.reserved
    ? err({ code: 'OUT_OF_STOCK', sku: stock.sku, available: availableOf(stock) })
    : ok({ ...stock, onHand })
}

type Moved = Result<readonly [Stock, StockReservation], StockError>

const ended = (reservation: StockReservation): Moved => err({ code: 'RESERVATION_ENDED', status: reservation.status })

const reserveAgain = (stock: Stock, reservation: StockReservation): Moved => {
  switch (reservation.status) {
    case 'held':
      return ok([stock, reservation])
    case 'released': // Its order has ended and would never give the goods free again.
    case 'sold':
    case 'restored':
      return ended(reservation)
  }
}

const sell = (stock: Stock, reservation: StockReservation): Moved => {
  const { quantity } = reservation
  switch (reservation.status) {
    case 'held':
      return ok([
        { ...stock, onHand: stock.onHand - quantity, reserved: stock.reserved - quantity },
        { ...reservation, status: 'sold' },
      ])
    case 'sold':
      return ok([stock, reservation])
    case 'released': // A late payment is honoured only where the goods are still there.
      return availableOf(stock) < quantity
        ? err({ code: 'OUT_OF_STOCK', sku: stock.sku, available: availableOf(stock) })
        : ok([
            { ...stock, onHand: stock.onHand - quantity },
            { ...reservation, status: 'sold' },
          ])
    case 'restored':
      return ended(reservation)
  }
}

const release = (stock: Stock, reservation: StockReservation): Moved => {
  switch (reservation.status) {
    case 'held':
      return ok([
        { ...stock, reserved: stock.reserved - reservation.quantity },
        { ...reservation, status: 'released' },
      ])
    case 'released':
      return ok([stock, reservation])
    case 'sold':
    case 'restored':
      return ended(reservation)
  }
}

const restore = (stock: Stock, reservation: StockReservation): Moved => {
  switch (reservation.status) {
    case 'sold':
      return ok([
        { ...stock, onHand: stock.onHand + reservation.quantity },
        { ...reservation, status: 'restored' },
      ])
    case 'restored':
      return ok([stock, reservation])
    case 'held':
    case 'released':
      return ended(reservation)
  }
}
