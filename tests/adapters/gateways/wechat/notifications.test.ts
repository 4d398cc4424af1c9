import { createHash } from 'node:crypto'
import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import type { HttpTransport } from '../../../../src/adapters/gateways/http-transport.ts'
import { createWechatGateway, type WechatSettings } from '../../../../src/adapters/gateways/wechat/wechat-gateway.ts'
import type { RawNotification } from '../../../../src/application/payments/payment-gateway.ts'
import {
  APP_ID,
  certificateList,
  countingBytes,
  data,
  fixedClock,
  MCH_ID,
  NOW,
  notification,
  OUT_TRADE_NO,
  paidTrade,
  publicKeyMode,
  serialOf,
  settings,
  signedHeaders,
} from './stand-in.ts'

const never: HttpTransport = () => Promise.reject(new Error('a callback must not call out'))
const gatewayWith = (overrides: Partial<WechatSettings>, transport: HttpTransport, at = NOW) =>
  createWechatGateway(settings(overrides), {
    clock: fixedClock(at),
    randomness: countingBytes,
    transport,
  })._unsafeUnwrap()
const gateway = gatewayWith(publicKeyMode, never)
const readOk = async (raw: RawNotification) => (await gateway.readNotification(raw))._unsafeUnwrap()
const readErr = async (raw: RawNotification) => (await gateway.readNotification(raw))._unsafeUnwrapErr()

const refund = {
  mchid: MCH_ID,
  out_trade_no: OUT_TRADE_NO,
  transaction_id: '4200002264202406108888888801',
  out_refund_no: 'SYR202406101204000001',
  refund_id: '50302108942024061088888888801',
  refund_status: 'SUCCESS',
  success_time: '2024-06-10T12:05:00+08:00',
  amount: { total: 10_000, refund: 3_000, payer_total: 9_900, payer_refund: 2_970 },
  user_received_account: '支付用户零钱',
}
const receipt = {
  outTradeNo: OUT_TRADE_NO,
  transactionId: '4200002264202406108888888801',
  identity: { merchantId: MCH_ID, appId: APP_ID },
  amount: 10_000,
  currency: 'CNY',
  paidAt: new Date('2024-06-10T04:05:00.000Z'),
  payer: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
}

describe('notification vectors', () => {
  const list = JSON.stringify(certificateList(['java-platform']))
  /** Holds the java-platform certificate under its serial, and its key under the public-key id, as while migrating. */
  const holdingBoth = async (now: number) => {
    const headers = signedHeaders(list, { at: new Date(now * 1000) })
    const transport: HttpTransport = async () => ok({ status: 200, headers, body: Buffer.from(list) })
    const both = gatewayWith(publicKeyMode, transport, new Date(now * 1000))
    const hint = signedHeaders('', { at: new Date(now * 1000), serial: serialOf('java-platform') })
    await both.readNotification({ headers: hint, body: Buffer.from('') })
    await new Promise((resolve) => setImmediate(resolve)) // The fetch that was started in the background.
    return both
  }
  const reasons: Readonly<Record<string, object>> = {
    'notification-good-signature-bad-tag': { code: 'NOTIFICATION_UNREADABLE', signed: true },
    'notification-bit-flip-amount': { code: 'NOTIFICATION_UNREADABLE', signed: true },
    'notification-signtest': { code: 'SIGNATURE_INVALID', reason: 'probe' },
    'notification-stale': { code: 'SIGNATURE_INVALID', reason: 'stale' },
    'notification-future': { code: 'SIGNATURE_INVALID', reason: 'stale' },
    'notification-unknown-serial': { code: 'SIGNATURE_INVALID', reason: 'unknown_serial' },
    'notification-prototype-serial': { code: 'SIGNATURE_INVALID', reason: 'unknown_serial' },
    'notification-signed-by-merchant-key': { code: 'SIGNATURE_INVALID', reason: 'mismatch' },
    // An event of another product under a 16-byte test key and the Go tests' platform key, none of which is ours.
    'notification-go-16-byte-key': { code: 'SIGNATURE_INVALID', reason: 'unknown_serial' },
  }
  const cases = data.vectors.filter(({ kind }) => kind === 'notification')
  it.each(cases.map((vector) => [vector.id, vector] as const))('%s', async (id, vector) => {
    const { headers = {}, body = '', now = 0 } = vector as { headers?: object; body?: string; now?: number } // Of this kind.
    const lower = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
    )
    const result = await (await holdingBoth(now)).readNotification({ headers: lower, body: Buffer.from(body) })
    const expected = reasons[id]
    if (expected !== undefined) expect(result._unsafeUnwrapErr()).toMatchObject(expected)
    else expect(result.isOk()).toBe(vector.expect === 'valid')
  })
})

