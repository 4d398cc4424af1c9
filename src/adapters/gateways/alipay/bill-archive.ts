import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl'
import { BillBroken } from '../bill-broken.ts'
import { wholeLines } from '../bill-lines.ts'
import { type BillSource, inflated } from '../bill-source.ts'
import { GBK, UTF_8 } from './detail-encoding.ts'

const MOST_MEMBERS = 100
const MOST_BYTES = 2 * 1024 ** 3
const STORED = 0
const DEFLATED = 8
const UTF_8_FLAG = 0x800
const DETAILS = '业务明细'
const SUMMARY = '汇总'
const FIRST_LINE = '#支付宝业务明细查询'

/** The member with the details, unpacked; its check sum is compared behind the last byte. */
export async function* detailBytes(source: BillSource): AsyncGenerator<Uint8Array> {
  const archive = await opened(source)
  yield* memberBytes(source, archive, await detailsOf(source, archive))
}

/** Reads the archive's own places for the ZIP reader, and keeps what went wrong there apart from what is wrong in it. */
class SourceReader extends RandomAccessReader {
  readonly #source: BillSource
  failure: { readonly error: unknown } | undefined

  constructor(source: BillSource) {
    super()
    this.#source = source
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#noting(this.#source.content.read({ start, end })))
  }

  async *#noting(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks
    } catch (error) {
      this.failure = { error }
      throw error
    }
  }
}

type Archive = { readonly zip: ZipFile; readonly reader: SourceReader; readonly members: readonly Entry[] }

const opened = async (source: BillSource): Promise<Archive> => {
  const reader = new SourceReader(source)
  return unlessDamaged(reader, async () => {
    const zip = await fromRandomAccessReaderPromise(reader, source.content.size, { decodeStrings: false })
    if (zip.entryCount > MOST_MEMBERS) throw new BillBroken('压缩包内文件过多 (an archive of too many files)')
    const members: Entry[] = []
    for await (const entry of zip.eachEntry()) members.push(entry)
    return { zip, reader, members }
  })
}

/** What the ZIP reader throws is about the archive, unless the file could not be read at all. */
const unlessDamaged = async <T>(reader: SourceReader, read: () => Promise<T>): Promise<T> => {
  try {
    return await read()
  } catch (error) {
    if (reader.failure !== undefined) throw reader.failure.error
    throw error instanceof BillBroken ? error : new BillBroken('压缩包已损坏 (a damaged archive)')
  }
}

/** By its name; where Alipay names them anew, by its first line. */
const detailsOf = async (source: BillSource, archive: Archive): Promise<Entry> => {
  const named = archive.members.filter((entry) => isNamedDetails(nameOf(entry)))
  const [details, ...others] = named.length > 0 ? named : await beginningLikeDetails(source, archive)
  if (details === undefined) throw new BillBroken(`压缩包内没有${DETAILS} (an archive without ${DETAILS})`)
  if (others.length > 0) throw new BillBroken(`压缩包内有多份${DETAILS} (an archive with ${DETAILS} more than once)`)
  return details
}

const isNamedDetails = (name: string): boolean =>
  name.toLowerCase().endsWith('.csv') && name.includes(DETAILS) && !name.includes(SUMMARY)

/** Alipay writes GBK and does not say so; only who says it writes UTF-8 is believed. */
const nameOf = ({ fileNameRaw, generalPurposeBitFlag }: Entry): string =>
  ((generalPurposeBitFlag & UTF_8_FLAG) === 0 ? GBK : UTF_8).decoder.decode(fileNameRaw)

const beginningLikeDetails = async (source: BillSource, archive: Archive): Promise<Entry[]> => {
  const found: Entry[] = []
  for (const entry of archive.members)
    if ((await firstLine(source, archive, entry)).startsWith(FIRST_LINE)) found.push(entry)
  return found
}

const firstLine = async (source: BillSource, archive: Archive, entry: Entry): Promise<string> => {
  try {
    for await (const { bytes, end } of wholeLines(memberBytes(source, archive, entry)))
      return GBK.decoder.decode(bytes.subarray(0, Math.min(end, 200)))
  } catch (error) {
    if (!(error instanceof BillBroken)) throw error // Whatever that member is, it is no bill.
  }
  return ''
}

async function* memberBytes(source: BillSource, { zip, reader }: Archive, entry: Entry): AsyncGenerator<Uint8Array> {
  const { compressionMethod: method, compressedSize, uncompressedSize } = entry
  if (entry.isEncrypted()) throw new BillBroken('压缩包已加密 (an encrypted archive)')
  if (method !== STORED && method !== DEFLATED)
    throw new BillBroken('压缩包的压缩方式未知 (an archive packed in an unknown way)')
  if (uncompressedSize > MOST_BYTES)
    throw new BillBroken('解压后超出账单可能的大小 (unpacks to more than a bill can hold)')
  const header = await unlessDamaged(reader, () => zip.readLocalFileHeaderPromise(entry, { minimal: true }))
  const range = { start: header.fileDataStart, end: header.fileDataStart + compressedSize }
  if (range.end > source.content.size) throw new BillBroken('压缩包已损坏 (a damaged archive)')
  let size = 0
  let sum = 0
  for await (const chunk of method === STORED ? source.read(range) : inflated(source, range)) {
    size += chunk.length
    if (size > uncompressedSize) break
    sum = crc32(chunk, sum)
    yield chunk
  }
  if (size !== uncompressedSize || sum !== entry.crc32) throw new BillBroken('压缩包已损坏 (a damaged archive)')
}
