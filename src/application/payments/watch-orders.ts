import type { Payment } from '../../domain/payment.ts'
import type { Clock } from '../clock.ts'
import type { Randomness } from '../randomness.ts'
import type { Readers } from '../transaction.ts'
import { openPaymentsOf } from './open-payments.ts'
import type { RefreshPayment } from './refresh-payment.ts'
import { type TokenBucket, tokenBucket } from './token-bucket.ts'

/** The orders that somebody is looking at now; their payments are asked about more often than the schedule would. */
export interface OrderWatch {
  /** A page shows the order until the returned function is called. */
  follow(orderId: string): () => void
  /** A page that can't be told of changes has just read the order, and will read it again in a moment. */
  glimpse(orderId: string): void
}

export type OrderWatcher = OrderWatch & {
  /** Sends the questions that are due and does not wait for their answers, which may take seconds. */
  turn(): Promise<void>
  /** Resolves once no question is under way. */
  idle(): Promise<void>
}

type Deps = {
  readonly readers: Pick<Readers, 'payments'>
  readonly clock: Clock
  readonly randomness: Randomness
  readonly refreshPayment: RefreshPayment
  readonly failed: (error: unknown) => void
}

/** Questions a second about one merchant number, however many pages are open; the schedule's own come on top. */
export const QUESTIONS_PER_SECOND = 10
/** Nobody pays sooner than this after the payment was made. */
const SOONEST_MS = 2000
/** How often an order is asked about, the longer its page and its payment are open the less; then the schedule alone. */
const PACE = [
  { untilMs: 120_000, everyMs: 2000 },
  { untilMs: 600_000, everyMs: 5000 },
] as const
const GLIMPSE_MS = 10_000
/** A page that comes back within this time goes on at the pace it had. */
const FORGET_MS = 60_000
const LOOKS_PER_TURN = 100

type Watched = {
  readonly orderId: string
  readonly since: number
  pages: number
  /** While no page has a stream: until when somebody is taken to be looking. */
  shownUntil: number
  nextAt: number
  /** Questions that wait for their turn or are under way. */
  open: number
  /** When each open payment was first seen. */
  seen: ReadonlyMap<string, number>
}
type Question = { readonly watched: Watched; readonly payment: Payment }
/** One merchant number's questions in the order they fell due: over budget each waits for its turn, and none for ever. */
type Line = { readonly waiting: Question[]; readonly budget: TokenBucket }

/** Watches in the memory of one process: another one watches the pages that it serves itself. */
export const watchOrders = (deps: Deps): OrderWatcher => {
  const { clock } = deps
  const watched = new Map<string, Watched>()
  const lines = new Map<string, Line>()
  const underWay = new Set<Promise<void>>()
  const entry = (orderId: string): Watched => {
    const now = clock.monotonicMs()
    const known = watched.get(orderId)
    if (known !== undefined) return known
    const made = { orderId, since: now, pages: 0, shownUntil: now, nextAt: now, open: 0, seen: new Map() }
    watched.set(orderId, made)
    return made
  }
  const lineOf = ({ provider, identity }: Payment): Line => {
    const key = `${provider} ${identity.merchantId}`
    const line = lines.get(key) ?? { waiting: [], budget: tokenBucket(clock, QUESTIONS_PER_SECOND) }
    lines.set(key, line)
    return line
  }
  const ask = ({ watched: one, payment }: Question): void => {
    const asked = deps
      .refreshPayment(payment)
      .then(() => undefined, deps.failed)
      .finally(() => {
        underWay.delete(asked)
        one.open -= 1
      })
    underWay.add(asked)
  }
  return {
    follow(orderId) {
      const one = entry(orderId)
      one.pages += 1
      return () => {
        one.pages -= 1
        one.shownUntil = Math.max(one.shownUntil, clock.monotonicMs())
      }
    },
    glimpse(orderId) {
      entry(orderId).shownUntil = clock.monotonicMs() + GLIMPSE_MS
    },
    async turn() {
      const now = clock.monotonicMs()
      for (const { orderId, pages, shownUntil } of watched.values())
        if (pages === 0 && now >= shownUntil + FORGET_MS) watched.delete(orderId)
      const due = [...watched.values()].filter((one) => isShown(one, now) && one.open === 0 && one.nextAt <= now)
      for (const one of due.toSorted((a, b) => a.nextAt - b.nextAt).slice(0, LOOKS_PER_TURN))
        for (const payment of await look(deps, one)) {
          one.open += 1
          lineOf(payment).waiting.push({ watched: one, payment })
        }
      for (const { waiting, budget } of lines.values()) sendFrom(waiting, budget, clock.monotonicMs(), ask)
    },
    async idle() {
      await Promise.all(underWay)
    },
  }
}

const isShown = ({ pages, shownUntil }: Watched, now: number): boolean => pages > 0 || now < shownUntil

/** Which of an order's payments are to be asked about now; plans the next look. */
const look = async ({ readers, clock, randomness }: Deps, one: Watched): Promise<readonly Payment[]> => {
  const open = await openPaymentsOf(readers, one.orderId)
  const now = clock.monotonicMs()
  one.seen = new Map(open.map(({ id }) => [id, one.seen.get(id) ?? now]))
  const ageMs = now - Math.max(one.since, ...one.seen.values())
  const everyMs = PACE.find(({ untilMs }) => ageMs < untilMs)?.everyMs
  one.nextAt = now + jittered(randomness, everyMs ?? SOONEST_MS)
  if (everyMs === undefined) return []
  return open.filter(({ id, createdAt }) => {
    // By either clock, so that a wall clock set back does not hold the question up.
    const madeAgoMs = clock.now().getTime() - createdAt.getTime()
    return Math.max(madeAgoMs, now - (one.seen.get(id) ?? now)) >= SOONEST_MS
  })
}

/** A quarter more or less, so that pages opened together do not ask together. */
const jittered = (randomness: Randomness, ms: number): number => ms * (0.75 + (randomness.bytes(1)[0] ?? 0) / 510)

const sendFrom = (waiting: Question[], budget: TokenBucket, now: number, ask: (question: Question) => void): void => {
  for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
    const { watched } = next
    if (isShown(watched, now) && !budget.take()) return
    waiting.shift()
    if (isShown(watched, now)) ask(next)
    else watched.open -= 1 // Its page was closed while it waited.
  }
}
