import { randomText } from '../random.ts'

const MOST = 100

/** The links to files that were given out; they die soon, and the oldest when there are many. */
export class BillLinks<F> {
  readonly #now: () => Date
  readonly #lifetimeMs: number
  readonly #files = new Map<string, { readonly file: F; readonly expiresAt: number }>()

  constructor(now: () => Date, lifetimeMs: number) {
    this.#now = now
    this.#lifetimeMs = lifetimeMs
  }

  /** The token of a new link. */
  open(file: F): string {
    const [oldest] = this.#files.keys()
    if (oldest !== undefined && this.#files.size >= MOST) this.#files.delete(oldest)
    const token = randomText(64)
    this.#files.set(token, { file, expiresAt: this.#now().getTime() + this.#lifetimeMs })
    return token
  }

  find(token: string): F | undefined {
    const kept = this.#files.get(token)
    if (kept !== undefined && this.#now().getTime() < kept.expiresAt) return kept.file
    this.#files.delete(token)
    return undefined
  }

  /** As `find`, and the link is used up. */
  take(token: string): F | undefined {
    const file = this.find(token)
    this.#files.delete(token)
    return file
  }
}
