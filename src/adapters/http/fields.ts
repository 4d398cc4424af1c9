import { z } from 'zod'
import { type Fen, parseYuan } from '../../domain/money.ts'
import { type Text, text } from './language.ts'

/** The message of a check of our own, in both languages; the texts of the others come from zod. */
export const says = (message: Text) => ({ params: { text: message } })

/** Opaque to callers, but never anything that would have to be escaped somewhere. */
export const idField = z
  .string()
  .regex(/^[0-9A-Za-z_-]{1,64}$/)
  .meta({ description: '不透明标识', examples: ['0199f0c2b7de7000a1b2c3d4e5f60718'] })

export const skuField = z
  .string()
  .regex(/^[0-9A-Za-z._-]{1,64}$/)
  .meta({ description: '库存单位', examples: ['TSHIRT-M'] })

const WELL_FORMED = says(text('含有控制字符或残缺的字符', 'has control characters or broken ones'))

/** Text for people: no control characters but line breaks where they make sense, no halves of characters. */
export const textField = (min: number, max: number, kind: 'line' | 'lines' = 'line') => {
  const control = kind === 'line' ? /\p{Cc}/u : /[^\P{Cc}\n]/u
  return z
    .string()
    .min(min)
    .max(max)
    .refine((value) => value.isWellFormed() && !control.test(value), WELL_FORMED)
}

const MONEY = /^\d{1,9}(?:\.\d{1,2})?$/

/** An amount as callers may write it: `"99.00"`, or a number with two decimals at most, read without arithmetic. */
export const moneyField = z
  .union([z.string(), z.number()])
  .transform((value, ctx): Fen => {
    const written = String(value) // The shortest text of a number that was sent with two decimals is that number.
    const amount = MONEY.test(written) ? parseYuan(written.replace(/^0+(?=\d)/, '')) : undefined
    if (amount?.isOk() === true) return amount.value
    ctx.addIssue({ code: 'custom', ...NOT_MONEY })
    return z.NEVER
  })
  .meta({
    override: {
      anyOf: [
        { type: 'string', pattern: MONEY.source },
        { type: 'number', minimum: 0, multipleOf: 0.01 },
      ],
      examples: ['99.00', 99.5],
    },
    description: '以元为单位的金额，最多两位小数',
  })

const NOT_MONEY = says(text('金额须为最多两位小数的非负数', 'an amount is not negative and has two decimals at most'))

/** An instant in RFC 3339, with any offset. */
export const instantField = z.iso.datetime({ offset: true }).transform((value) => new Date(value))
