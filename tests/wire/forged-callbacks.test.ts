import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AlipayDamage } from '../../src/adapters/sandbox/alipay/alipay-notification.ts'
import type { WechatDamage } from '../../src/adapters/sandbox/wechat/wechat-notification.ts'
import { type Running, readersOf, startRunning } from '../support/service.ts'
import {
  ACCEPTED,
  deliver,
  GRANT,
  type Gateway,
  genuine,
  open,
  order,
  orderState,
  refused,
  sell,
  verdictOf,
} from './payer.ts'

const PRICE = 9900
let running: Running
let productId: string

beforeAll(async () => {
  running = await startRunning()
  productId = await sell(running, GRANT)
})
afterAll(() => running.stop())

const unpaid = async (gateway: Gateway) => open(running, await order(running, productId), gateway)

/** Sends what should be refused and shows that not a single row changed. */
const refuses = async (gateway: Gateway, status: number, messages: readonly Parameters<typeof deliver>[2][]) => {
  const before = await running.database.digest()
  for (const message of messages)
    expect(verdictOf(gateway, await deliver(running, gateway, message))).toEqual(refused(gateway, status))
  expect(await running.database.digest()).toBe(before)
}

describe('a WeChat Pay callback that is not proven', () => {
  const damaged = async (damage: WechatDamage) => {
    const { outTradeNo } = await unpaid('wechat')
    return running.sandbox.wechat.notification({ outTradeNo, total: PRICE }, damage)
  }

  it.each<[string, WechatDamage]>([
    ['signed by another key', { signWith: 'foreign_key' }],
    ['with an unknown serial', { serial: '7777777777777777777777777777777777777777' }],
    ['with a serial that names a property of every object', { serial: '__proto__' }],
    ['that probes whether anybody checks', { probe: true }],
    ['301 s old', { timestampOffsetSeconds: -301 }],
    ['301 s ahead', { timestampOffsetSeconds: 301 }],
    ['changed after it was signed', { bodySuffix: ' ' }],
  ])('%s is refused with 401 and leaves no trace', async (_, damage) => {
    await refuses('wechat', 401, [await damaged(damage)])
  })

  it.each([-299, 299])('%i s off is still accepted', async (timestampOffsetSeconds) => {
    const message = await damaged({ timestampOffsetSeconds })
    expect(verdictOf('wechat', await deliver(running, 'wechat', message))).toEqual(ACCEPTED.wechat)
  })

  it.each<[string, WechatDamage]>([
    ['a changed GCM tag', { badTag: true }],
    ['another AAD', { aadMismatch: true }],
    ['another APIv3 key', { wrongApiKey: true }],
  ])('and one with a good signature over %s is refused with 400 and kept as an anomaly', async (_, damage) => {
    const { outTradeNo, orderId } = await unpaid('wechat')
    const message = running.sandbox.wechat.notification({ outTradeNo, total: PRICE }, damage)
    expect(verdictOf('wechat', await deliver(running, 'wechat', message))).toEqual(refused('wechat', 400))
    expect((await orderState(running, orderId))?.status).toBe('pending')
  })

  it.each<[string, WechatDamage]>([
    ['odd white space', { whitespace: true }],
    ['escaped slashes', { escapedSlashes: true }],
  ])('while %s is genuine as it stands', async (_, damage) => {
    expect(verdictOf('wechat', await deliver(running, 'wechat', await damaged(damage)))).toEqual(ACCEPTED.wechat)
  })

  it('is refused without any one of its four headers', async () => {
    const { headers, body } = await damaged({})
    const names = Object.keys(headers).filter((name) => /^wechatpay-(serial|timestamp|nonce|signature)$/i.test(name))
    expect(names).toHaveLength(4)
    const without = names.map((name) => ({
      headers: Object.fromEntries(Object.entries(headers).filter(([n]) => n !== name)),
      body,
    }))
    await refuses('wechat', 401, without)
  })

  it('is refused whichever byte of its body is flipped', async () => {
    const { headers, body } = await damaged({})
    const positions = Array.from({ length: 40 }, (_, n) => Math.floor((n * body.length) / 40))
    const flipped = positions.map((at) => {
      const copy = Buffer.from(body)
      copy[at] = (copy[at] ?? 0) ^ 1
      return { headers, body: copy }
    })
    await refuses('wechat', 401, flipped)
  })

  it('stays cheap in a flood of unknown serials, which fetch certificates no more than once', async () => {
    const { headers, body } = await damaged({})
    const serial = (n: number): string => n.toString(16).toUpperCase().padStart(40, 'A')
    const flood = Array.from({ length: 300 }, (_, n) => ({
      headers: { ...headers, 'Wechatpay-Serial': serial(n) },
      body,
    }))
    const answers = await Promise.all(flood.map((message) => deliver(running, 'wechat', message)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
  })
})

describe('an Alipay callback that is not proven', () => {
  const damaged = async (damage: AlipayDamage) => {
    const { outTradeNo } = await unpaid('alipay')
    return running.sandbox.alipay.notification({ outTradeNo, total: PRICE }, damage)
  }

  it.each<[string, number, AlipayDamage]>([
    ['signed by another key', 401, { foreignKey: true }],
    ['signed with SHA-1 by the right key', 401, { signType: 'RSA' }],
    ['with a changed amount', 401, { tamper: { total_amount: '0.01' } }],
    ['with a changed status', 401, { tamper: { trade_status: 'TRADE_FINISHED' } }],
    ['with a field taken away', 401, { tamper: { seller_id: undefined } }],
    ['with a field added', 401, { tamper: { extra: '1' } }],
    ['without its signature', 401, { tamper: { sign: undefined } }],
    ['with a signature type that is none', 401, { tamper: { sign_type: 'constructor' } }],
    ['with a field sent twice', 400, { duplicate: 'total_amount' }],
  ])('%s is refused and leaves no trace', async (_, status, damage) => {
    await refuses('alipay', status, [await damaged(damage)])
  })

  it('says nothing else however its genuine form is cut anew', async () => {
    const { outTradeNo: known } = await unpaid('alipay')
    const { body } = running.sandbox.alipay.notification({ outTradeNo: known, total: PRICE })
    const names = [...new URLSearchParams(body.toString()).keys()].filter(
      (name) => name !== 'sign' && name !== 'sign_type',
    )
    const taken: string[] = []
    for (const recut of names.toSorted().slice(0, -1)) {
      const { outTradeNo, orderId } = await unpaid('alipay')
      const transactionId = `20261120220014${String(taken.length).padStart(14, '0')}`
      const fields = { outTradeNo, total: PRICE, transactionId }
      const { status } = await deliver(running, 'alipay', running.sandbox.alipay.notification(fields, { recut }))
      // A cut between two fields nobody reads changes nothing that is said; every other one is refused.
      if (status === 200) taken.push(recut)
      const booked = await readersOf(running).transactions.listByOrder(orderId)
      expect(booked).toMatchObject(status === 200 ? [{ outTradeNo, transactionId, amount: PRICE }] : [])
    }
    expect(taken).toEqual(['buyer_logon_id', 'fund_bill_list', 'point_amount'])
  })

  it('while one in GBK, or with a malformed content type, is genuine as it stands', async () => {
    for (const damage of [{ charset: 'gbk' }, { contentType: 'text/html' }] as const)
      expect(verdictOf('alipay', await deliver(running, 'alipay', await damaged(damage)))).toEqual(ACCEPTED.alipay)
  })
})

describe.each<Gateway>(['wechat', 'alipay'])('garbage sent to the address of %s', (gateway) => {
  it.each([
    ['nothing', ''],
    ['a JSON value', '[]'],
    ['broken JSON', '{"id":'],
    ['a prototype', '{"__proto__":{"x":1}}'],
    ['half an escape', 'a=%&b=%E4%'],
    ['array names', 'a[]=1&a[b]=2'],
    ['NUL and bytes that are no text', '\u0000\uFFFF'],
    ['a deep value', '['.repeat(30_000)],
  ])('%s is refused with a short answer', async (_, text) => {
    const before = await running.database.digest()
    const { headers } = genuine(running, gateway, 'P20261120GARBAGE', PRICE)
    const answer = await deliver(running, gateway, { headers, body: Buffer.from(text) })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
    expect(answer.body.length).toBeLessThan(200)
    expect(await running.database.digest()).toBe(before)
  })

  it('and messages of the other gateway are refused', async () => {
    const other: Gateway = gateway === 'wechat' ? 'alipay' : 'wechat'
    const { outTradeNo } = await unpaid(other)
    const message = genuine(running, other, outTradeNo, PRICE)
    expect((await deliver(running, gateway, message)).status).toBeGreaterThanOrEqual(400)
    expect(await readersOf(running).notifications.listByOrder(outTradeNo)).toEqual([])
  })
})
