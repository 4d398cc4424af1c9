import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { encodeGbk } from '../../../src/adapters/sandbox/alipay/gbk.ts'
import type { AlipayFault } from '../../../src/adapters/sandbox/faults.ts'
import { makeSandboxKeys, type Sandbox, type SandboxKeys, startSandbox } from '../../../src/adapters/sandbox/sandbox.ts'
import { alipayClient, answerHolds, beijing } from './alipay-client.ts'
import { send } from './wechat-client.ts'
import { zipMembers } from './zip-members.ts'

const DAY = '2026-10-03'
const METHOD = 'alipay.data.dataservice.bill.downloadurl.query'
const at = (text: string): number => Date.parse(`${text.replace(' ', 'T')}+08:00`)

let keys: SandboxKeys
let sandbox: Sandbox
let client: ReturnType<typeof alipayClient>
let clock = 0

beforeAll(async () => {
  keys = await makeSandboxKeys()
})
beforeEach(async () => {
  clock = at(`${DAY} 10:00:00`)
  sandbox = await startSandbox({ keys, now: () => new Date(clock), callbackSpeed: 1_000_000 })
  client = alipayClient(sandbox.alipay.credentials)
})
afterEach(() => sandbox.stop())

const ask = (biz: Record<string, string> = {}) =>
  client.call(METHOD, { bill_type: 'trade', bill_date: DAY, ...biz }, { timestamp: beijing(clock) })
const linkOf = async (): Promise<string> => String((await ask()).response['bill_download_url'])
const fetched = (url: string) => send(url, 'GET', { 'User-Agent': 'test' })

const bill = async () => {
  const [details, summary] = zipMembers((await fetched(await linkOf())).bytes)
  const lines = (details?.text ?? '').split('\r\n')
  const rows = lines.filter((line) => /^\d/.test(line)).map((line) => line.split(','))
  return { text: details?.text ?? '', rows, lines, summary: summary?.text ?? '' }
}
const orderedAt = async (number: string, time: string, yuan = '88.88'): Promise<string> => {
  clock = at(time)
  const biz = { out_trade_no: number, total_amount: yuan, subject: '测试商品A' }
  await client.call('alipay.trade.precreate', biz, { timestamp: beijing(clock) })
  return number
}
const paidAt = async (number: string, time: string, yuan?: string): Promise<string> => {
  await orderedAt(number, time, yuan)
  await sandbox.alipay.pay(number)
  return number
}

