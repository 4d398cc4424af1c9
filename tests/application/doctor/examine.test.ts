import { describe, expect, it } from 'vitest'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts'
import { withinTime } from '../../../src/adapters/doctor/within-time.ts'
import type { DoctorCheck } from '../../../src/application/doctor/check.ts'
import { examine } from '../../../src/application/doctor/examine.ts'
import { keepRefusals, refusalTally } from '../../../src/application/doctor/keep-refusals.ts'
import type { Finding } from '../../../src/domain/doctor.ts'
import { minute, refusedCallback } from '../../support/builders.ts'

const FINE: Finding = { check: 'keys', code: 'keys_fit', level: 'ok', subject: 'wechat', facts: { provider: 'wechat' } }
const clock = fixedClock({ at: minute(0) })

const examiner = (checks: readonly DoctorCheck[], limitMs = 1000) =>
  examine({ checks, clock, patience: withinTime, limitMs })

describe('an examination', () => {
  it('ends in time whatever a check does, and tells what it could not find out', async () => {
    const secret = new Error('postgres://root:password@db')
    const checks: readonly DoctorCheck[] = [
      { name: 'keys', run: async () => [FINE] },
      { name: 'clock', run: () => new Promise(() => {}) },
      { name: 'database', run: () => Promise.reject(secret) },
    ]
    const progress: string[] = []
    const { findings } = await examiner(checks, 50)((done, total) => void progress.push(`${done}/${total}`))
    expect(findings.map(({ level, code, subject }) => `${level} ${code} ${subject}`)).toEqual([
      'ok keys_fit wechat',
      'unknown check_unfinished clock',
      'unknown check_failed database',
    ])
    expect(JSON.stringify(findings)).not.toContain('password')
    expect(progress).toEqual(['0/3', '1/3', '2/3', '3/3'])
  })

  it('is one for all who ask meanwhile, and another one afterwards', async () => {
    let runs = 0
    const look = examiner([{ name: 'keys', run: async () => [{ ...FINE, subject: String((runs += 1)) }] }])
    const [one, other] = await Promise.all([look(), look()])
    expect(other).toBe(one)
    expect((await look()).findings[0]?.subject).toBe('2')
  })
})

describe('refused callbacks', () => {
  it('are one for each reason and network, however many come', () => {
    const tally = refusalTally()
    for (let n = 0; n < 10_000; n += 1) tally.note(refusedCallback({ slot: n % 16, lastAt: minute(n) }))
    const kept = tally.take()
    expect(kept).toHaveLength(16)
    expect(kept.every(({ occurrences }) => occurrences === 625)).toBe(true)
    expect(tally.take()).toEqual([])
  })

  it('are written later where the store is down, and forgotten after thirty days', async () => {
    const { doctor: book } = createMemoryStore()
    const tally = refusalTally()
    const down = { ...book, addRefused: () => Promise.reject(new Error('down')) }
    tally.note(refusedCallback({ occurrences: 2, lastAt: minute(0) }))
    await expect(keepRefusals({ tally, book: down, clock })()).rejects.toThrow('down')
    tally.note(refusedCallback({ lastAt: minute(1) }))
    expect(await keepRefusals({ tally, book, clock })()).toBe(1)
    expect(await book.listRefused()).toMatchObject([{ occurrences: 3, lastAt: minute(1) }])
    const later = fixedClock({ at: new Date(minute(2).getTime() + 30 * 86_400_000) })
    tally.note(refusedCallback({ slot: 1, lastAt: later.now() }))
    await keepRefusals({ tally, book, clock: later })()
    expect((await book.listRefused()).map(({ slot }) => slot)).toEqual([1])
    expect(await keepRefusals({ tally, book, clock: later })()).toBe(0)
  })
})
