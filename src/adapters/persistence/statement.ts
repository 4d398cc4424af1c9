import type { Compilable, Kysely } from 'kysely'
import type { Executor } from './executor.ts'
import { type DB, type Kind, type Kinds, type Row, type RowOf, TABLES, type TableName, type Value } from './schema.ts'

/** SQL that Kysely built once, with the places of its parameters: building costs more than running. */
export type Statement<P, O> = {
  readonly sql: string
  rows(on: Executor, parameters: P): Promise<readonly O[]>
  first(on: Executor, parameters: P): Promise<O | undefined>
  change(on: Executor, parameters: P): Promise<number>
}

/** Builds a statement whose parameters have these names and kinds; `build` gets a placeholder for each. */
export const statement = <K extends Kinds, O>(
  kinds: K,
  build: (parameters: RowOf<K>) => Compilable<O>,
): Statement<RowOf<K>, O> => {
  const slots = Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, new Slot(name, kind)]))
  // Kysely only hands values on, so a slot may stand for one: it arrives in `parameters` where the value would.
  const { sql, parameters } = build(slots as unknown as RowOf<K>).compile()
  const places = parameters.map((parameter) => (parameter instanceof Slot ? parameter : constant(parameter)))
  // The rows have the columns Kysely inferred, as a test of the tables against `TABLES` shows.
  const rows = (on: Executor, given: RowOf<K>) => on.rows(sql, bind(places, given)) as Promise<readonly O[]>
  return {
    sql,
    rows,
    first: async (on, given) => (await rows(on, given))[0],
    change: (on, given) => on.change(sql, bind(places, given)),
  }
}

/** Inserts whole rows, all of them or none where they are at most `MAX_ROWS`. */
export type Insertion<T extends TableName> = (on: Executor, rows: readonly Row<T>[]) => Promise<void>

/** Enough for the lines of any order; a larger batch goes in several statements. */
export const MAX_ROWS = 500

/** One statement for each number of rows, built when it is first needed. */
export const insertion = <T extends TableName>(builder: Kysely<DB>, table: T): Insertion<T> => {
  const columns = Object.entries<Kind>(TABLES[table]).map(([name, kind]) => new Slot(name, kind))
  const built = new Map<number, string>()
  const sqlFor = (count: number): string => {
    const known = built.get(count)
    if (known !== undefined) return known
    const blank = Object.fromEntries(columns.map(({ name }) => [name, 0]))
    // Only the names count here; the values are bound below, each checked against its column.
    const { sql } = builder
      .insertInto<TableName>(table)
      .values(Array(count).fill(blank) as never)
      .compile()
    built.set(count, sql)
    return sql
  }
  return async (on, rows) => {
    for (let start = 0; start < rows.length; start += MAX_ROWS) {
      const batch = rows.slice(start, start + MAX_ROWS)
      await on.change(
        sqlFor(batch.length),
        batch.flatMap((row) => bind(columns, row)),
      )
    }
  }
}

/** Runs a query that had to be built for this call, such as a filtered list. */
export const query = <O>(on: Executor, built: Compilable<O>): Promise<readonly O[]> => {
  const { sql, parameters } = built.compile()
  return on.rows(sql, parameters.map(constant)) as Promise<readonly O[]> // As in `statement`.
}

/** The place of a parameter, which binds only what is of its kind. */
class Slot {
  readonly name: string
  readonly kind: Kind
  readonly fits: (value: unknown) => value is Value

  constructor(name: string, kind: Kind) {
    this.name = name
    this.kind = kind
    this.fits = FITS[kind]
  }
}

const bind = (places: readonly (Slot | Value)[], given: object): Value[] => {
  const named = given as Readonly<Record<string, unknown>> // Asked by name only; what comes back is checked.
  return places.map((place) => {
    if (!(place instanceof Slot)) return place
    const value = named[place.name]
    if (place.fits(value)) return value
    throw new TypeError(`${place.name} is to be bound as ${place.kind}, but is of type ${typeof value}`)
  })
}

const constant = (value: unknown): Value => {
  if (FITS['text?'](value) || FITS.integer(value)) return value
  throw new TypeError(`a value of type ${typeof value} can't be bound`)
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.isWellFormed()
const isInteger = (value: unknown): value is number => Number.isSafeInteger(value)

/** Databases convert silently: `0` equals every word on MySQL, a fraction or a huge integer is rounded on SQLite. */
const FITS: Readonly<Record<Kind, (value: unknown) => value is Value>> = {
  text: isText,
  integer: isInteger,
  'text?': (value): value is Value => value === null || isText(value),
  'integer?': (value): value is Value => value === null || isInteger(value),
}

/** Whether a value is of a kind. */
export const fits = (kind: Kind, value: unknown): value is Value => FITS[kind](value)
