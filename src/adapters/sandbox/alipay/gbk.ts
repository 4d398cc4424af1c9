/** Encodes text in GBK, which Node can only decode. A character that GBK lacks becomes a question mark. */
export const encodeGbk = (text: string): Buffer => {
  table ??= buildTable()
  const bytes = Buffer.allocUnsafe(text.length * 2)
  let end = 0
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) {
      bytes[end] = unit
      end += 1
      continue
    }
    const pair = table[unit] ?? 0
    if (pair === 0) {
      bytes[end] = QUESTION_MARK
      end += 1
      if (isSurrogatePair(text, index)) index += 1
    } else {
      bytes[end] = pair >> 8
      bytes[end + 1] = pair & 0xff
      end += 2
    }
  }
  return bytes.subarray(0, end)
}

/** Lead and trail byte by UTF-16 unit; 0 where there is none. */
let table: Uint16Array | undefined

const QUESTION_MARK = 0x3f

const isSurrogatePair = (text: string, index: number): boolean => (text.codePointAt(index) ?? 0) > 0xffff

const buildTable = (): Uint16Array => {
  const decoder = new TextDecoder('gbk')
  const built = new Uint16Array(0x10000)
  for (let lead = 0x81; lead <= 0xfe; lead += 1)
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      const character = decoder.decode(Uint8Array.of(lead, trail))
      const unit = character.charCodeAt(0)
      if (character.length === 1 && character !== '\uFFFD' && built[unit] === 0) built[unit] = (lead << 8) | trail
    }
  return built
}
