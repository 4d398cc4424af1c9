import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import type { Sandbox } from '../../../src/adapters/sandbox/sandbox.ts'
import { type Tweaks, wechatClient } from './wechat-client.ts'

/** The day of the bills that are asked for unless it is said otherwise. */
export const DAY = '2026-10-03'

/** Epoch milliseconds of a Beijing time. */
export const at = (text: string): number => Date.parse(`${text.replace(' ', 'T')}+08:00`)

export type Clock = { ms: number }

/** A merchant who asks a sandbox for its bills, by a clock that both share. */
export const wechatBillClient = (sandbox: Sandbox, clock: Clock) => {
  const client = wechatClient(sandbox.wechat.credentials)
  const timestamp = (): number => Math.floor(clock.ms / 1000)
  const call = (target: string, tweaks: Tweaks = {}) =>
    client.call('GET', target, '', { timestamp: timestamp(), ...tweaks })
  const ask = (query: Record<string, string> = {}, tweaks: Tweaks = {}) =>
    call(`/v3/bill/tradebill?${new URLSearchParams({ bill_date: DAY, ...query }).toString()}`, tweaks)
  const fileAt = (link: unknown, tweaks: Tweaks = {}) => {
    const { pathname, search } = new URL(String(link))
    return call(`${pathname}${search}`, tweaks)
  }
  return {
    call,
    ask,
    fileAt,
    query: (outTradeNo: string) => client.query(outTradeNo, { timestamp: timestamp() }),
    /** The whole bill, its hash checked, with its rows by the names of their columns. */
    bill: async (query: Record<string, string> = {}) => {
      const { json } = await ask(query)
      const { bytes } = await fileAt(json['download_url'])
      const plain = query['tar_type'] === 'GZIP' ? gunzipSync(bytes) : bytes
      expect(sha1(plain)).toBe(json['hash_value'])
      return { plain, ...read(plain.toString('utf8')) }
    },
    paidAt: async (time: string, total = 9900, couponFen?: number): Promise<string> => {
      clock.ms = at(time)
      const order = client.order({ amount: { total, currency: 'CNY' } })
      await client.post('/v3/pay/transactions/native', order, { timestamp: timestamp() })
      await sandbox.wechat.pay(order.out_trade_no, couponFen === undefined ? {} : { couponFen })
      return order.out_trade_no
    },
  }
}

export const sha1 = (bytes: Buffer | undefined): string =>
  createHash('sha1')
    .update(bytes ?? '')
    .digest('hex')

const read = (text: string) => {
  const lines = text.split('\r\n')
  const [, ...names] = (lines[0] ?? '').split(',')
  const rows = lines.slice(1, -3).map((line): Readonly<Record<string, string | undefined>> => {
    const [time = '', ...cells] = line.slice(1).split(',`')
    return { 交易时间: time, ...Object.fromEntries(names.map((name, index) => [name, cells[index]])) }
  })
  return { rows, summary: lines.at(-2) }
}
