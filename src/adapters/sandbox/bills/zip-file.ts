import { crc32, deflateRawSync } from 'node:zlib'
import { beijingTime } from '../gateway-time.ts'

/** One file of an archive, by the bytes of its name: nothing says in which character set they are. */
export type ZipMember = { readonly name: Buffer; readonly content: Buffer }

/** Where a member lies in the archive, and what it is. */
export type ZipEntry = {
  readonly name: Buffer
  readonly offset: number
  readonly crc: number
  readonly packedSize: number
  readonly size: number
  readonly at: Date
}

/** An archive with all members deflated. */
export const zipFile = (members: readonly ZipMember[], at: Date): Buffer => {
  const parts: Buffer[] = []
  const entries: ZipEntry[] = []
  let offset = 0
  for (const { name, content } of members) {
    const packed = deflateRawSync(content)
    const entry = { name, offset, crc: crc32(content), packedSize: packed.length, size: content.length, at }
    const header = zipMemberHeader(entry)
    entries.push(entry)
    parts.push(header, packed)
    offset += header.length + packed.length
  }
  return Buffer.concat([...parts, zipDirectory(entries, offset)])
}

/** What stands before a member's bytes; its length depends on the name alone. */
export const zipMemberHeader = (entry: ZipEntry): Buffer => {
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  writeFacts(header, 4, entry)
  return Buffer.concat([header, entry.name])
}

/** What ends an archive whose members end at `offset`. */
export const zipDirectory = (entries: readonly ZipEntry[], offset: number): Buffer => {
  const listed = Buffer.concat(entries.flatMap((entry) => [directoryEntry(entry), entry.name]))
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(listed.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([listed, end])
}

const directoryEntry = (entry: ZipEntry): Buffer => {
  const header = Buffer.alloc(46)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(VERSION, 4)
  writeFacts(header, 6, entry)
  header.writeUInt32LE(entry.offset, 42)
  return header
}

const VERSION = 20
const DEFLATED = 8

/** The part that both headers have in common; the flags between version and method stay 0. */
const writeFacts = (header: Buffer, at: number, { name, crc, packedSize, size, at: changedAt }: ZipEntry): void => {
  const [date, time] = dosTime(changedAt)
  header.writeUInt16LE(VERSION, at)
  header.writeUInt16LE(DEFLATED, at + 4)
  header.writeUInt16LE(time, at + 6)
  header.writeUInt16LE(date, at + 8)
  header.writeUInt32LE(crc, at + 10)
  header.writeUInt32LE(packedSize, at + 14)
  header.writeUInt32LE(size, at + 18)
  header.writeUInt16LE(name.length, at + 22)
}

const dosTime = (at: Date): readonly [date: number, time: number] => {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = beijingTime(at).split(/\D/).map(Number)
  return [((year - 1980) << 9) | (month << 5) | day, (hour << 11) | (minute << 5) | (second >> 1)]
}
