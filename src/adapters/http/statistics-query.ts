import { err, ok, type Result } from 'neverthrow'
import { z } from 'zod'
import type { StatisticsQuery } from '../../application/statistics/statistics-query.ts'
import { type Provider, PROVIDERS } from '../../domain/payment.ts'
import { dayNumberOf, numberOfDay, parseShanghaiDay } from '../../domain/shanghai-day.ts'
import { says } from './fields.ts'
import { text } from './language.ts'
import { type ApiError, invalidField } from './problem.ts'

const DEFAULT_DAYS = 30
/** Five years, two of them leap years. */
const MAX_DAYS = 1827
/** The last day that has a name of four digits for its year. */
const LAST_DAY = 2_932_896

const instant = z.iso.datetime({ offset: true })

/** A day of Shanghai, or the day an instant falls in; the instant that ends a time belongs to what comes after it. */
const dayField = (end: 'from' | 'to') =>
  z
    .string()
    .transform((value, ctx): number => {
      const day = parseShanghaiDay(value)
      const number = day === undefined ? dayOfInstant(value, end === 'to' ? 1 : 0) : numberOfDay(day)
      if (number !== undefined && number >= 0 && number <= LAST_DAY) return number
      ctx.addIssue({ code: 'custom', ...NO_DAY })
      return z.NEVER
    })
    .meta({
      override: { type: 'string', examples: ['2026-11-01', '2026-11-01T00:00:00+08:00'] },
      description: DESCRIPTIONS[end],
    })

const DESCRIPTIONS = {
  from: '第一天（北京时间），或其中的一个时刻；默认为 to 之前第 29 天',
  to: '最后一天（北京时间，含），或一个时刻（不含）；默认今天',
} as const

const NO_DAY = says(text('须为 yyyy-MM-dd 或 RFC 3339 时刻', 'a day, yyyy-MM-dd, or an instant in RFC 3339'))

const dayOfInstant = (value: string, earlierMs: number): number | undefined => {
  const read = instant.safeParse(value)
  return read.success ? dayNumberOf(new Date(Date.parse(read.data) - earlierMs)) : undefined
}

/** What every question about statistics may say. */
export const statisticsFields = {
  from: dayField('from').optional(),
  to: dayField('to').optional(),
  provider: z.enum(PROVIDERS).optional(),
}

type Asked = {
  readonly from?: number | undefined
  readonly to?: number | undefined
  readonly provider?: Provider | undefined
}

/** The days asked about; without any, the last thirty. */
export const statisticsQuery = (asked: Asked, now: Date): Result<StatisticsQuery, ApiError> => {
  const last = asked.to ?? Math.max(dayNumberOf(now), asked.from ?? 0)
  const first = asked.from ?? Math.max(0, last - DEFAULT_DAYS + 1)
  if (first > last) return err(invalidField('from', text('不能晚于 to', 'it is after to')))
  if (last - first >= MAX_DAYS) return err(invalidField('from', text('最长 5 年', 'at most 5 years')))
  return ok({ range: { first, last }, provider: asked.provider })
}
