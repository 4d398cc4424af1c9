/** An address, or all addresses that begin like it; IPv4 lies in `::ffff:0:0/96`, so that it is the same however it is written. */
export type Network = {
  /** The first address in it, 32 characters of `[0-9a-f]`. */
  readonly first: string
  /** How many bits all of its addresses share: 128 for a single one. */
  readonly prefix: number
}

const BITS = 128
const MAPPED = 96
const MAPPED_GROUPS = [0, 0, 0, 0, 0, 0xffff]

/** The widest networks there may be, a 256th of all IPv4 and a 65,536th of all IPv6: anything wider is a slip. */
const WIDEST = { ipv4: MAPPED + 8, ipv6: 16 } as const

/** Reads an address or a network in CIDR notation; `undefined` where it is none, or has bits set behind its prefix. */
export const parseNetwork = (text: string): Network | undefined => {
  const [address = '', length, ...more] = text.split('/')
  const groups = parseGroups(address)
  if (groups === undefined || more.length > 0) return undefined
  const first = hexOf(groups)
  if (length === undefined) return { first, prefix: BITS }
  if (!/^(?:0|[1-9]\d{0,2})$/.test(length)) return undefined
  const prefix = Number(length) + (address.includes(':') ? 0 : MAPPED)
  return prefix <= BITS && firstOf(first, prefix) === first ? { first, prefix } : undefined
}

/** Whether so much of the internet can be meant. */
export const isTooWide = ({ first, prefix }: Network): boolean => prefix < widest(first)

/** Every network an address lies in, from itself to the widest there may be. */
export const networksAround = ({ first }: Network): readonly Network[] =>
  Array.from({ length: BITS - widest(first) + 1 }, (_, bits) => {
    const prefix = BITS - bits
    return { first: firstOf(first, prefix), prefix }
  })

const widest = (first: string): number => (first.startsWith(MAPPED_START) ? WIDEST.ipv4 : WIDEST.ipv6)

const firstOf = (address: string, prefix: number): string => {
  const behind = BigInt(BITS - prefix)
  return ((BigInt(`0x${address}`) >> behind) << behind).toString(16).padStart(32, '0')
}

const hexOf = (groups: readonly number[]): string => groups.map((group) => group.toString(16).padStart(4, '0')).join('')

const MAPPED_START = hexOf(MAPPED_GROUPS)

/** The eight groups of 16 bits. */
const parseGroups = (text: string): readonly number[] | undefined => {
  if (!text.includes(':')) {
    const ipv4 = parseIpv4(text)
    return ipv4 && [...MAPPED_GROUPS, ...ipv4]
  }
  const [head = '', tail, ...more] = text.split('::')
  const [before, after] = [parseHalf(head), tail === undefined ? [] : parseHalf(tail)]
  if (before === undefined || after === undefined || more.length > 0) return undefined
  const zeros = 8 - before.length - after.length
  if (tail === undefined ? zeros !== 0 : zeros < 1) return undefined
  // An IPv4 address may only stand at the very end.
  if (tail !== undefined && head.includes('.')) return undefined
  return [...before, ...Array<number>(zeros).fill(0), ...after]
}

const parseHalf = (text: string): readonly number[] | undefined => {
  if (text === '') return []
  const parts = text.split(':')
  const last = parts.at(-1) ?? ''
  const ipv4 = last.includes('.') ? parseIpv4(last) : []
  const groups = last.includes('.') ? parts.slice(0, -1) : parts
  if (ipv4 === undefined || !groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined
  return [...groups.map((group) => Number.parseInt(group, 16)), ...ipv4]
}

/** As two groups. A leading zero is refused: some readers take it for octal. */
const parseIpv4 = (text: string): readonly [number, number] | undefined => {
  const match = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/.exec(text)
  if (match === null) return undefined
  const [a = 0, b = 0, c = 0, d = 0] = match.slice(1).map(Number)
  return Math.max(a, b, c, d) > 255 ? undefined : [a * 256 + b, c * 256 + d]
}
