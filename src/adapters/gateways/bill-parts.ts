import type { TextDecoder } from 'node:util'
import type { BillHead, BillPart, BillReading, BillRow } from '../../application/reconciliation/bill.ts'
import { BillBroken } from './bill-broken.ts'
import { takeLines, wholeLines } from './bill-lines.ts'
import type { BillSource } from './bill-source.ts'

/** Makes rows of the lines of one kind of bill. */
export type BillTable = {
  /** The rows made since they were last taken. */
  readonly rows: BillRow[]
  /** One line without its end; throws `BillBroken` where nothing of the file can be believed any more. */
  line(bytes: Buffer, start: number, end: number): void
  /** After the last line; throws `BillBroken` where that is not the end, or the sums do not agree. */
  end(): BillHead
}

/** Few enough to be forgotten before anybody cleans up: what outlives that costs more than all the rest. */
const BATCH_ROWS = 100

/** Reads a table from the bytes of a bill's file, in batches that the reader of the parts asks for. */
export async function* partsOf(
  source: BillSource,
  bytes: AsyncIterable<Uint8Array>,
  table: BillTable,
  { onRow }: BillReading,
): AsyncGenerator<BillPart> {
  const take = (line: Buffer, start: number, end: number): boolean => {
    table.line(line, start, end)
    return table.rows.length >= BATCH_ROWS
  }
  const batch = (): BillPart => ({ type: 'rows', rows: table.rows.splice(0), bytesRead: source.bytesRead })
  try {
    for await (const lines of wholeLines(bytes)) {
      for (let at = 0; at < lines.end; ) {
        at = takeLines(lines, at, take)
        if (table.rows.length >= BATCH_ROWS) yield batch()
      }
      if (onRow !== undefined) yield batch() // Its rows went elsewhere; how far it came is still to be told.
    }
    const head = table.end()
    if (table.rows.length > 0) yield batch()
    yield { type: 'end', head }
  } catch (error) {
    if (!(error instanceof BillBroken)) throw error
    yield { type: 'broken', reason: error.message }
  }
}

const MOST_TEXT = 500
/** No encoding of ours takes more bytes for a character. */
const MOST_TEXT_BYTES = MOST_TEXT * 4

/** A row that nobody understands, with what can be shown of it. */
export const unreadableRow = (line: number, reason: string, bytes: Uint8Array, decoder: TextDecoder): BillRow => {
  const text = decoder.decode(bytes.subarray(0, MOST_TEXT_BYTES)).slice(0, MOST_TEXT).toWellFormed()
  return { kind: 'unreadable', line, text, reason }
}
