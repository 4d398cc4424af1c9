import { verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { descriptionOf, timeExpireOf } from '../../../../src/adapters/gateways/wechat/prepay.ts'
import { MCH_ID, NOW, ok, publicKeyMode, publicKeyOf, refusal, serialOf, standIn, trade } from './stand-in.ts'

const PREPAY_ID = 'wx201410272009395522657a690389285100'
const CODE_URL = 'weixin://wxpay/bizpayurl?pr=JyC91EIz1'
const H5_URL = 'https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx1622&package=4049184564'
const NONCE = '000102030405060708090a0b0c0d0e0f'
const TIMESTAMP = '1717992301'

const holds = (lines: readonly string[], signature: string | undefined): boolean => {
  const message = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  return verify('RSA-SHA256', message, publicKeyOf('java-merchant'), Buffer.from(signature ?? '', 'base64'))
}

describe('creating a trade', () => {
  it('signs exactly the bytes it sends, as this merchant, asking to be answered under the public key', async () => {
    const { gateway, calls } = await standIn(() => ok({ code_url: CODE_URL }))
    await gateway.create(trade())
    const [call] = calls
    const authorization = String(call?.headers['authorization'])
    const [, signature] = /signature="([^"]+)"$/.exec(authorization) ?? []
    expect(authorization).toMatch(/^WECHATPAY2-SHA256-RSA2048 /)
    expect(authorization).toContain(`mchid="${MCH_ID}",nonce_str="${NONCE}",timestamp="${TIMESTAMP}"`)
    expect(authorization).toContain(`serial_no="${serialOf('java-merchant')}"`)
    expect(holds(['POST', '/v3/pay/transactions/native', TIMESTAMP, NONCE, call?.body ?? ''], signature)).toBe(true)
    expect(call?.headers).toMatchObject({
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': 'Shouyin/1',
      'wechatpay-serial': publicKeyMode.publicKeyId,
      'accept-encoding': 'identity',
    })
  })
  it('sends the trade as it was recorded and nothing else, so that a repeat is the same request', async () => {
    const { gateway, calls, clock } = await standIn(() => ok({ code_url: CODE_URL }))
    await gateway.create(trade())
    clock.advance(60_000)
    await gateway.create(trade())
    expect(calls[1]?.body).toBe(calls[0]?.body)
    expect(JSON.parse(calls[0]?.body ?? '')).toEqual({
      appid: 'wx2421b1c4370ec43b',
      mchid: MCH_ID,
      description: '会员月卡',
      out_trade_no: 'SY202406101204000001',
      time_expire: '2024-06-10T12:35:01+08:00',
      notify_url: 'https://shop.example/api/v1/payments/wechat/notify',
      amount: { total: 10_000, currency: 'CNY' },
    })
  })
  it('by Native gives a code that lives as long as the trade, yet two hours at most', async () => {
    const { gateway, calls } = await standIn(() => ok({ code_url: CODE_URL }))
    const action = async (lifeMs: number) =>
      (await gateway.create(trade({ expiresAt: new Date(NOW.getTime() + lifeMs) })))._unsafeUnwrap()
    const [half, day] = [1_800_000, 86_400_000]
    expect(await action(half)).toEqual({ type: 'qr', codeUrl: CODE_URL, expiresAt: new Date(NOW.getTime() + half) })
    expect(await action(day)).toMatchObject({ expiresAt: new Date(NOW.getTime() + 7_200_000) })
    expect(calls[0]?.url).toBe('/v3/pay/transactions/native')
  })
  it('by JSAPI gives parameters signed over the prefixed prepay id', async () => {
    const { gateway, calls } = await standIn(() => ok({ prepay_id: PREPAY_ID }))
    const action = (await gateway.create(trade({ method: 'WECHAT_JSAPI' })))._unsafeUnwrap()
    const [appId, packed] = ['wx2421b1c4370ec43b', `prepay_id=${PREPAY_ID}`]
    const params = { appId, timeStamp: TIMESTAMP, nonceStr: NONCE, package: packed, signType: 'RSA' }
    const paySign = 'params' in action ? action.params['paySign'] : undefined
    expect(action).toEqual({ type: 'invoke', params: { ...params, paySign } })
    expect(holds([appId, TIMESTAMP, NONCE, packed], paySign)).toBe(true)
    expect(calls[0]?.url).toBe('/v3/pay/transactions/jsapi')
    expect(JSON.parse(calls[0]?.body ?? '')).toMatchObject({ payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' } })
  })
  it('in an app gives parameters signed over the bare prepay id', async () => {
    const { gateway, calls } = await standIn(() => ok({ prepay_id: PREPAY_ID }))
    const action = (await gateway.create(trade({ method: 'WECHAT_APP' })))._unsafeUnwrap()
    const [appid, prepayid] = ['wx2421b1c4370ec43b', PREPAY_ID]
    const params = { appid, partnerid: MCH_ID, prepayid, package: 'Sign=WXPay', noncestr: NONCE, timestamp: TIMESTAMP }
    const sign = 'params' in action ? action.params['sign'] : undefined
    expect(action).toEqual({ type: 'app', params: { ...params, sign } })
    expect(holds([appid, TIMESTAMP, NONCE, prepayid], sign)).toBe(true)
    expect(calls[0]?.url).toBe('/v3/pay/transactions/app')
  })
  it('by H5 tells the payer address and leads back to the return URL', async () => {
    const { gateway, calls } = await standIn(() => ok({ h5_url: H5_URL }))
    const returnUrl = 'https://shop.example/done?order=1&x=中'
    const action = (await gateway.create(trade({ method: 'WECHAT_H5' }, { returnUrl })))._unsafeUnwrap()
    expect(action).toEqual({ type: 'redirect', url: `${H5_URL}&redirect_url=${encodeURIComponent(returnUrl)}` })
    const bare = (await gateway.create(trade({ method: 'WECHAT_H5' })))._unsafeUnwrap()
    expect(bare).toEqual({ type: 'redirect', url: H5_URL })
    const torn = trade({ method: 'WECHAT_H5' }, { returnUrl: 'https://shop.example/\uD83D' })
    expect((await gateway.create(torn)).isOk()).toBe(true)
    expect(calls[0]?.url).toBe('/v3/pay/transactions/h5')
    const scene_info = { payer_client_ip: '203.0.113.7', h5_info: { type: 'Wap' } }
    expect(JSON.parse(calls[0]?.body ?? '')).toMatchObject({ scene_info })
  })
  it.each([
    ['no openid', trade({ method: 'WECHAT_JSAPI' }, { openid: undefined })],
    ['no payer address', trade({ method: 'WECHAT_H5' }, { clientIp: undefined })],
    ['a payer address that is none', trade({ method: 'WECHAT_H5' }, { clientIp: 'localhost' })],
    ['a number that is a path', trade({ outTradeNo: '../../v3/x?y=1' })],
    ['a number that is too short', trade({ outTradeNo: 'short' })],
    ['a number that is too long', trade({ outTradeNo: 'x'.repeat(33) })],
  ])('with %s is refused here, and nothing is sent', async (_, wrong) => {
    const { gateway, calls } = await standIn(() => ok({ prepay_id: PREPAY_ID }))
    expect((await gateway.create(wrong))._unsafeUnwrapErr()).toMatchObject({ code: 'GATEWAY_REJECTED' })
    expect(calls).toEqual([])
  })
  it('by a method of another provider is not supported', async () => {
    const { gateway, calls } = await standIn(() => ok({}))
    for (const method of ['ALIPAY_QR', 'ALIPAY_WEB', 'ALIPAY_WAP', 'ALIPAY_APP', 'POINTS'] as const)
      expect((await gateway.create(trade({ method })))._unsafeUnwrapErr()).toEqual({ code: 'METHOD_NOT_SUPPORTED' })
    expect(calls).toEqual([])
  })
  it.each([
    [400, 'ORDERPAID', { code: 'TRADE_ALREADY_PAID' }],
    [400, 'ORDER_PAID', { code: 'TRADE_ALREADY_PAID' }],
    [403, 'order_paid', { code: 'TRADE_ALREADY_PAID' }],
    [400, 'ORDER_CLOSED', { code: 'TRADE_CLOSED' }],
    [400, 'ORDERCLOSED', { code: 'TRADE_CLOSED' }],
    [400, 'INVALID_REQUEST', { code: 'GATEWAY_REJECTED', gatewayCode: 'INVALID_REQUEST', message: 'no' }],
    [403, 'OUT_TRADE_NO_USED', { code: 'GATEWAY_REJECTED', gatewayCode: 'OUT_TRADE_NO_USED', message: 'no' }],
    [401, 'SIGN_ERROR', { code: 'GATEWAY_REJECTED', gatewayCode: 'SIGN_ERROR', message: 'no' }],
    [404, 'SOMETHING_NEW', { code: 'GATEWAY_REJECTED', gatewayCode: 'SOMETHING_NEW', message: 'no' }],
  ])('reads %i %s', async (status, code, error) => {
    const { gateway } = await standIn(() => refusal(status, code))
    expect((await gateway.create(trade()))._unsafeUnwrapErr()).toEqual(error)
  })
  it.each([['{}'], ['{"code_url":7}'], ['{"code_url":""}'], ['[]'], ['null']])(
    'with a signed answer %s that lacks the code is of unknown outcome',
    async (body) => {
      const { gateway } = await standIn(() => ok(JSON.parse(body)))
      expect((await gateway.create(trade()))._unsafeUnwrapErr()).toMatchObject({ code: 'GATEWAY_UNAVAILABLE' })
    },
  )
  it('does not hand on an H5 address that is no web address', async () => {
    const { gateway } = await standIn(() => ok({ h5_url: 'javascript:alert(1)' }))
    const created = await gateway.create(trade({ method: 'WECHAT_H5' }))
    expect(created._unsafeUnwrapErr()).toMatchObject({ code: 'GATEWAY_UNAVAILABLE' })
  })
  it('logs the call without its secrets', async () => {
    const { gateway, events } = await standIn(() => ({ ...ok({ prepay_id: PREPAY_ID }) }))
    await gateway.create(trade({ method: 'WECHAT_JSAPI' }))
    const logged = JSON.stringify(events)
    expect(events).toMatchObject([{ event: 'wechat.call', facts: { operation: 'prepay', status: 200 } }])
    for (const secret of ['oUpF8uMuAJO', PREPAY_ID, 'signature=', NONCE]) expect(logged).not.toContain(secret)
  })
})

describe('what the payer reads', () => {
  const described = (subject: string) => descriptionOf(trade({}, { subject }))
  it('has no character of four bytes, no half of one and no control character', () => {
    expect(described('会员😀月卡\u{20000}')).toBe('会员月卡')
    expect(described('a\uD83D b\uDE00')).toBe('a b')
    expect(described('line\r\nbreak\u0000\u2028end')).toBe('line break end')
  })
  it('has at most 127 characters, counted after the removal', () => {
    expect(described('😀'.repeat(50) + '卡'.repeat(127))).toBe('卡'.repeat(127))
    expect(described('卡'.repeat(128))).toBe('卡'.repeat(127))
  })
  it('is the number where nothing is left', () => {
    expect(described('😀')).toBe('SY202406101204000001')
  })
})

describe('the last moment to pay', () => {
  it('is written in Beijing time without fractions', () => {
    expect(timeExpireOf(new Date('2024-06-10T16:00:00.999Z'))).toBe('2024-06-11T00:00:00+08:00')
    expect(timeExpireOf(new Date('2024-12-31T15:59:59.000Z'))).toBe('2024-12-31T23:59:59+08:00')
  })
})
