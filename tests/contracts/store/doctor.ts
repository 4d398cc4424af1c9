import { describe, expect } from 'vitest'
import type { RefusedCallback } from '../../../src/domain/callback-refusal.ts'
import type { DoctorReport } from '../../../src/domain/doctor.ts'
import { minute, refusedCallback } from '../../support/builders.ts'
import { type CreateStore, TEXTS, testsOn } from './under-test.ts'

const REPORT: DoctorReport = {
  startedAt: minute(1),
  finishedAt: minute(2),
  findings: [
    { check: 'keys', code: 'keys_fit', level: 'ok', subject: 'wechat', facts: { provider: 'wechat' } },
    { check: 'clock', code: 'clock_off', level: 'warning', subject: 'alipay', facts: { seconds: -31, text: TEXTS[2] } },
  ],
}

export const doctorContract = (create: CreateStore): void => {
  describe('what the doctor remembers', () => {
    const test = testsOn(create)

    test('is each kind of refused callback by itself, as it was told', async ({ doctor }) => {
      const full = refusedCallback()
      const bare: RefusedCallback = refusedCallback({
        provider: 'alipay',
        reason: 'missing',
        evidence: { ...full.evidence, serial: undefined, aheadSeconds: undefined, isOurApp: undefined, present: [] },
      })
      await doctor.addRefused([full, bare, refusedCallback({ slot: 2 })])
      expect(await doctor.listRefused()).toEqual([bare, refusedCallback({ slot: 2 }), full])
    })

    test('is a number and the last of those of one kind', async ({ doctor }) => {
      const later = refusedCallback({ place: 'refund', occurrences: 4, firstAt: minute(7), lastAt: minute(9) })
      const evidence = { ...later.evidence, address: '203.0.113.9' }
      await doctor.addRefused([refusedCallback({ occurrences: 2 })])
      await doctor.addRefused([{ ...later, evidence }])
      expect(await doctor.listRefused()).toEqual([
        { ...later, evidence, occurrences: 6, firstAt: refusedCallback().firstAt },
      ])
    })

    test('is forgotten when its last is long ago', async ({ doctor }) => {
      await doctor.addRefused([refusedCallback({ lastAt: minute(5) }), refusedCallback({ slot: 2, lastAt: minute(6) })])
      await doctor.forgetRefused(minute(6))
      expect((await doctor.listRefused()).map(({ slot }) => slot)).toEqual([2])
    })

    test('is the last report alone', async ({ doctor }) => {
      expect(await doctor.lastReport()).toBeUndefined()
      await doctor.keepReport({ ...REPORT, findings: [] })
      await doctor.keepReport(REPORT)
      expect(await doctor.lastReport()).toEqual(REPORT)
    })
  })
}