describe('the trade bill of the Alipay sandbox', () => {
  it('is a ZIP of two files with names in GBK behind a link of its own address', async () => {
    await paidAt('P0000001', `${DAY} 10:00:00`)
    const answer = await ask()
    expect(answer.response).toMatchObject({ code: '10000', msg: 'Success' })
    expect(answerHolds(answer, sandbox.alipay.credentials.alipayPublicKey)).toBe(true)
    const url = new URL(String(answer.response['bill_download_url']))
    expect(`${url.origin}${url.pathname}`).toBe(`${sandbox.origin}/downloadBillFile.resource`)
    const account = `${sandbox.alipay.credentials.sellerId}0156`
    expect(url.searchParams.get('downloadFileName')).toBe(`${account}_20261003.csv.zip`)
    const members = zipMembers((await fetched(url.href)).bytes)
    expect(members.map(({ name, flags }) => [name.toString('hex'), flags])).toEqual([
      [encodeGbk(`${account}_20261003_业务明细.csv`).toString('hex'), 0],
      [encodeGbk(`${account}_20261003_业务明细(汇总).csv`).toString('hex'), 0],
    ])
  })

  it('is behind its link for thirty seconds, for whoever says what program he is', async () => {
    await paidAt('P0000001', `${DAY} 10:00:00`)
    const link = await linkOf()
    expect((await send(link, 'GET', {})).status).toBe(403)
    expect((await fetched(link.replace(/token=../, 'token=__'))).status).toBe(403)
    clock += 29_999
    expect((await fetched(link)).status).toBe(200)
    clock += 1
    expect((await fetched(link)).status).toBe(403)
  })

  it('has the payments and the refunds of the Shanghai day in the order of time', async () => {
    const before = await paidAt('P0000001', '2026-10-02 23:59:59', '50.00')
    await orderedAt('P0000002', '2026-10-02 23:59:50', '30.00')
    await sandbox.alipay.scan('P0000002')
    clock = at(`${DAY} 00:00:00`)
    await sandbox.alipay.pay('P0000002', { couponFen: 500 })
    const { transactionId } = sandbox.alipay.find('P0000002') ?? {}
    clock = at(`${DAY} 08:00:00`)
    const { refundNo } = sandbox.alipay.refundInConsole(before, { amountFen: 1200 })
    await paidAt('P0000003', `${DAY} 23:59:59`)
    await paidAt('P0000004', '2026-10-04 00:00:00')
    clock = at('2026-10-05 00:00:00')
    const { rows, lines, summary } = await bill()
    expect(rows.map((cells) => [cells[1], cells[2], cells[4], cells[5], cells[11], cells[21]])).toEqual([
      ['P0000002\t', '交易\t', '2026-10-02 23:59:50', `${DAY} 00:00:00`, '30.00', '\t'],
      ['P0000001\t', '退款\t', '2026-10-02 23:59:59', `${DAY} 08:00:00`, '-12.00', `${refundNo}\t`],
      ['P0000003\t', '交易\t', `${DAY} 23:59:59`, `${DAY} 23:59:59`, '88.88', '\t'],
    ])
    expect(rows[0]).toHaveLength(25)
    expect(rows[0]).toMatchObject({ 0: `${transactionId}\t`, 12: '30.00', 13: '5.00', 22: '-0.18' })
    expect(rows[1]).toMatchObject({ 12: '-12.00', 13: '0.00', 22: '0.07' })
    expect(lines.slice(-4)).toEqual([
      '#交易合计：2笔，商家实收共118.88元，商家优惠共0.00元',
      '#退款合计：1笔，商家实收退款共-12.00元，商家优惠退款共0.00元',
      '#导出时间：[2026年10月04日 09:00:00]',
      '',
    ])
    expect(summary).toContain('\r\n合计,,2,1,106.88,106.88,0.00,0.00,0.00,-0.64,0.00,106.24\r\n')
  })

  it('has no refund whose money has not moved yet', async () => {
    const number = await paidAt('P0000001', `${DAY} 10:00:00`)
    sandbox.alipay.configure({ refundDelayMs: 3_600_000 })
    sandbox.alipay.faults.add({ operation: 'refund', kind: 'fund_change_n' })
    sandbox.alipay.refundInConsole(number, { amountFen: 100 })
    const { refundNo } = sandbox.alipay.refundInConsole(number, { amountFen: 200 })
    const { rows } = await bill()
    expect(rows.map((cells) => cells[21])).toEqual(['\t', `${refundNo}\t`])
  })

  it('does not exist for a day without business, and is refused for no proper day or another kind', async () => {
    await paidAt('P0000001', `${DAY} 10:00:00`)
    const said = async (biz: Record<string, string>) => {
      const answer = await ask(biz)
      expect(answerHolds(answer, sandbox.alipay.credentials.alipayPublicKey)).toBe(true)
      return [answer.response['code'], answer.response['sub_code']]
    }
    expect(await said({ bill_date: '2026-10-02' })).toEqual(['40004', 'isp.bill_not_exist'])
    expect(await said({ bill_date: '2026-10' })).toEqual(['40004', 'isp.bill_not_exist'])
    expect(await said({ bill_date: '2026-02-30' })).toEqual(['40004', 'isv.invalid_arguments'])
    expect(await said({ bill_date: '2026-10-04' })).toEqual(['40004', 'isv.invalid_arguments'])
    expect(await said({ bill_date: '' })).toEqual(['40004', 'isv.invalid_arguments'])
    expect(await said({ bill_type: 'signcustomer' })).toEqual(['40004', 'isp.bill_not_exist'])
    expect(await said({ bill_type: 'other' })).toEqual(['40004', 'TYPE_NOT_SUPPORTED'])
  })

  it('is published the next morning where the sandbox is strict', async () => {
    await sandbox.stop()
    sandbox = await startSandbox({ keys, now: () => new Date(clock), bills: { strict: true, publishingHour: 7 } })
    client = alipayClient(sandbox.alipay.credentials)
    await paidAt('P0000001', `${DAY} 10:00:00`)
    expect((await ask()).response['sub_code']).toBe('isv.invalid_arguments')
    clock = at('2026-10-04 06:59:59')
    expect((await ask()).response['sub_code']).toBe('isp.bill_not_exist')
    clock += 1000
    expect((await bill()).rows).toHaveLength(1)
  })
})

