import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { WechatDifference } from '../../../src/adapters/sandbox/bills/difference-schemas.ts'
import type { WechatFault } from '../../../src/adapters/sandbox/faults.ts'
import { PayerRefused } from '../../../src/adapters/sandbox/payer-refused.ts'
import { makeSandboxKeys, type Sandbox, type SandboxKeys, startSandbox } from '../../../src/adapters/sandbox/sandbox.ts'
import { at, DAY, sha1, wechatBillClient } from './wechat-bill-client.ts'

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

describe('on demand the bills of the WeChat Pay sandbox', () => {
  const spoilt = async (fault: WechatFault) => {
    await merchant.paidAt(`${DAY} 10:00:00`)
    sandbox.wechat.faults.add(fault)
    const offer = await merchant.ask()
    if (offer.json['download_url'] === undefined) return { offer, file: undefined }
    return { offer, file: await merchant.fileAt(offer.json['download_url']).catch(() => undefined) }
  }

  it('are not ready, or offered with a wrong hash or a wrong answer', async () => {
    expect((await spoilt({ operation: 'bill', kind: 'not_ready' })).offer.json['code']).toBe('STATEMENT_CREATING')
    const { offer, file } = await spoilt({ operation: 'bill', kind: 'wrong_hash' })
    expect(offer.json['hash_value']).toMatch(/^[0-9a-f]{40}$/)
    expect(sha1(file?.bytes)).not.toBe(offer.json['hash_value'])
    expect((await spoilt({ operation: 'bill', kind: 'unsigned' })).offer.headers['wechatpay-signature']).toBeUndefined()
    expect((await spoilt({ operation: 'bill', kind: 'error_500_after' })).offer.status).toBe(500)
  })

  it('come short, broken off, in pieces, as a page of a proxy, or not at all', async () => {
    const short = await spoilt({ operation: 'bill_download', kind: 'truncated' })
    expect(short.file?.status).toBe(200)
    expect(sha1(short.file?.bytes)).not.toBe(short.offer.json['hash_value'])
    expect((await spoilt({ operation: 'bill_download', kind: 'cut_after', bytes: 100 })).file).toBeUndefined()
    expect((await spoilt({ operation: 'bill_download', kind: 'cut_before' })).file).toBeUndefined()
    const slow = await spoilt({ operation: 'bill_download', kind: 'slow', ms: 40 })
    expect(sha1(slow.file?.bytes)).toBe(slow.offer.json['hash_value'])
    expect((await spoilt({ operation: 'bill_download', kind: 'html_502' })).file?.status).toBe(502)
  })

  it('differ from the ledger in what was planted and in nothing else', async () => {
    const numbers = [
      await merchant.paidAt(`${DAY} 01:00:00`, 100),
      await merchant.paidAt(`${DAY} 02:00:00`, 200),
      await merchant.paidAt(`${DAY} 03:00:00`, 300),
      await merchant.paidAt(`${DAY} 04:00:00`, 400),
      await merchant.paidAt(`${DAY} 05:00:00`, 500),
    ]
    const { refundNo } = sandbox.wechat.refundInConsole(numbers[4] ?? '', { amountFen: 50 })
    const day = DAY
    const planted = sandbox.wechat.billDifferences.plant(
      { kind: 'missing_row', day, of: 'payment' },
      { kind: 'amount_off', day, outTradeNo: numbers[2] ?? '', byFen: -100 },
      { kind: 'status_off', day, outTradeNo: numbers[3] ?? '' },
      { kind: 'status_off', day, refundNo, status: 'ABNORMAL' },
      { kind: 'unreadable_row', day, outTradeNo: numbers[4] ?? '' },
      { kind: 'awkward_name', day, outTradeNo: numbers[1] ?? '' },
      { kind: 'extra_row', day, amountFen: 7 },
      { kind: 'extra_row', day, of: 'refund', outTradeNo: numbers[1] ?? '', amountFen: 9 },
    )
    const rowOf = (index: number) => {
      const each = planted[index]
      return each !== undefined && 'row' in each ? each.row : undefined
    }
    expect(rowOf(0)?.outTradeNo).toBe(numbers[0])
    const { rows, summary } = await merchant.bill()
    const find = (number: string | undefined, refund = '0') =>
      rows.find((row) => row['商户订单号'] === number && row['商户退款单号'] === refund)
    expect(rows).toHaveLength(7)
    expect(find(numbers[0])).toBeUndefined()
    expect(find(numbers[1])).toMatchObject({ 商品名称: `会员月卡,"月",'年'`, 订单金额: '2.00' })
    expect(find(numbers[2])).toMatchObject({ 订单金额: '2.00', 应结订单金额: '2.00', 交易状态: 'SUCCESS' })
    expect(find(numbers[3])).toMatchObject({ 订单金额: '4.00', 交易状态: 'REVOKED' })
    expect(find(numbers[4])).toMatchObject({ 订单金额: '5.0O' })
    expect(find(numbers[4], refundNo)).toMatchObject({ 退款状态: 'ABNORMAL', 申请退款金额: '0.50' })
    expect(find(rowOf(6)?.outTradeNo)).toMatchObject({ 微信订单号: rowOf(6)?.transactionId, 订单金额: '0.07' })
    expect(find(numbers[1], rowOf(7)?.refundNo)).toMatchObject({ 交易状态: 'REFUND', 申请退款金额: '0.09' })
    expect(summary).toBe('`7,`13.07,`0.59,`0.00,`0.07000,`13.07,`0.59')
    expect((await merchant.query(numbers[0] ?? '')).json).toMatchObject({
      trade_state: 'SUCCESS',
    })
    sandbox.wechat.billDifferences.clear()
    expect((await merchant.bill()).rows).toHaveLength(6)
  })

  it('have odd forms and false summaries', async () => {
    await merchant.paidAt(`${DAY} 10:00:00`, 100)
    const { plain } = await merchant.bill()
    const withOddity = async (oddity: 'no_bom' | 'lf_only' | 'decimal_counts' | 'wrong_count' | 'wrong_sum') => {
      sandbox.wechat.billDifferences.plant({ kind: 'format', day: DAY, oddity })
      const { json } = await merchant.ask()
      sandbox.wechat.billDifferences.clear()
      return (await merchant.fileAt(json['download_url'])).bytes
    }
    expect((await withOddity('no_bom')).equals(plain.subarray(3))).toBe(true)
    expect((await withOddity('lf_only')).toString()).toBe(plain.toString().replaceAll('\r\n', '\n'))
    expect((await withOddity('decimal_counts')).toString()).toContain('\r\n`1.0,`1.00,')
    expect((await withOddity('wrong_count')).toString()).toContain('\r\n`2,`1.00,')
    expect((await withOddity('wrong_sum')).toString()).toContain('\r\n`1,`1.01,')
  })

  it('take no difference on a row that is not there, or that has one', async () => {
    const outTradeNo = await merchant.paidAt(`${DAY} 10:00:00`)
    const missing = { kind: 'missing_row', day: DAY, outTradeNo } as const
    const plant = (...wanted: readonly WechatDifference[]) => sandbox.wechat.billDifferences.plant(...wanted)
    expect(() => plant({ ...missing, day: '2026-10-02' })).toThrow(PayerRefused)
    expect(() => plant({ kind: 'amount_off', day: DAY, byFen: -9900 })).toThrow(PayerRefused)
    expect(() => plant(missing, missing)).toThrow(PayerRefused)
    expect((await merchant.bill()).rows).toHaveLength(1)
    plant(missing)
    expect(() => plant({ kind: 'amount_off', day: DAY })).toThrow(PayerRefused)
    expect((await merchant.ask()).json['code']).toBe('NO_STATEMENT_EXIST')
  })
})
