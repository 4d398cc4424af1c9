import { BlockList, isIP } from 'node:net'
import { z } from 'zod'
import { isMysqlUrl, readMysqlUrl } from '../adapters/persistence/mysql-url.ts'
import { type AlertThresholds, parseThresholds, thresholdsWith } from '../domain/alert-thresholds.ts'
import { type Fen, parseYuan } from '../domain/money.ts'
import { parseQuietHours, type QuietHours } from '../domain/quiet-hours.ts'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

const durationMs = (text: string): number | undefined => {
  const match = /^(\d{1,7})(ms|s|m|h)$/.exec(text.trim())
  const unit = UNITS[match?.[2] ?? '']
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit
}

/** A comma-separated list of gaps such as `15s,30s,1m`. */
export const schedule = z.string().transform((text, context): readonly number[] => {
  const gaps = text.split(',').map(durationMs)
  if (gaps.every((gap): gap is number => gap !== undefined && gap > 0)) return gaps
  context.addIssue({ code: 'custom', message: 'a list of gaps such as 15s,30s,1m,1h' })
  return z.NEVER
})

export type Rate = { readonly points: number; readonly durationSeconds: number }

/** So many uses in so many seconds: `5/300s`. */
export const rate = z.string().transform((text, context): Rate => {
  const match = /^(\d{1,6})\/(\d{1,6})s$/.exec(text.trim())
  const [points, durationSeconds] = [Number(match?.[1]), Number(match?.[2])]
  if (match !== null && points > 0 && durationSeconds > 0) return { points, durationSeconds }
  context.addIssue({ code: 'custom', message: 'uses in seconds, such as 5/300s' })
  return z.NEVER
})

export const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/, 'a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max))

/** An amount in yuan, such as `1000.00`. */
export const money = z.string().transform((text, context): Fen => {
  const amount = parseYuan(text.trim())
  if (amount.isOk()) return amount.value
  context.addIssue({ code: 'custom', message: 'an amount such as 1000.00' })
  return z.NEVER
})

export const flag = z.enum(['true', 'false']).transform((text) => text === 'true')

/** An http(s) address without anything behind its host. */
export const origin = z.string().transform((text, context): string => {
  const url = URL.parse(text)
  const plain =
    url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '' && url.hash === ''
  if (plain && url.pathname === '/') return url.origin
  context.addIssue({ code: 'custom', message: 'an origin such as https://pay.example.com' })
  return z.NEVER
})

/** A whole http(s) address, without credentials. */
export const address = z.string().transform((text, context): string => {
  const url = URL.parse(text)
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '') return url.href
  context.addIssue({ code: 'custom', message: 'an http(s) address' })
  return z.NEVER
})

export const list = <T extends z.ZodType<string, string>>(item: T) =>
  z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== ''),
    )
    .pipe(z.array(item))

/** An address or a network in CIDR form. */
export const network = z.string().refine((text) => {
  const [ip = '', prefix] = text.split('/')
  const family = isIP(ip)
  if (family === 0 || text.split('/').length > 2) return false
  if (prefix === undefined) return true
  try {
    new BlockList().addSubnet(ip, /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1, family === 6 ? 'ipv6' : 'ipv4')
    return true
  } catch {
    return false
  }
}, 'addresses or networks such as 10.0.0.0/8')

/** Where mails are handed over; the name and password of a user are percent-encoded. */
export const mailServer = z.string().transform((text, context): string => {
  const url = URL.parse(text)
  const isPlain = url !== null && /^\/?$/.test(url.pathname) && url.search === '' && url.hash === ''
  if (isPlain && /^smtps?:$/.test(url.protocol) && url.hostname !== '' && isDecodable(url)) return text
  context.addIssue({ code: 'custom', message: 'smtp://user:password@host:port, or smtps' })
  return z.NEVER
})

const isDecodable = ({ username, password }: URL): boolean => isEncoded(username + password)

const MOBILE = /^(?:\+?86)?(1[3-9]\d{9})$/
const MOST_MOBILES = 10

/** Mobile numbers of the mainland, with or without +86; each counts once. */
export const mobiles = list(z.string()).transform((given, context): readonly string[] => {
  const numbers = given.map((one) => MOBILE.exec(one.replaceAll(/[ -]/g, ''))?.[1])
  const found = new Set(numbers.flatMap((one) => (one === undefined ? [] : [`+86${one}`])))
  if (found.size > 0 && found.size <= MOST_MOBILES && !numbers.includes(undefined)) return [...found]
  context.addIssue({ code: 'custom', message: `up to ${MOST_MOBILES} mobile numbers of the mainland, comma-separated` })
  return z.NEVER
})

/** From one time of day in Shanghai to another. */
export const quietHours = z.string().transform((text, context): QuietHours => {
  const hours = parseQuietHours(text)
  if (hours !== undefined) return hours
  context.addIssue({ code: 'custom', message: 'times in Shanghai such as 23:00-08:00' })
  return z.NEVER
})

/** What is to be an alert, where it is not as by default. */
export const alertThresholds = z
  .string()
  .optional()
  .transform((text, context): AlertThresholds => {
    const read = text === undefined ? thresholdsWith() : parseThresholds(text)
    if (!('problem' in read)) return read
    const message = `rule=number or rule=off, comma-separated, and not ${JSON.stringify(read.problem.slice(0, 40))}`
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
/** `name=value,other=value`, each value percent-encoded. */
export const headers = z.string().transform((text, context): Readonly<Record<string, string>> => {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '')
  const read = pairs.map((pair) => /^\s*([\w-]+)\s*=\s*([!-~]*)\s*$/.exec(pair))
  if (read.every((match) => match !== null && isEncoded(match[2] ?? '')))
    return Object.fromEntries(read.map((match) => [match?.[1] ?? '', decodeURIComponent(match?.[2] ?? '')]))
  context.addIssue({ code: 'custom', message: 'headers such as name=value, percent-encoded' })
  return z.NEVER
})

const isEncoded = (text: string): boolean => {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** A part of the whole, between 0 and 1. */
export const share = z
  .string()
  .regex(/^(0(\.\d{1,6})?|1(\.0{1,6})?)$/, 'a share between 0 and 1')
  .transform(Number)

/** 32 random bytes in base64; several separated by commas while keys rotate. */
export const encryptionKeys = z.string().transform((text, context): readonly Uint8Array[] => {
  const keys = text.split(',').map((one) => Buffer.from(one.trim(), 'base64'))
  if (keys.every((key) => key.length === 32)) return keys
  context.addIssue({
    code: 'custom',
    message: '32 bytes in base64 (openssl rand -base64 32), or several, comma-separated',
  })
  return z.NEVER
})

/** A file of our own, or a database on a server. */
export const databaseUrl = z.string().superRefine((text, context) => {
  if (/^sqlite:.+$/.test(text)) return
  const read = isMysqlUrl(text)
    ? readMysqlUrl(text)
    : { problem: 'sqlite:<path of the file> or mysql://user:password@host:port/database' }
  if ('problem' in read) context.addIssue({ code: 'custom', message: read.problem })
})