describe('on demand the bills of the Alipay sandbox', () => {
  const spoilt = async (fault: AlipayFault) => {
    sandbox.alipay.faults.add(fault)
    return fetched(await linkOf()).catch(() => undefined)
  }

  it('are not ready, or offered with a wrong answer', async () => {
    await paidAt('P0000001', `${DAY} 10:00:00`)
    sandbox.alipay.faults.add({ operation: 'bill', kind: 'not_ready' })
    expect((await ask()).response['sub_code']).toBe('isp.bill_not_exist')
    sandbox.alipay.faults.add({ operation: 'bill', kind: 'unsigned' })
    expect((await ask()).sign).toBeUndefined()
    expect((await bill()).rows).toHaveLength(1)
  })

  it('come short, broken off, in pieces, as a page of a proxy, or not at all', async () => {
    await paidAt('P0000001', `${DAY} 10:00:00`)
    const whole = (await fetched(await linkOf())).bytes
    const short = await spoilt({ operation: 'bill_download', kind: 'truncated' })
    expect(short?.bytes.equals(whole.subarray(0, Math.floor(whole.length / 2)))).toBe(true)
    expect(await spoilt({ operation: 'bill_download', kind: 'cut_after', bytes: 100 })).toBeUndefined()
    expect(await spoilt({ operation: 'bill_download', kind: 'cut_before' })).toBeUndefined()
    expect((await spoilt({ operation: 'bill_download', kind: 'slow', ms: 40 }))?.bytes.equals(whole)).toBe(true)
    expect((await spoilt({ operation: 'bill_download', kind: 'html_502' }))?.status).toBe(502)
  })

  it('differ from the ledger in what was planted and in nothing else', async () => {
    for (const number of ['P0000001', 'P0000002', 'P0000003', 'P0000004'])
      await paidAt(number, `${DAY} 1${number.slice(-1)}:00:00`, `${number.slice(-1)}.00`)
    const { refundNo } = sandbox.alipay.refundInConsole('P0000004', { amountFen: 50 })
    const day = DAY
    const planted = sandbox.alipay.billDifferences.plant(
      { kind: 'missing_row', day, outTradeNo: 'P0000001' },
      { kind: 'amount_off', day, outTradeNo: 'P0000002', byFen: 30 },
      { kind: 'awkward_name', day, outTradeNo: 'P0000003' },
      { kind: 'unreadable_row', day, refundNo, outTradeNo: 'P0000004', cell: 'time' },
      { kind: 'extra_row', day, amountFen: 7 },
      { kind: 'extra_row', day, of: 'refund', outTradeNo: 'P0000003', amountFen: 9 },
    )
    const [stray, strayRefund] = planted.flatMap((each) => (each.kind === 'extra_row' ? [each.row] : []))
    const { rows, lines, summary } = await bill()
    const find = (number: string | undefined, refund = '') =>
      rows.find((cells) => cells[1] === `${number}\t` && cells[cells.length - 4] === `${refund}\t`)
    expect(rows).toHaveLength(6)
    expect(find('P0000002')).toMatchObject({ 11: '2.30', 12: '2.30' })
    expect(find('P0000004')).toMatchObject({ 11: '4.00' })
    expect(find('P0000004', refundNo)?.[5]).toMatch(/^2026-10-03 14:00:0O$/)
    expect(find(stray?.outTradeNo)).toMatchObject({ 0: `${stray?.transactionId}\t`, 11: '0.07' })
    expect(find('P0000003', strayRefund?.refundNo)).toMatchObject({ 2: '退款\t', 11: '-0.09' })
    expect(lines.filter((line) => line.includes(`测试商品A,"月",'年',2026-10-03`))).toHaveLength(1)
    expect(lines.at(-4)).toBe('#交易合计：4笔，商家实收共9.37元，商家优惠共0.00元')
    expect(lines.at(-3)).toBe('#退款合计：2笔，商家实收退款共-0.59元，商家优惠退款共0.00元')
    expect(summary).toContain('\r\n合计,,4,2,8.78,')
    sandbox.alipay.billDifferences.clear()
    expect((await bill()).rows).toHaveLength(5)
  })

  it('have other line ends and false totals', async () => {
    await paidAt('P0000001', `${DAY} 10:00:00`)
    const withOddity = async (oddity: 'lf_only' | 'wrong_count' | 'wrong_sum') => {
      sandbox.alipay.billDifferences.plant({ kind: 'format', day: DAY, oddity })
      const { text } = await bill()
      sandbox.alipay.billDifferences.clear()
      return text
    }
    expect(await withOddity('lf_only')).toBe((await bill()).text.replaceAll('\r\n', '\n'))
    expect(await withOddity('wrong_count')).toContain('#交易合计：2笔，商家实收共88.88元')
    expect(await withOddity('wrong_sum')).toContain('#交易合计：1笔，商家实收共88.89元')
  })
})
