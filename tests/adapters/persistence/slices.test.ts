import { ok } from 'neverthrow'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { AuditEntry } from '../../../src/application/audit/audit-log.ts'
import type { PageRequest } from '../../../src/application/page.ts'
import { entityId, minute } from '../../support/builders.ts'
import { openStore } from './support.ts'

const ALWAYS = { from: undefined, to: undefined }

/** Three of each thousand are wanted, and many have one time. */
const entry = (n: number): AuditEntry => ({
  id: entityId(n),
  actor: 'boss',
  action: n % 333 === 0 ? 'rare' : 'usual',
  subject: 's',
  reason: undefined,
  before: undefined,
  after: undefined,
  requestId: 'r',
  ip: undefined,
  at: minute(Math.floor(n / 700)),
})

const COUNT = 5000

const filled = async (count = COUNT) => {
  const store = await openStore()
  onTestFinished(() => store.close())
  await store.transaction.run(async ({ audit }) => {
    for (let n = 0; n < count; n += 1) await audit.append(entry(n))
    return ok(undefined)
  })
  return store
}

const RARE = Array.from({ length: COUNT }, (_, n) => n)
  .filter((n) => n % 333 === 0)
  .map(entityId)
  .toReversed()

describe('a list of few among many rows', () => {
  it('has all of them on its pages, each once', async () => {
    const { readers } = await filled()
    for (const limit of [1, 4, 100]) {
      const found: string[] = []
      let after: PageRequest['after']
      do {
        const page = await readers.audit.list({ ...ALWAYS, action: 'rare' }, { limit, after })
        found.push(...page.items.map(({ id }) => id))
        after = page.next
      } while (after !== undefined)
      expect(found).toEqual(RARE)
    }
  })

  it('looks so far and no further for one page, and goes on with the next', async () => {
    const { readers } = await filled(22_000)
    const filter = { ...ALWAYS, action: 'none' }
    const first = await readers.audit.list(filter, { limit: 9, after: undefined })
    expect(first).toEqual({ items: [], next: { createdAt: entry(2000).at, id: entityId(2000) } })
    expect(await readers.audit.list(filter, { limit: 9, after: first.next })).toEqual({ items: [], next: undefined })
  })

  it('keeps within the time it is asked for', async () => {
    const { readers } = await filled()
    const filter = { actor: 'boss', action: 'rare', from: minute(2), to: minute(5) }
    const { items } = await readers.audit.list(filter, { limit: 100, after: undefined })
    const expected = RARE.filter((id) => {
      const { at } = entry(Number.parseInt(id, 16))
      return at >= minute(2) && at < minute(5)
    })
    expect(items.map(({ id }) => id)).toEqual(expected)
  })

  it('lets others have their turn while it looks', async () => {
    const { readers } = await filled()
    let turns = 0
    const count = (): void => {
      turns += 1
      if (turns < 1000) setImmediate(count)
    }
    setImmediate(count)
    const { items } = await readers.audit.list({ ...ALWAYS, action: 'none' }, { limit: 9, after: undefined })
    expect(items).toEqual([])
    expect(turns).toBeGreaterThanOrEqual(4)
    turns = 1000
  })
})
