import { addDays, parseShanghaiDay } from '../../../domain/shanghai-day.ts'

/** What a bill's lines with a `#` tell. */
export type BillComments = {
  /** The 16 digits of the merchant; the four behind them name an account of it. */
  merchantId: string | undefined
  day: string | undefined
  payments: BillTotal | undefined
  refunds: BillTotal | undefined
  /** The line that closes the list of rows. */
  closed: boolean
}

export const NO_COMMENTS: BillComments = {
  merchantId: undefined,
  day: undefined,
  payments: undefined,
  refunds: undefined,
  closed: false,
}

/** `receivedFen`: 商家实收, negative for refunds. */
export type BillTotal = { readonly count: number; readonly receivedFen: number }

const ACCOUNT = /^#账号[：:]\s*\[(\d{16})\d*\]/
const DAYS = /^#起始日期[：:]\s*\[(.{11}) 00:00:00\]\s*终止日期[：:]\s*\[(.{11}) 00:00:00\]/
const DAY = /^(\d{4})年(\d{2})月(\d{2})日$/
const TOTAL = /^#(交易|退款)合计[：:]\s*(\d{1,12})笔.*?商家实收(?:退款)?共(-?)(\d{1,13})\.(\d{2})元/
const CLOSING = /^#-+.*列表结束-+$/

/** Adds what one such line tells; most tell nothing that matters. */
export const noteComment = (comments: BillComments, line: string): void => {
  const text = line.trim()
  const account = ACCOUNT.exec(text)
  if (account !== null) comments.merchantId = account[1]
  const days = DAYS.exec(text)
  if (days !== null) comments.day = dayFrom(days[1] ?? '', days[2] ?? '')
  const total = totalIn(text)
  if (total?.kind === '交易') comments.payments = total
  if (total?.kind === '退款') comments.refunds = total
  if (CLOSING.test(text)) comments.closed = true
}

/** The day that ends at the second midnight; a bill may also be that of a month. */
const dayFrom = (first: string, next: string): string | undefined => {
  const day = parseShanghaiDay(first.replace(DAY, '$1-$2-$3'))
  return day !== undefined && addDays(day, 1) === next.replace(DAY, '$1-$2-$3') ? day : undefined
}

const totalIn = (text: string): (BillTotal & { readonly kind: string }) | undefined => {
  const match = TOTAL.exec(text)
  if (match === null) return undefined
  const [, kind = '', count = '', sign = '', yuan = '', fraction = ''] = match
  const received = Number(yuan) * 100 + Number(fraction)
  return { kind, count: Number(count), receivedFen: sign === '-' && received !== 0 ? -received : received }
}
