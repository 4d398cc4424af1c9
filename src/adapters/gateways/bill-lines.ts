import { BillBroken } from './bill-broken.ts'

/** Some whole lines of a file, each but perhaps the last of all with its line feed; good until the next is asked for. */
export type Lines = { readonly bytes: Buffer; readonly end: number }

export const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const BUFFER_BYTES = 262_144

/** Cuts chunks, wherever they end, into whole lines over one buffer; a line longer than that is none of a bill. */
export async function* wholeLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Lines> {
  const bytes = Buffer.allocUnsafe(BUFFER_BYTES)
  let held = 0
  for await (const chunk of chunks) {
    for (let taken = 0; taken < chunk.length; ) {
      const fitting = chunk.subarray(taken, taken + BUFFER_BYTES - held)
      bytes.set(fitting, held)
      taken += fitting.length
      const before = held
      held += fitting.length
      const end = bytes.subarray(before, held).lastIndexOf(LINE_FEED) + 1
      if (end === 0) {
        if (held === BUFFER_BYTES) throw new BillBroken('有一行超出账单可能的长度 (a line longer than any of a bill)')
        continue
      }
      yield { bytes, end: before + end }
      bytes.copyWithin(0, before + end, held)
      held -= before + end
    }
  }
  if (held > 0) yield { bytes, end: held }
}

/** Calls back for each line, without its end, from `start` on until one says that it is enough; gives where to go on. */
export const takeLines = (
  { bytes, end }: Lines,
  start: number,
  take: (bytes: Buffer, start: number, end: number) => boolean,
): number => {
  for (let at = start; at < end; ) {
    const found = bytes.indexOf(LINE_FEED, at)
    const feed = found === -1 || found >= end ? end : found
    const isEnough = take(bytes, at, feed > at && bytes[feed - 1] === CARRIAGE_RETURN ? feed - 1 : feed)
    at = feed + 1
    if (isEnough) return at
  }
  return end
}
