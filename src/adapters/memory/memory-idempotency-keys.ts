import type { IdempotencyKeys, KeyUse, StoredAnswer } from '../../application/idempotency/idempotency-keys.ts'
import { joined } from './table.ts'

const KEPT_MS = 24 * 3_600_000

type Entry = {
  readonly requestHash: string
  readonly resourceId: string
  /** Nobody else goes on before; in the past where it was given back. */
  readonly leasedUntilMs: number
  readonly answer: StoredAnswer | undefined
  readonly touchedMs: number
}

export const memoryIdempotencyKeys = (): IdempotencyKeys => {
  const entries = new Map<string, Entry>()
  return {
    async claim(use, resourceId, now, leaseMs) {
      const known = entries.get(nameOf(use))
      if (known !== undefined && known.requestHash !== use.requestHash) return { state: 'reused' }
      if (known?.answer !== undefined) return { state: 'answered', answer: { ...known.answer } }
      if (known !== undefined && known.leasedUntilMs > now.getTime()) return { state: 'in_use' }
      const claimed: Entry = {
        requestHash: use.requestHash,
        resourceId: known?.resourceId ?? resourceId,
        leasedUntilMs: now.getTime() + leaseMs,
        answer: undefined,
        touchedMs: now.getTime(),
      }
      entries.set(nameOf(use), claimed)
      return { state: 'claimed', resourceId: claimed.resourceId }
    },
    async complete(use, answer, now) {
      const known = entries.get(nameOf(use))
      if (known !== undefined && known.answer === undefined)
        entries.set(nameOf(use), { ...known, answer: { ...answer }, touchedMs: now.getTime() })
    },
    async release(use) {
      const known = entries.get(nameOf(use))
      if (known !== undefined) entries.set(nameOf(use), { ...known, leasedUntilMs: Number.NEGATIVE_INFINITY })
    },
    async purge(now) {
      const old = [...entries].filter(([, { touchedMs }]) => now.getTime() - touchedMs > KEPT_MS)
      for (const [name] of old) entries.delete(name)
      return old.length
    },
  }
}

const nameOf = ({ caller, route, key }: KeyUse): string => joined(caller, route, key)
