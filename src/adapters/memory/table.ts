/** What is readable; each answer is a copy, so that nobody changes the store by changing an answer. */
export type Rows<R> = {
  get(key: string): R | undefined
  /** By one of the table's unique rules. */
  getBy(rule: string, token: string): R | undefined
  /** In the order in which they were first written. */
  where(test: (row: R) => boolean): R[]
}

/** The rows as the unit of work under way sees them, its own writes included. */
export type Draft<R> = Rows<R> & {
  /** The rule that was broken, `key` among them, where the row was not written. */
  insert(row: R): string | undefined
  /** Writes a row in place of the one with the same key. */
  put(row: R): void
}

export type Table<R> = {
  readonly committed: Rows<R>
  readonly draft: Draft<R>
  begin(): void
  /** Makes the unit's writes visible and returns them. */
  commit(): readonly R[]
  rollback(): void
}

/** A rule gives the token no two rows may share, or `undefined` where it does not bind the row. */
export type UniqueRules<R> = Readonly<Record<string, (row: R) => string | undefined>>

type Layer<R> = {
  readonly rows: Map<string, R>
  /** The key of the row that holds a token; `undefined` in the upper layer where it was given up. */
  readonly holders: Map<string, string | undefined>
}

/** Rows by key, with unique rules and one unit of work at a time, whose writes lie in a layer above the committed ones. */
export const createTable = <R>(keyOf: (row: R) => string, unique: UniqueRules<R> = {}): Table<R> => {
  const base: Layer<R> = emptyLayer()
  let upper: Layer<R> | undefined
  const rowAt = (key: string): R | undefined => upper?.rows.get(key) ?? base.rows.get(key)
  const holderOf = (token: string): string | undefined =>
    upper?.holders.has(token) === true ? upper.holders.get(token) : base.holders.get(token)
  const tokensOf = (row: R): readonly (readonly [rule: string, token: string])[] =>
    Object.entries(unique).flatMap(([rule, tokenOf]) => {
      const token = tokenOf(row)
      return token === undefined ? [] : [[rule, tokenKey(rule, token)] as const]
    })
  const write = (key: string, row: R): void => {
    if (upper === undefined) throw new Error('written outside of a unit of work')
    const before = rowAt(key)
    if (before !== undefined) for (const [, token] of tokensOf(before)) upper.holders.set(token, undefined)
    for (const [, token] of tokensOf(row)) upper.holders.set(token, key)
    upper.rows.set(key, structuredClone(row))
  }
  const brokenBy = (key: string, row: R): string | undefined =>
    tokensOf(row).find(([, token]) => ![undefined, key].includes(holderOf(token)))?.[0]
  return {
    committed: readable(
      (key) => base.rows.get(key),
      (token) => base.holders.get(token),
      () => base.rows.values(),
    ),
    draft: {
      ...readable(rowAt, holderOf, () => (upper === undefined ? base.rows.values() : merged(base.rows, upper.rows))),
      insert(row) {
        const key = keyOf(row)
        const broken = rowAt(key) === undefined ? brokenBy(key, row) : 'key'
        if (broken === undefined) write(key, row)
        return broken
      },
      put(row) {
        const key = keyOf(row)
        const broken = brokenBy(key, row)
        if (broken !== undefined) throw new Error(`the row ${key} breaks the unique rule ${broken}`)
        write(key, row)
      },
    },
    begin() {
      upper = emptyLayer()
    },
    commit() {
      const written = [...(upper?.rows.values() ?? [])]
      for (const [key, row] of upper?.rows ?? []) base.rows.set(key, row)
      for (const [token, key] of upper?.holders ?? [])
        if (key === undefined) base.holders.delete(token)
        else base.holders.set(token, key)
      upper = undefined
      return written
    },
    rollback() {
      upper = undefined
    },
  }
}

/** Inserts a row of which a second one would be a bug. */
export const insertOnce = <R>(table: Draft<R>, row: R): void => {
  const broken = table.insert(row)
  if (broken !== undefined) throw new Error(`a row with the same ${broken} exists`)
}

/** Several values as one key that no other values make. */
export const joined = (...parts: readonly (string | number)[]): string => JSON.stringify(parts)

const emptyLayer = <R>(): Layer<R> => ({ rows: new Map(), holders: new Map() })

/** The lower rows, each as the upper layer has it, then those that are only there. */
const merged = function* <R>(base: ReadonlyMap<string, R>, upper: ReadonlyMap<string, R>): Iterable<R> {
  for (const [key, row] of base) yield upper.get(key) ?? row
  for (const [key, row] of upper) if (!base.has(key)) yield row
}

const tokenKey = (rule: string, token: string): string => `${rule}:${token}`

const readable = <R>(
  rowAt: (key: string) => R | undefined,
  holderOf: (token: string) => string | undefined,
  all: () => Iterable<R>,
): Rows<R> => ({
  get: (key) => structuredClone(rowAt(key)),
  getBy(rule, token) {
    const key = holderOf(tokenKey(rule, token))
    return key === undefined ? undefined : structuredClone(rowAt(key))
  },
  where(test) {
    const found: R[] = []
    for (const row of all()) if (test(row)) found.push(structuredClone(row))
    return found
  },
})
