import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addDays,
  dayNumbered,
  numberOfDay,
  parseShanghaiDay,
  shanghaiDayOf,
  startOfDay,
} from '../../src/domain/shanghai-day.ts'

const anyInstant = fc.date({
  min: new Date('2000-01-01T00:00:00Z'),
  max: new Date('2100-01-01T00:00:00Z'),
  noInvalidDate: true,
})

describe('a day in Shanghai', () => {
  it('begins at 16:00 UTC of the day before', () => {
    expect(shanghaiDayOf(new Date('2026-11-19T15:59:59.999Z'))).toBe('2026-11-19')
    expect(shanghaiDayOf(new Date('2026-11-19T16:00:00.000Z'))).toBe('2026-11-20')
  })

  it('holds every instant from its first up to the first of the next day', () => {
    fc.assert(
      fc.property(anyInstant, (at) => {
        const day = shanghaiDayOf(at)
        expect(startOfDay(day).getTime()).toBeLessThanOrEqual(at.getTime())
        expect(startOfDay(addDays(day, 1)).getTime()).toBeGreaterThan(at.getTime())
      }),
    )
  })

  it('is the same written as text and as a number', () => {
    fc.assert(
      fc.property(anyInstant, (at) => {
        const day = shanghaiDayOf(at)
        expect(parseShanghaiDay(day)).toBe(day)
        expect(dayNumbered(numberOfDay(day))).toBe(day)
      }),
    )
  })

  it.each(['2026-02-29', '2026-13-01', '2026-00-10', '2026-1-1', '20261120', '2026-11-20T00:00', ' 2026-11-20', ''])(
    'is none where the calendar has none: %s',
    (text) => {
      expect(parseShanghaiDay(text)).toBeUndefined()
    },
  )

  it('knows leap days', () => {
    const leap = parseShanghaiDay('2028-02-29')
    expect(leap === undefined ? undefined : addDays(leap, 1)).toBe('2028-03-01')
  })
})
