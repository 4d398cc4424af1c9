import { crc32, inflateRawSync } from 'node:zlib'
import { expect } from 'vitest'

/** Reads an archive of GBK texts by its directory, as zip programs do. */
export const zipMembers = (zip: Buffer) => {
  const end = zip.length - 22
  expect(zip.readUInt32LE(end)).toBe(0x06054b50)
  let place = zip.readUInt32LE(end + 16)
  return Array.from({ length: zip.readUInt16LE(end + 10) }, () => {
    expect(zip.readUInt32LE(place)).toBe(0x02014b50)
    const nameLength = zip.readUInt16LE(place + 28)
    const offset = zip.readUInt32LE(place + 42)
    const name = zip.subarray(place + 46, place + 46 + nameLength)
    expect(zip.readUInt32LE(offset)).toBe(0x04034b50)
    const start = offset + 30 + zip.readUInt16LE(offset + 26)
    const content = inflateRawSync(zip.subarray(start, start + zip.readUInt32LE(place + 20)))
    expect(crc32(content)).toBe(zip.readUInt32LE(place + 16))
    expect(content).toHaveLength(zip.readUInt32LE(place + 24))
    const flags = zip.readUInt16LE(place + 8)
    place += 46 + nameLength
    return { name, flags, text: new TextDecoder('gbk').decode(content) }
  })
}