describe('a payment callback', () => {
  it('becomes a receipt over the price, not over what the payer had left to pay', async () => {
    const read = await readOk(notification('TRANSACTION.SUCCESS', 'transaction', paidTrade))
    expect(read).toEqual({
      notificationId: '8f7b2c4e-1d3a-5b6c-9e0f-a1b2c3d4e5f6',
      eventAt: new Date('2024-06-10T04:05:01.000Z'),
      kind: 'payment_succeeded',
      receipt,
    })
  })
  it('may come without a payer and with fields nobody has heard of', async () => {
    const { payer: _, ...anonymous } = paidTrade
    const strange = JSON.parse('{"__proto__":{"amount":1},"constructor":1,"deep":[[[[{}]]]]}') as object // Any JSON.
    const read = await readOk(notification('TRANSACTION.SUCCESS', 'transaction', { ...anonymous, ...strange }))
    expect(read).toMatchObject({ kind: 'payment_succeeded', receipt: { amount: 10_000, payer: undefined } })
  })
  it.each(['NOTPAY', 'CLOSED', 'REFUND', 'PAYERROR', 'SOMETHING_NEW'])(
    'that tells of the state %s is not a payment',
    async (state) => {
      const read = await readOk(
        notification('TRANSACTION.SUCCESS', 'transaction', { ...paidTrade, trade_state: state }),
      )
      expect(read).toMatchObject({
        kind: 'other',
        outTradeNo: OUT_TRADE_NO,
        description: `TRANSACTION.SUCCESS ${state}`,
      })
    },
  )
  it('of an event type unknown to us is not a payment', async () => {
    const read = await readOk(notification('TRANSACTION.PAYSCORE', 'transaction', paidTrade))
    expect(read).toMatchObject({ kind: 'other', outTradeNo: OUT_TRADE_NO })
  })
  it.each([
    ['mchid', { mchid: '1900007291' }, { merchantId: '1900007291', appId: APP_ID }],
    ['appid', { appid: 'wxanother' }, { merchantId: MCH_ID, appId: 'wxanother' }],
  ])('of another %s is told as foreign', async (_, change, identity) => {
    const error = await readErr(notification('TRANSACTION.SUCCESS', 'transaction', { ...paidTrade, ...change }))
    const notificationId = '8f7b2c4e-1d3a-5b6c-9e0f-a1b2c3d4e5f6'
    expect(error).toEqual({ code: 'FOREIGN_IDENTITY', notificationId, outTradeNo: OUT_TRADE_NO, identity })
  })
  it.each([
    [{ appid: undefined }],
    [{ transaction_id: undefined }],
    [{ transaction_id: '' }],
    [{ transaction_id: 4_200_002_264 }],
    [{ transaction_id: 'a b' }],
    [{ out_trade_no: undefined }],
    [{ out_trade_no: '../../x' }],
    [{ success_time: undefined }],
    [{ success_time: '2024-06-10 12:05:00' }],
    [{ success_time: '2024-13-10T12:05:00+08:00' }],
    [{ amount: undefined }],
    [{ amount: { total: '10000', currency: 'CNY' } }],
    [{ amount: { total: 99.5, currency: 'CNY' } }],
    [{ amount: { total: -1, currency: 'CNY' } }],
    [{ amount: { total: 0, currency: 'CNY' } }],
    [{ amount: { total: 2 ** 53, currency: 'CNY' } }],
    [{ amount: { total: [10_000], currency: 'CNY' } }],
    [{ amount: { total: 10_000, currency: 'USD' } }],
    [{ amount: { total: 10_000 } }],
    [{ amount: { payer_total: 10_000, currency: 'CNY' } }],
  ])('with %j is unreadable', async (change) => {
    const error = await readErr(notification('TRANSACTION.SUCCESS', 'transaction', { ...paidTrade, ...change }))
    expect(error).toMatchObject({ code: 'NOTIFICATION_UNREADABLE', signed: true })
  })
})

