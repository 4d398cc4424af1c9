import { secretsFound, secretsIn } from './planted-secrets.ts'

/** What a service writes, searched for secrets as it comes; no more of it is kept than a person would read. */
export type WatchedOutput = {
  readonly write: (text: string) => void
  /** The end of it. */
  readonly tail: () => string
  /** Throws where anything was written that nobody may read there. */
  readonly verify: () => void
}

const SEARCHED_AT_ONCE = 1 << 18
const KEPT = 1 << 20

export const watchOutput = (environment: Readonly<Record<string, string | undefined>>): WatchedOutput => {
  const known = secretsIn(environment)
  const found = new Set<string>()
  let pending: string[] = []
  let pendingLength = 0
  let tail = ''
  const search = (): void => {
    const text = pending.join('')
    // The last line may still go on.
    const end = text.lastIndexOf('\n') + 1
    for (const one of secretsFound(text.slice(0, end), known)) found.add(one)
    pending = [text.slice(end)]
    pendingLength = text.length - end
    tail = (tail + text.slice(0, end)).slice(-KEPT)
  }
  return {
    write(text) {
      pending.push(text)
      pendingLength += text.length
      if (pendingLength > SEARCHED_AT_ONCE) search()
    },
    tail: () => tail + pending.join(''),
    verify() {
      pending.push('\n')
      search()
      if (found.size > 0) throw new Error(`secrets were written:\n${[...found].join('\n')}`)
    },
  }
}
