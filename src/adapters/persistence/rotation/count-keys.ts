import type { Encryption, KeyRing } from '../../../application/encryption.ts'
import { quoted } from '../copy/copied-tables.ts'
import type { Executor } from '../executor.ts'
import { SEALED_COLUMNS } from './sealed-columns.ts'
import { keyOfRow, sealedPages } from './sealed-rows.ts'

/** How many values of a column are held by which key; `unknown` stands for what nobody has sealed. */
export type KeyCount = { readonly column: string; readonly keys: Readonly<Record<string, number>> }

/** Counts all sealed values by their key, reading page by page; services may go on writing beside it. */
export const countKeys = async (
  on: Executor,
  encryption: Encryption & KeyRing,
  onRows: (rows: number) => void = () => undefined,
): Promise<readonly KeyCount[]> => {
  const counts: KeyCount[] = []
  for (const column of SEALED_COLUMNS) {
    const keys: Record<string, number> = {}
    for await (const { rows, walked } of sealedPages(on, column)) {
      for (const row of rows) {
        const keyId = keyOfRow(column, row, encryption) ?? 'unknown'
        keys[keyId] = (keys[keyId] ?? 0) + 1
      }
      onRows(walked)
    }
    counts.push({ column: `${column.table}.${column.column}`, keys })
  }
  return counts
}

/** How many rows one walk along all sealed columns reads. */
export const rowsToWalk = async (on: Executor): Promise<number> => {
  let rows = 0
  for (const { table } of SEALED_COLUMNS) {
    const [found] = await on.rows(`select count(*) as n from ${quoted(table)}`, [])
    rows += (found as { readonly n: number }).n // As selected.
  }
  return rows
}
