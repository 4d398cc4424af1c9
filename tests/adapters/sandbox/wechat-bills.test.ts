import { gunzipSync } from 'node:zlib'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeSandboxKeys, type Sandbox, type SandboxKeys, startSandbox } from '../../../src/adapters/sandbox/sandbox.ts'
import { at, DAY, sha1, wechatBillClient } from './wechat-bill-client.ts'
import { listedCertificates, signedBy } from './wechat-client.ts'

let keys: SandboxKeys
let sandbox: Sandbox
let merchant: ReturnType<typeof wechatBillClient>
const clock = { ms: 0 }

beforeAll(async () => {
  keys = await makeSandboxKeys(new Date(at(`${DAY} 00:00:00`)))
})
beforeEach(async () => {
  clock.ms = at(`${DAY} 10:00:00`)
  sandbox = await startSandbox({ keys, now: () => new Date(clock.ms), callbackSpeed: 1_000_000 })
  merchant = wechatBillClient(sandbox, clock)
})
afterEach(() => sandbox.stop())

describe('the trade bill of the WeChat Pay sandbox', () => {
  it('is offered with a signed hash at the official address, and given once, unsigned', async () => {
    const number = await merchant.paidAt(`${DAY} 10:00:00`)
    const certificates = listedCertificates(
      await merchant.call('/v3/certificates'),
      sandbox.wechat.credentials.apiV3Key,
    )
    const offer = await merchant.ask({ bill_type: 'ALL', tar_type: 'GZIP' })
    expect(offer).toMatchObject({ status: 200, json: { hash_type: 'SHA1' } })
    const key = certificates.get(offer.headers['wechatpay-serial'] ?? '') ?? ''
    expect(signedBy(offer.headers, offer.text, key)).toBe(true)
    expect(offer.json['download_url']).toMatch(
      /^https:\/\/api\.mch\.weixin\.qq\.com\/v3\/billdownload\/file\?token=\w{64}&tartype=gzip$/,
    )
    const file = await merchant.fileAt(offer.json['download_url'])
    expect(file).toMatchObject({ status: 200, headers: { 'content-type': 'application/x-gzip' } })
    expect(file.headers['wechatpay-signature']).toBeUndefined()
    const plain = gunzipSync(file.bytes)
    expect(sha1(plain)).toBe(offer.json['hash_value'])
    expect([...plain.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    expect(plain.toString('utf8')).toContain(`,\`${number},`)
    expect(await merchant.fileAt(offer.json['download_url'])).toMatchObject({
      status: 400,
      json: { code: 'INVALID_REQUEST' },
    })
  })

  it('comes plain and from its own address where that is wanted', async () => {
    await merchant.paidAt(`${DAY} 10:00:00`)
    sandbox.wechat.configure({ bills: { ownOrigin: true } })
    const { json } = await merchant.ask()
    expect(json['download_url']).toMatch(new RegExp(`^${sandbox.origin}/v3/billdownload/file\\?token=\\w{64}$`))
    expect((await merchant.fileAt(json['download_url'])).headers['content-type']).toBe('text/plain')
  })

  it('is asked for and fetched with signatures over the whole query', async () => {
    await merchant.paidAt(`${DAY} 10:00:00`)
    expect(await merchant.ask({}, { signedTarget: '/v3/bill/tradebill' })).toMatchObject({ status: 401 })
    const { json } = await merchant.ask()
    const refused = await merchant.fileAt(json['download_url'], { signedTarget: '/v3/billdownload/file' })
    expect(refused).toMatchObject({ status: 401, json: { code: 'SIGN_ERROR' } })
    expect((await merchant.fileAt(json['download_url'], { headers: { Authorization: undefined } })).status).toBe(401)
    expect((await merchant.fileAt(json['download_url'])).status).toBe(200)
  })

  it('is behind its link for five minutes', async () => {
    await merchant.paidAt(`${DAY} 10:00:00`)
    const [early, late] = [await merchant.ask(), await merchant.ask()]
    clock.ms += 299_999
    expect((await merchant.fileAt(early.json['download_url'])).status).toBe(200)
    clock.ms += 1
    expect((await merchant.fileAt(late.json['download_url'])).status).toBe(400)
  })

  it('has the payments and the accepted refunds of the Shanghai day in the order of time', async () => {
    const before = await merchant.paidAt('2026-10-02 23:59:59', 5000)
    const first = await merchant.paidAt(`${DAY} 00:00:00`, 10_000, 100)
    clock.ms = at(`${DAY} 08:00:00`)
    const { refundNo } = sandbox.wechat.refundInConsole(before, { amountFen: 1200 })
    sandbox.wechat.settleRefund(refundNo)
    const last = await merchant.paidAt(`${DAY} 23:59:59`)
    const after = await merchant.paidAt('2026-10-04 00:00:00')
    const { rows, summary } = await merchant.bill()
    expect(rows.map((row) => [row['交易时间'], row['商户订单号'], row['商户退款单号'], row['交易状态']])).toEqual([
      [`${DAY} 00:00:00`, first, '0', 'SUCCESS'],
      [`${DAY} 08:00:00`, before, refundNo, 'REFUND'],
      [`${DAY} 23:59:59`, last, '0', 'SUCCESS'],
    ])
    expect(rows[0]).toMatchObject({
      应结订单金额: '99.00',
      代金券金额: '1.00',
      订单金额: '100.00',
      手续费: '0.59000',
      微信订单号: sandbox.wechat.find(first)?.transactionId,
      用户标识: keys.wechatKeys.payerOpenId,
      交易类型: 'NATIVE',
      商品名称: '会员月卡',
      费率备注: '',
    })
    expect(rows[1]).toMatchObject({ 退款金额: '12.00', 申请退款金额: '12.00', 手续费: '-0.07000', 退款状态: 'SUCCESS' })
    expect(summary).toBe('`3,`198.00,`12.00,`0.00,`1.11000,`199.00,`12.00')
    expect((await merchant.bill({ bill_type: 'SUCCESS' })).rows).toHaveLength(2)
    expect((await merchant.bill({ bill_type: 'REFUND' })).rows).toMatchObject([
      { 交易时间: '2026-10-02 23:59:59', 退款申请时间: `${DAY} 08:00:00`, 退款成功时间: `${DAY} 08:00:00` },
    ])
    expect((await merchant.bill({ bill_date: '2026-10-04' })).rows).toMatchObject([{ 商户订单号: after }])
  })

  it('has the state of a refund as it was when the bill was made', async () => {
    const number = await merchant.paidAt(`${DAY} 12:00:00`)
    sandbox.wechat.faults.add({ operation: 'refund', kind: 'stay_processing' })
    const { refundNo } = sandbox.wechat.refundInConsole(number)
    clock.ms = at('2026-10-04 10:00:00')
    const early = await merchant.bill({ tar_type: 'GZIP' })
    expect(early.rows[1]).toMatchObject({ 商户退款单号: refundNo, 退款状态: 'PROCESSING' })
    sandbox.wechat.settleRefund(refundNo)
    expect((await merchant.bill()).plain.equals(early.plain)).toBe(true)
  })

  it('does not exist for a day without business, and is refused for no proper day', async () => {
    await merchant.paidAt(`${DAY} 10:00:00`)
    const codes = async (...days: readonly string[]) =>
      Promise.all(days.map(async (day) => (await merchant.ask({ bill_date: day })).json['code']))
    expect(await codes('2026-10-02', '2026-07-03')).toEqual(['NO_STATEMENT_EXIST', 'NO_STATEMENT_EXIST'])
    expect(await codes('2026-02-30', '20261003', '', '2026-10-04')).toEqual(Array(4).fill('PARAM_ERROR'))
    expect(await codes('2026-07-02')).toEqual(['INVALID_REQUEST'])
    expect((await merchant.ask({ bill_type: 'OTHER' })).json['code']).toBe('PARAM_ERROR')
    expect((await merchant.ask({ tar_type: 'ZIP' })).json['code']).toBe('PARAM_ERROR')
    expect((await merchant.ask({ bill_type: 'REFUND' })).json['code']).toBe('NO_STATEMENT_EXIST')
  })

  it('is published the next morning where the sandbox is strict', async () => {
    await merchant.paidAt(`${DAY} 10:00:00`)
    sandbox.wechat.configure({ bills: { strict: true, publishingHour: 10 } })
    expect((await merchant.ask()).json['code']).toBe('PARAM_ERROR')
    clock.ms = at('2026-10-04 09:59:59')
    expect((await merchant.ask()).json['code']).toBe('NO_STATEMENT_EXIST')
    clock.ms += 1000
    expect((await merchant.bill()).rows).toHaveLength(1)
  })
})

describe('the fund-flow bill of the WeChat Pay sandbox', () => {
  it('tells each change of the balance', async () => {
    await merchant.paidAt('2026-10-02 12:00:00', 100)
    const number = await merchant.paidAt(`${DAY} 12:05:01`, 10_000, 100)
    clock.ms = at(`${DAY} 18:30:12`)
    const { refundNo } = sandbox.wechat.refundInConsole(number, { amountFen: 3000 })
    const { json } = await merchant.call(`/v3/bill/fundflowbill?bill_date=${DAY}`)
    const { text } = await merchant.fileAt(json['download_url'])
    const { transactionId, refunds } = sandbox.wechat.find(number) ?? {}
    const { mchId } = sandbox.wechat.credentials
    expect(text.split('\r\n').slice(1)).toEqual([
      `\`${DAY} 12:05:01,\`${transactionId},\`${mchId}202610030000000001,\`交易,\`交易,\`收入,\`99.00,\`1099.99,\`system,\`,\`${number}`,
      `\`${DAY} 12:05:01,\`${transactionId},\`${mchId}202610030000000002,\`交易,\`扣除交易手续费,\`支出,\`0.59,\`1099.40,\`system,\`,\`${number}`,
      `\`${DAY} 18:30:12,\`${refunds?.[0]?.refundId},\`${mchId}202610030000000003,\`退款,\`退款,\`支出,\`29.52,\`1069.88,\`${mchId}API,\`退款总金额29.70元;含手续费0.18元,\`${refundNo}`,
      '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额',
      '`3,`1,`99.00,`2,`30.11',
      '',
    ])
    const code = async (query: string) => (await merchant.call(`/v3/bill/fundflowbill?bill_date=${query}`)).json['code']
    expect(await code(`${DAY}&account_type=OPERATION`)).toBe('NO_STATEMENT_EXIST')
    expect(await code('2026-10-01')).toBe('NO_STATEMENT_EXIST')
    expect(await code(`${DAY}&account_type=OTHER`)).toBe('PARAM_ERROR')
  })
})
