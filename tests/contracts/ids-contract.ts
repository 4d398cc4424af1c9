import { describe, expect, it } from 'vitest'
import type { Ids } from '../../src/application/ids.ts'

export const idsContract = (name: string, create: () => Ids): void => {
  describe(`${name} keep the Ids contract`, () => {
    const many = <T>(make: () => T): readonly T[] => Array.from({ length: 2000 }, make)
    const at = new Date('2026-03-01T04:00:00Z')

    it('are in the shape that gateways and tables take', () => {
      const ids = create()
      expect(ids.entity()).toMatch(/^[0-9a-f]{32}$/)
      expect(ids.outTradeNo(at)).toMatch(/^P20260301[0-9A-Z]{22}$/)
      expect(ids.refundNo(at)).toMatch(/^R20260301[0-9A-Z]{22}$/)
    })

    it('never come twice', () => {
      const ids = create()
      for (const make of [() => ids.entity(), () => ids.outTradeNo(at), () => ids.refundNo(at)])
        expect(new Set(many(make)).size).toBe(2000)
    })

    it('sort by time', () => {
      const ids = create()
      const times = many(() => ids.entity().slice(0, 12)) // 48 bits of time, as in a version 7 UUID.
      expect(times.toSorted()).toEqual(times)
    })

    it('change their day at midnight in Shanghai', () => {
      const ids = create()
      const dayOf = (time: string) => ids.outTradeNo(new Date(time)).slice(1, 9)
      expect(dayOf('2026-02-28T15:59:59.999Z')).toBe('20260228')
      expect(dayOf('2026-02-28T16:00:00.000Z')).toBe('20260301')
      expect(dayOf('2026-12-31T16:00:00.000Z')).toBe('20270101')
      expect(ids.refundNo(new Date('2026-06-30T16:00:00.000Z')).slice(1, 9)).toBe('20260701')
    })
  })
}