describe('a refund callback', () => {
  it('becomes a fact about that refund alone', async () => {
    const read = await readOk(notification('REFUND.SUCCESS', 'refund', refund))
    expect(read).toMatchObject({
      kind: 'refund_changed',
      identity: { merchantId: MCH_ID, appId: APP_ID },
      refund: {
        outTradeNo: OUT_TRADE_NO,
        refundNo: 'SYR202406101204000001',
        refundId: '50302108942024061088888888801',
        transactionId: '4200002264202406108888888801',
        amount: 3_000,
        status: 'success',
        at: new Date('2024-06-10T04:05:00.000Z'),
      },
    })
  })
  it.each([
    ['CLOSED', 'closed'],
    ['ABNORMAL', 'abnormal'],
  ])('of %s has the time of the notification', async (refund_status, status) => {
    const { success_time: _, ...untimed } = refund
    const read = await readOk(notification(`REFUND.${refund_status}`, 'refund', { ...untimed, refund_status }))
    expect(read).toMatchObject({ refund: { status, at: new Date('2024-06-10T04:05:01.000Z') } })
  })
  it('keeps a number that only the gateway console gives', async () => {
    const read = await readOk(notification('REFUND.SUCCESS', 'refund', { ...refund, out_refund_no: 'R|1@2024*x' }))
    expect(read).toMatchObject({ refund: { refundNo: 'R|1@2024*x' } })
  })
  it('of another merchant is told as foreign', async () => {
    const error = await readErr(notification('REFUND.SUCCESS', 'refund', { ...refund, mchid: '1900007291' }))
    expect(error).toMatchObject({ code: 'FOREIGN_IDENTITY', identity: { merchantId: '1900007291' } })
  })
  it('is unreadable where event type and status differ, or where the amount is no number', async () => {
    for (const [event, change] of [
      ['REFUND.SUCCESS', { refund_status: 'CLOSED' }],
      ['REFUND.CLOSED', { refund_status: 'SUCCESS' }],
      ['REFUND.SUCCESS', { refund_status: 'PROCESSING' }],
      ['REFUND.SUCCESS', { amount: { refund: '3000' } }],
    ] as const)
      expect(await readErr(notification(event, 'refund', { ...refund, ...change }))).toMatchObject({ signed: true })
  })
  it('that only says it is under way changes nothing', async () => {
    const read = await readOk(notification('REFUND.PROCESSING', 'refund', { ...refund, refund_status: 'PROCESSING' }))
    expect(read).toMatchObject({ kind: 'other', outTradeNo: OUT_TRADE_NO })
  })
})

