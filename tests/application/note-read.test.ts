import { describe, expect, it } from 'vitest'
import { digestOf } from '../../src/adapters/crypto/digest.ts'
import { fixedClock } from '../../src/adapters/memory/fixed-clock.ts'
import { createMemoryStore } from '../../src/adapters/memory/memory-store.ts'
import { noteRead } from '../../src/application/audit/note-read.ts'

const search = { action: 'order.search', subject: 'u1', criteria: { userId: 'u1', from: undefined } }
const boss = { actor: 'boss', requestId: 'r1', ip: '203.0.113.9' }
const HOUR_MS = 3_600_000

const world = () => {
  const clock = fixedClock({ at: new Date('2026-11-20T08:10:00.000Z') })
  const { transaction, readers } = createMemoryStore()
  let units = 0
  const counted: typeof transaction = {
    run: (work) => {
      units += 1
      return transaction.run(work)
    },
  }
  const note = noteRead({ transaction: counted, readers, clock, digest: digestOf })
  const entries = async () =>
    (await readers.audit.list({ from: undefined, to: undefined }, { limit: 100, after: undefined })).items
  return { clock, transaction, note, entries, units: () => units }
}

describe('a look at personal data', () => {
  it('is on record when it may be answered, with who, what, from where and in which request', async () => {
    const { note, entries, clock } = world()
    await note(search, boss)
    expect(await entries()).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{64}$/),
        action: 'order.search',
        subject: 'u1',
        before: undefined,
        after: { userId: 'u1' },
        reason: undefined,
        ...boss,
        at: clock.now(),
      },
    ])
  })

  it('is written once an hour for the same person and question, and opens no unit of work for a repeat', async () => {
    const { note, entries, clock, units } = world()
    for (const requestId of ['r1', 'r2', 'r3']) await note(search, { ...boss, requestId })
    expect([await entries(), units()]).toEqual([[expect.objectContaining({ requestId: 'r1' })], 1])
    clock.advance(HOUR_MS)
    await note(search, boss)
    expect(await entries()).toHaveLength(2)
  })

  it('is another one for another person, thing or question', async () => {
    const { note, entries } = world()
    await note(search, boss)
    await note(search, { ...boss, actor: 'other' })
    await note({ ...search, subject: 'u2' }, boss)
    await note({ ...search, action: 'payment.search' }, boss)
    await note({ ...search, criteria: { userId: 'u1', status: 'paid' } }, boss)
    expect(await entries()).toHaveLength(5)
  })

  it('is one entry when it is taken several times at once', async () => {
    const { note, entries } = world()
    await Promise.all(Array.from({ length: 10 }, () => note(search, boss)))
    expect(await entries()).toHaveLength(1)
  })

  it('that can not be written is not passed over', async () => {
    const { clock } = world()
    const { readers } = createMemoryStore()
    const transaction = { run: () => Promise.reject(new Error('the disk is full')) }
    const note = noteRead({ transaction, readers, clock, digest: digestOf })
    await expect(note(search, boss)).rejects.toThrow('the disk is full')
  })
})
