import { err, ok, type Result } from 'neverthrow'

/** An integer number of fen (1/100 yuan): the only money type inside. */
export type Fen = number & { readonly [unit]: 'fen' }
declare const unit: unique symbol

export type Currency = 'CNY'

export type MoneyError =
  | { readonly code: 'MONEY_MALFORMED'; readonly text: string }
  | { readonly code: 'MONEY_OUT_OF_RANGE' }

/** The largest amount one order may have: 100 million yuan, the gateways' own limit. */
export const MAX_AMOUNT_FEN = 10_000_000_000

const YUAN = /^(0|[1-9]\d{0,8})(?:\.(\d{1,2}))?$/

/** Brands a number that is known to be whole fen; a fraction, a negative or an unsafe one is a bug and throws. */
export const fen = (value: number): Fen => {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not an amount in fen: ${value}`)
  return (value === 0 ? 0 : value) as Fen // -0 is a safe integer too; the brand is what the compiler cannot see.
}

export const ZERO_FEN = fen(0)

/** Reads a decimal yuan text such as `99`, `99.5` or `99.00`, without floating point. */
export const parseYuan = (text: string): Result<Fen, MoneyError> => {
  const match = YUAN.exec(text)
  if (match === null) return err({ code: 'MONEY_MALFORMED', text: text.slice(0, 32) })
  const [, yuan = '0', fraction = ''] = match
  return ok(fen(Number(yuan) * 100 + Number(fraction.padEnd(2, '0'))))
}

/** Writes fen as yuan with two decimals: `9900` becomes `99.00`. */
export const formatYuan = (amount: Fen): string => {
  const digits = String(amount).padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** Writes a number of fen that may be below zero, as fees given back are: `-60` becomes `-0.60`. */
export const formatSignedYuan = (amountFen: number): string =>
  amountFen < 0 ? `-${formatYuan(fen(-amountFen))}` : formatYuan(fen(amountFen))

export const addFen = (a: Fen, b: Fen): Fen => fen(a + b)

/** `a - b`; a negative result is a bug and throws. */
export const subtractFen = (a: Fen, b: Fen): Fen => fen(a - b)

export const sumFen = (amounts: readonly Fen[]): Fen => amounts.reduce(addFen, ZERO_FEN)

/** Unit price times a whole quantity, refused where it leaves the range one order may have. */
export const multiplyFen = (amount: Fen, quantity: number): Result<Fen, MoneyError> => {
  const product = amount * quantity
  if (!Number.isSafeInteger(quantity) || quantity < 0 || product > MAX_AMOUNT_FEN)
    return err({ code: 'MONEY_OUT_OF_RANGE' })
  return ok(fen(product))
}
