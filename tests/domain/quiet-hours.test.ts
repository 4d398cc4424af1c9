import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseQuietHours, quietUntil } from '../../src/domain/quiet-hours.ts'

const shanghai = (time: string): Date => new Date(`2026-03-01T${time}+08:00`)
const NIGHT = { fromMinute: 23 * 60, toMinute: 8 * 60 }

describe('quiet hours', () => {
  it('are read over midnight and within a day', () => {
    expect(parseQuietHours('23:00-08:00')).toEqual(NIGHT)
    expect(parseQuietHours('00:30-06:05')).toEqual({ fromMinute: 30, toMinute: 365 })
  })

  it.each(['', '23-8', '24:00-08:00', '23:60-08:00', '8:00-9:00', '08:00-08:00', '23:00-08:00 ', 'x23:00-08:00'])(
    'are not %j',
    (text) => {
      expect(parseQuietHours(text)).toBeUndefined()
    },
  )

  it.each([
    ['22:59:59.999', undefined],
    ['23:00:00', '2026-03-02T08:00:00+08:00'],
    ['03:00:30', '2026-03-01T08:00:00+08:00'],
    ['07:59:59.999', '2026-03-01T08:00:00+08:00'],
    ['08:00:00', undefined],
  ])('at %s last until %s', (time, end) => {
    expect(quietUntil(NIGHT, shanghai(time))).toEqual(end === undefined ? undefined : new Date(end))
  })

  it('end at the very minute at which they are no longer quiet, whatever they are', () => {
    const anyMinute = fc.integer({ min: 0, max: 1439 })
    const anyTime = fc.integer({ min: 0, max: 2 ** 42 })
    fc.assert(
      fc.property(anyMinute, anyMinute, anyTime, (fromMinute, toMinute, ms) => {
        fc.pre(fromMinute !== toMinute)
        const end = quietUntil({ fromMinute, toMinute }, new Date(ms))
        const minute = (Math.floor(ms / 60_000) + 480) % 1440
        const isQuiet =
          fromMinute < toMinute ? minute >= fromMinute && minute < toMinute : minute >= fromMinute || minute < toMinute
        expect(end !== undefined).toBe(isQuiet)
        if (end === undefined) return
        expect(quietUntil({ fromMinute, toMinute }, end)).toBeUndefined()
        expect(quietUntil({ fromMinute, toMinute }, new Date(end.getTime() - 1))).toEqual(end)
        expect(end.getTime() - ms).toBeLessThanOrEqual(86_400_000)
      }),
    )
  })
})
