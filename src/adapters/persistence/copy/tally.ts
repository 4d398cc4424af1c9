import { createHash } from 'node:crypto'
import type { Executor } from '../executor.ts'
import type { CopiedRow, CopiedTable } from './copied-tables.ts'
import { pagesOf } from './pages.ts'

/** What a table holds, in a few words: the same on two databases only where every row is. */
export type Tally = {
  readonly rows: number
  /** Of every column that is money, a quantity or a counter. */
  readonly sums: Readonly<Record<string, string>>
  /** Of all values of all rows, whatever their order. */
  readonly digest: string
}

const DIGEST_BITS = 128

/** Counts rows as they pass. */
export class Tallying {
  readonly #summed: readonly { readonly name: string; readonly index: number }[]
  readonly #sums: bigint[]
  #rows = 0
  #digest = 0n

  constructor({ columns, summed }: CopiedTable) {
    this.#summed = summed.map((name) => ({ name, index: columns.findIndex((column) => column.name === name) }))
    this.#sums = summed.map(() => 0n)
  }

  add(row: CopiedRow): void {
    this.#rows += 1
    this.#summed.forEach(({ index }, place) => {
      this.#sums[place] = (this.#sums[place] ?? 0n) + BigInt(row[index] ?? 0)
    })
    const hash = createHash('sha256').update(JSON.stringify(row)).digest('hex')
    // A sum, unlike an exclusive or, also tells a row that is there twice from one that is not there at all.
    this.#digest = BigInt.asUintN(DIGEST_BITS, this.#digest + BigInt(`0x${hash.slice(0, DIGEST_BITS / 4)}`))
  }

  get tally(): Tally {
    return {
      rows: this.#rows,
      sums: Object.fromEntries(this.#summed.map(({ name }, place) => [name, String(this.#sums[place])])),
      digest: this.#digest.toString(16).padStart(DIGEST_BITS / 4, '0'),
    }
  }
}

/** Reads a whole table. */
export const tallyOf = async (
  on: Executor,
  table: CopiedTable,
  onRows: (rows: number) => void = () => undefined,
): Promise<Tally> => {
  const tallying = new Tallying(table)
  for await (const page of pagesOf(on, table)) {
    for (const row of page) tallying.add(row)
    onRows(page.length)
  }
  return tallying.tally
}

/** What of a table is not the same on both sides. */
export const tallyDifferences = ({ name }: CopiedTable, source: Tally, target: Tally): readonly string[] => [
  ...(source.rows === target.rows ? [] : [`${name}: ${source.rows} rows in the source, ${target.rows} in the target`]),
  ...Object.entries(source.sums)
    .filter(([column, sum]) => target.sums[column] !== sum)
    .map(([column, sum]) => `${name}.${column}: ${sum} in the source, ${target.sums[column]} in the target`),
  ...(source.digest === target.digest ? [] : [`${name}: rows differ`]),
]
