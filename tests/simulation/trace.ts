import { createHash } from 'node:crypto'

const KEPT = 400

/** What happened, line by line: two runs of one seed have the same lines, or something in it is left to chance. */
export class Trace {
  readonly #hash = createHash('sha256')
  readonly #kept: string[] = []
  readonly #nowMs: () => number
  readonly #print: ((line: string) => void) | undefined

  constructor(nowMs: () => number, print?: (line: string) => void) {
    this.#nowMs = nowMs
    this.#print = print
  }

  add(who: string, what: string, outcome = ''): void {
    const line = `${timeText(this.#nowMs())} ${who.padEnd(10)} ${what}${outcome === '' ? '' : ` → ${outcome}`}`
    this.#hash.update(line).update('\n')
    this.#kept.push(line)
    if (this.#kept.length > 2 * KEPT) this.#kept.splice(0, KEPT)
    this.#print?.(line)
  }

  last(count: number): readonly string[] {
    return this.#kept.slice(-count)
  }

  digest(): string {
    return this.#hash.copy().digest('hex').slice(0, 16)
  }
}

/** Hours, minutes, seconds and milliseconds since the beginning. */
const timeText = (ms: number): string => {
  const pad = (value: number, length: number): string => String(value).padStart(length, '0')
  const seconds = Math.floor(ms / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return `${pad(hours, 2)}:${pad(minutes, 2)}:${pad(seconds % 60, 2)}.${pad(Math.round(ms) % 1000, 3)}`
}