describe('the envelope of a callback', () => {
  it.each([
    ['TRANSACTION.SUCCESS', 'refund', paidTrade],
    ['REFUND.SUCCESS', 'transaction', refund],
    ['TRANSACTION.SUCCESS', 'payscore', paidTrade],
    ['PAYSCORE.USER_PAID', 'transaction', paidTrade],
    ['REFUND.SUCCESS', 'payscore', refund],
    ['PAYSCORE.USER_PAID', 'refund', refund],
  ])('is not believed where %s meets %s', async (event, original, content) => {
    expect(await readErr(notification(event, original, content))).toMatchObject({ code: 'NOTIFICATION_UNREADABLE' })
  })
  it('of another product is read as nothing we act on', async () => {
    const read = await readOk(notification('PAYSCORE.USER_PAID', 'payscore', { ...paidTrade, trade_state: undefined }))
    expect(read).toMatchObject({ kind: 'other', description: 'PAYSCORE.USER_PAID' })
  })
  it.each([[undefined], [''], ['with\nbreak'], ['x'.repeat(65)], [7]])(
    'with the id %j is named by the hash of its body',
    async (id) => {
      const raw = notification('TRANSACTION.SUCCESS', 'transaction', paidTrade, { envelope: { id } })
      const { notificationId } = await readOk(raw)
      expect(notificationId).toBe(createHash('sha256').update(raw.body).digest('hex'))
    },
  )
  it('without a readable time has the time it was signed at', async () => {
    const raw = notification('TRANSACTION.SUCCESS', 'transaction', paidTrade, { envelope: { create_time: 'soon' } })
    expect((await readOk(raw)).eventAt).toEqual(NOW)
  })
  it.each([
    ['no JSON', 'SUCCESS'],
    ['half of it', '{"id":"1","resource":'],
    ['no object', '[]'],
    ['null', 'null'],
    ['nothing', ''],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['a very deep one', '['.repeat(30_000) + ']'.repeat(30_000)],
    ['no resource', '{"event_type":"TRANSACTION.SUCCESS"}'],
  ])('that is %s is unreadable, yet signed', async (_, body) => {
    const error = await readErr({ headers: signedHeaders(body), body: Buffer.from(body) })
    expect(error).toMatchObject({ code: 'NOTIFICATION_UNREADABLE', signed: true })
  })
  it('is not read when it is larger than any genuine one', async () => {
    const sized = (size: number) =>
      notification('TRANSACTION.SUCCESS', 'transaction', paidTrade, { envelope: { summary: 'x'.repeat(size) } })
    expect(await readErr(sized(65_536))).toMatchObject({ signed: true, reason: 'too large' })
    expect(await readOk(sized(60_000))).toMatchObject({ kind: 'payment_succeeded' })
  })
  it('is not looked at before its signature holds', async () => {
    const raw = notification('TRANSACTION.SUCCESS', 'transaction', paidTrade)
    const forged = { ...raw, headers: signedHeaders(raw.body, { by: 'java-merchant' }) }
    expect(await readErr(forged)).toEqual({ code: 'SIGNATURE_INVALID', reason: 'unknown_serial' })
    const headers = { ...raw.headers, 'wechatpay-signature': undefined }
    expect(await readErr({ ...raw, headers })).toEqual({ code: 'SIGNATURE_INVALID', reason: 'missing' })
  })
  it('sealed with another key is unreadable', async () => {
    const other = gatewayWith({ ...publicKeyMode, apiV3Key: 'x'.repeat(32) }, async () =>
      err({ code: 'GATEWAY_UNAVAILABLE', reason: 'unused' }),
    )
    const result = await other.readNotification(notification('TRANSACTION.SUCCESS', 'transaction', paidTrade))
    expect(result._unsafeUnwrapErr()).toMatchObject({ signed: true, reason: 'not sealed with our key' })
  })
})

describe('a notification out of the log', () => {
  const raw = notification('TRANSACTION.SUCCESS', 'transaction', paidTrade)
  const late = gatewayWith(publicKeyMode, never, new Date(NOW.getTime() + 30 * 86_400_000))

  it('is as fresh as it was when it came', async () => {
    expect((await late.readNotification(raw))._unsafeUnwrapErr()).toMatchObject({ reason: 'stale' })
    expect((await late.readNotification(raw, NOW))._unsafeUnwrap()).toEqual(await readOk(raw))
  })

  it('has to have been fresh then', async () => {
    const tooLate = new Date(NOW.getTime() + 301_000)
    expect((await late.readNotification(raw, tooLate))._unsafeUnwrapErr()).toMatchObject({ reason: 'stale' })
  })

  it('is verified like any other', async () => {
    const changed = { ...raw, body: Buffer.from(Buffer.from(raw.body).toString().replace('支付成功', '支付失败')) }
    expect((await late.readNotification(changed, NOW))._unsafeUnwrapErr()).toMatchObject({ reason: 'mismatch' })
    const unsigned = { ...raw, headers: {} }
    expect((await late.readNotification(unsigned, NOW))._unsafeUnwrapErr()).toMatchObject({ reason: 'missing' })
  })
})
