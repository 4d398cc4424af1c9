import { Registry } from 'prom-client'
import { beforeEach, describe, expect, it } from 'vitest'
import { type FixedClock, fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import { createBacklogGauges } from '../../../src/adapters/telemetry/backlog-gauges.ts'
import type { Backlog } from '../../../src/application/backlog.ts'
import { StoreUnavailable } from '../../../src/application/transaction.ts'
import { minute } from '../../support/builders.ts'
import { parseSamples } from '../../support/samples.ts'

const NONE = { count: 0, oldestAt: undefined }
const backlog: Backlog = {
  waiting: { payments: NONE, refunds: { count: 2, oldestAt: minute(-3) }, events: NONE, webhooks: NONE, broker: NONE },
  nextDueAt: {
    expiry: minute(5),
    recovery: minute(-1),
    refunds: undefined,
    webhooks: undefined,
    alerts: undefined,
    discrepancies: undefined,
  },
  incidents: new Map([['late_payment', 1]]),
}

let clock: FixedClock
let register: Registry
let answers: () => Promise<Backlog>
let reads: number
let bring: () => Promise<void>
beforeEach(() => {
  clock = fixedClock({ at: minute(0) })
  register = new Registry()
  answers = async () => backlog
  reads = 0
  const read = () => {
    reads += 1
    return answers()
  }
  bring = createBacklogGauges(register, { backlog: { read }, clock })
})

const samples = async () => {
  await bring()
  return parseSamples(await register.metrics())
}

describe('the gauges of what waits', () => {
  it('show how much there is and for how long, and zero where there is nothing', async () => {
    const seen = await samples()
    expect(seen.get('shouyin_backlog_items{queue="refunds"}')).toBe(2)
    expect(seen.get('shouyin_backlog_oldest_seconds{queue="refunds"}')).toBe(180)
    expect(seen.get('shouyin_backlog_oldest_seconds{queue="events"}')).toBe(0)
    expect(seen.get('shouyin_job_lag_seconds{job="recovery"}')).toBe(60)
    expect(seen.get('shouyin_job_lag_seconds{job="expiry"}')).toBe(0)
    expect(seen.get('shouyin_open_incidents{kind="late_payment"}')).toBe(1)
    expect(seen.get('shouyin_open_incidents{kind="contradiction"}')).toBe(0)
  })

  it('ask the database once in five seconds, however many watch', async () => {
    await Promise.all(Array.from({ length: 9 }, samples))
    expect(reads).toBe(1)
    clock.advance(4999)
    await samples()
    expect(reads).toBe(1)
    clock.advance(1)
    await samples()
    expect(reads).toBe(2)
  })

  it('show no old figures while the database is away, and that it is', async () => {
    await samples()
    clock.advance(5000)
    answers = () => Promise.reject(new StoreUnavailable('down'))
    const seen = await samples()
    expect(seen.get('shouyin_store_readable')).toBe(0)
    expect([...seen.keys()]).toEqual(['shouyin_store_readable'])
    answers = async () => backlog
    clock.advance(5000)
    expect((await samples()).get('shouyin_store_readable')).toBe(1)
  })
})
