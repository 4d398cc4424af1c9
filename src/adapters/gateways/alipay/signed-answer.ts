import { err, ok, type Result } from 'neverthrow'

/** An answer taken apart, nothing of it proven yet. */
export type SignedAnswer = {
  /** The bytes of the response as they came: the signature is over them, not over what a parser makes of them. */
  readonly response: Buffer
  readonly signature: string | undefined
  readonly alipayCertSerial: string | undefined
}

/** Cuts `{"<key>":…,"sign":"…"}` open without touching a byte; only members of the outermost object count. */
export const cutAnswer = (body: Buffer, responseKey: string): Result<SignedAnswer, string> => {
  // One character for each byte: no byte of a longer UTF-8 character looks like a quote or a brace.
  const members = outerMembers(body.toString('latin1'))
  if (members === undefined) return err('not a JSON object')
  const response = members.get(responseKey)
  if (response === undefined) return err('no response of this method in it')
  return ok({
    response: Buffer.from(response, 'latin1'),
    signature: stringOf(members.get('sign')),
    alipayCertSerial: stringOf(members.get('alipay_cert_sn')),
  })
}

/** The members of the outermost object as raw texts; undefined for anything else, also where a name comes twice. */
const outerMembers = (text: string): ReadonlyMap<string, string> | undefined => {
  const members = new Map<string, string>()
  let at = skipSpace(text, 0)
  if (text[at] !== '{') return undefined
  do {
    const nameStart = skipSpace(text, at + 1)
    const nameEnd = stringEnd(text, nameStart)
    const name = stringOf(text.slice(nameStart, nameEnd))
    const colon = skipSpace(text, nameEnd)
    if (name === undefined || members.has(name) || text[colon] !== ':') return undefined
    const valueStart = skipSpace(text, colon + 1)
    const valueEnd = endOfValue(text, valueStart)
    members.set(name, text.slice(valueStart, valueEnd))
    at = skipSpace(text, valueEnd)
  } while (text[at] === ',')
  return text[at] === '}' && skipSpace(text, at + 1) === text.length ? members : undefined
}

const SPACES = ' \t\r\n'

const skipSpace = (text: string, from: number): number => {
  let at = from
  while (at < text.length && SPACES.includes(text.charAt(at))) at += 1
  return at
}

/** Behind the closing quote; behind everything where there is none. */
const stringEnd = (text: string, from: number): number => {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '"') return at + 1
  }
  return text.length
}

/** Behind a string, an object, an array or a plain word; brackets inside strings do not count. */
const endOfValue = (text: string, from: number): number => {
  let depth = 0
  let at = from
  while (at < text.length) {
    const character = text.charAt(at)
    if (depth === 0 && at > from && `,}]${SPACES}`.includes(character)) return at
    if (character === '{' || character === '[') depth += 1
    if (character === '}' || character === ']') depth -= 1
    at = character === '"' ? stringEnd(text, at) : at + 1
    if (depth === 0 && '"}]'.includes(character)) return at
  }
  return at
}

const stringOf = (raw: string | undefined): string | undefined => {
  if (raw === undefined) return undefined
  try {
    const value: unknown = JSON.parse(raw)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}
