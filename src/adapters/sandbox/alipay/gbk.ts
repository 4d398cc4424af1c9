/** Encodes text in GBK, which Node can only decode. A character that GBK lacks becomes a question mark. */
export const encodeGbk = (text: string): Buffer => {
  table ??= buildTable()
  const known = table
  return Buffer.from(Array.from(text).flatMap((character) => bytesOf(character, known)))
}

let table: ReadonlyMap<string, readonly number[]> | undefined

const QUESTION_MARK = 0x3f

const bytesOf = (character: string, known: ReadonlyMap<string, readonly number[]>): readonly number[] => {
  const code = character.charCodeAt(0)
  return code < 0x80 ? [code] : (known.get(character) ?? [QUESTION_MARK])
}

const buildTable = (): ReadonlyMap<string, readonly number[]> => {
  const decoder = new TextDecoder('gbk')
  const built = new Map<string, readonly number[]>()
  for (let lead = 0x81; lead <= 0xfe; lead += 1)
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      const character = decoder.decode(Uint8Array.of(lead, trail))
      if (character.length === 1 && character !== '\uFFFD' && !built.has(character)) built.set(character, [lead, trail])
    }
  return built
}
