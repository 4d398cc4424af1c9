import { z } from 'zod'

/** What every answer of the API is wrapped in. */
export const dataOf = <S extends z.ZodType>(schema: S) => z.strictObject({ data: schema })

export const listOf = <S extends z.ZodType>(schema: S) => z.strictObject({ data: z.array(schema), page: pageSchema })

const pageSchema = z.strictObject({ nextCursor: z.string().nullable() }).meta({
  id: 'Page',
  description: '下一页的游标；没有下一页时为 null。难得一见的条件下，一页可能不满甚至为空，有游标就接着取',
})

export const moneySchema = z
  .string()
  .regex(/^\d+\.\d{2}$/)
  .meta({ id: 'Money', description: '以元为单位的金额，两位小数', examples: ['99.00'] })

export const currencySchema = z.literal('CNY')

export const instantSchema = z.iso
  .datetime({ precision: 3 })
  .meta({ id: 'Instant', description: 'RFC 3339，UTC，毫秒', examples: ['2026-11-21T08:00:00.000Z'] })

export const idSchema = z.string().meta({ id: 'Id', description: '不透明标识' })

export const instantOrNull = (instant: Date | undefined): string | null => instant?.toISOString() ?? null
