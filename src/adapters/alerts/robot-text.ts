import type { AlertMessage } from '../../application/alerts/alert-sender.ts'

/** Stands in every message, so that a robot that wants a keyword can be given 收银 or 告警. */
const HEAD = '收银告警'

/** The message as a robot shows it, in so many bytes at most: cut between lines, or in the first where it must be. */
export const robotText = ({ text }: AlertMessage, maxBytes: number): string => {
  const all = `${HEAD}\n${text}`
  if (Buffer.byteLength(all) <= maxBytes) return all
  const kept: string[] = []
  let room = maxBytes - Buffer.byteLength('…')
  for (const line of all.split('\n')) {
    room -= Buffer.byteLength(line) + 1
    if (room < 0) break
    kept.push(line)
  }
  // A line that is too long by itself is better than none.
  if (kept.length < 2) kept.push(beginning(all.split('\n')[kept.length] ?? '', maxBytes / 2))
  return [...kept, '…'].join('\n')
}

/** As many of its characters as fit. */
const beginning = (line: string, maxBytes: number): string => {
  let room = maxBytes
  return Array.from(line)
    .filter((character) => (room -= Buffer.byteLength(character)) >= 0)
    .join('')
}

/** The number under one of these names in an answer. */
export const codeIn = (answer: unknown, ...names: readonly string[]): number | undefined => {
  if (typeof answer !== 'object' || answer === null) return undefined
  const fields = new Map<string, unknown>(Object.entries(answer))
  return names.map((name) => fields.get(name)).find((value) => typeof value === 'number')
}
