import { crc32, deflateRawSync } from 'node:zlib'

export type ZipMember = {
  /** As its bytes are: archives of Alipay's name their files in GBK. */
  readonly name: Uint8Array
  readonly content: Uint8Array
  readonly stored?: boolean
  readonly utf8Name?: boolean
  readonly encrypted?: boolean
  /** Stated instead of the true ones. */
  readonly crc?: number
  readonly size?: number
}

/** A ZIP archive. */
export const zipOf = (...members: readonly ZipMember[]): Buffer => {
  const files: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const member of members) {
    const packed = member.stored === true ? Buffer.from(member.content) : deflateRawSync(member.content)
    const facts = factsOf(member, packed)
    const local = Buffer.concat([numbers([4, 0x04034b50]), facts, Buffer.from(member.name), packed])
    directory.push(
      numbers([4, 0x02014b50], [2, 20]),
      facts,
      numbers([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]),
      Buffer.from(member.name),
    )
    files.push(local)
    offset += local.length
  }
  const listed = Buffer.concat(directory)
  const count = members.length
  const end = numbers([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, listed.length], [4, offset], [2, 0])
  return Buffer.concat([...files, listed, end])
}

/** What a member's own header and the directory say alike. */
const factsOf = (member: ZipMember, packed: Buffer): Buffer => {
  const flags = (member.utf8Name === true ? 0x800 : 0) | (member.encrypted === true ? 1 : 0)
  const method = member.stored === true ? 0 : 8
  const crc = member.crc ?? crc32(member.content)
  const size = member.size ?? member.content.length
  const name = member.name.length
  return numbers([2, 20], [2, flags], [2, method], [4, 0], [4, crc], [4, packed.length], [4, size], [2, name], [2, 0])
}

/** Little-endian ones, each of so many bytes. */
const numbers = (...list: readonly (readonly [bytes: 2 | 4, value: number])[]): Buffer =>
  Buffer.concat(
    list.map(([bytes, value]) => {
      const buffer = Buffer.alloc(bytes)
      buffer.writeUIntLE(value, 0, bytes)
      return buffer
    }),
  )
