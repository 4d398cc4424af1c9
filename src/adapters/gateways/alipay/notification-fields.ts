import { err, ok, type Result } from 'neverthrow'
import { parseYuan } from '../../../domain/money.ts'
import { parseBeijingTime } from './beijing-time.ts'
import type { NotificationForm } from './notification-form.ts'

const matching = (pattern: RegExp) => (text: string) => (pattern.test(text) ? text : undefined)
const memberNumber = matching(/^\d{1,32}$/)
const tradeNumber = matching(/^[0-9A-Za-z_-]{1,64}$/)
const word = matching(/^[0-9A-Za-z_.-]{1,128}$/)
/** What others choose, such as the number of a refund made by another system. */
const printable = matching(/^[!-%'-<>-~]{1,128}$/)
const amount = (text: string) => parseYuan(text).unwrapOr(undefined)
const epochMs = (text: string) => (/^\d{13}$/.test(text) ? new Date(Number(text)) : undefined)

/** Every field we read, and how; undefined where it holds anything else. None admits `&`: see `readFields`. */
const READERS = {
  app_id: memberNumber,
  auth_app_id: memberNumber,
  buyer_id: printable,
  buyer_open_id: printable,
  charset: matching(/^(?:utf-?8|gbk|gb2312|gb18030)$/i),
  gmt_close: parseBeijingTime,
  gmt_payment: parseBeijingTime,
  gmt_refund: parseBeijingTime,
  msg_method: word,
  notify_id: word,
  notify_time: parseBeijingTime,
  notify_type: word,
  out_biz_no: printable,
  out_trade_no: tradeNumber,
  refund_fee: amount,
  seller_id: memberNumber,
  total_amount: amount,
  trade_no: tradeNumber,
  trade_status: word,
  utc_timestamp: epochMs,
} as const

type Readers = typeof READERS
export type NotificationFields = {
  readonly [Name in keyof Readers]?: Exclude<ReturnType<Readers[Name]>, undefined>
}

const HIDDEN_FIELD = new RegExp(`&(?:${Object.keys(READERS).join('|')}|sign|sign_type)=`)

/**
 * What a signed form says, in one way only. The signed text `k=v&k=v` escapes nothing, so the holder of a genuine one
 * can cut it elsewhere: hide `&refund_fee=1.00` in the value before it, or bring to light what a value contains. Here
 * each `&name=` of a name we read must be a border, no name comes twice and no value we read contains `&`; hence every
 * cut that passes gives the same values. An empty value says nothing, since it may stand outside the signature.
 */
export const readFields = (form: NotificationForm): Result<NotificationFields, string> => {
  for (const value of form.values()) if (HIDDEN_FIELD.test(value)) return err('a field hidden in the value of another')
  const fields: Record<string, string | number | Date> = {}
  for (const [name, read] of Object.entries(READERS)) {
    const text = form.get(name)
    if (text === undefined || text === '') continue
    const value = read(text)
    if (value === undefined) return err(`an unusual value of ${name}`)
    fields[name] = value
  }
  return ok(fields as NotificationFields) // Each name was read by its own reader, which the loop hides from the compiler.
}
