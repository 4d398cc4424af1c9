import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readFundFlow } from '../../../../src/adapters/gateways/wechat/fund-flow.ts'
import { contentOf } from '../../../support/bill-files.ts'

const LINES = [
  '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号',
  '`2024-06-10 12:05:01,`4200002264202406108888888801,`1234567891202406100000000001,`交易,`交易,`收入,`99.00,`1099.00,`system,`,`SY202406101204000001',
  '`2024-06-10 12:05:01,`4200002264202406108888888801,`1234567891202406100000000002,`交易,`扣除交易手续费,`支出,`0.59,`1098.41,`system,`,`SY202406101204000001',
  '`2024-06-10 18:30:12,`50302108942024061088888888801,`1234567891202406100000000003,`退款,`退款,`支出,`29.52,`1068.89,`1234567891API,`退款总金额29.70元;含手续费0.18元,`SYR202406101830000001',
  '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额',
  '`3,`1,`99.00,`2,`30.11',
] as const
const EXAMPLE = LINES.join('\r\n')

const read = (bytes: Uint8Array | string, ...sizes: number[]) =>
  readFundFlow('wechat_csv_gzip', contentOf(Buffer.from(bytes), ...sizes))
const reasonOf = async (text: string): Promise<string> => (await read(text))._unsafeUnwrapErr().reason

const FLOW = {
  rows: 3,
  unreadable: 0,
  income: { count: 1, fen: 9900 },
  expense: { count: 2, fen: 3011 },
  byBusiness: [
    { business: '交易', incomeFen: 9900, expenseFen: 0 },
    { business: '扣除交易手续费', incomeFen: 0, expenseFen: 59 },
    { business: '退款', incomeFen: 0, expenseFen: 2952 },
  ],
}

describe('a fund-flow bill', () => {
  it('is added up on each side and for each kind of business, in any chunks, plain and packed', async () => {
    for (const size of [1, 5, 10_000])
      for (const bytes of [Buffer.from(EXAMPLE), Buffer.from(`\uFEFF${EXAMPLE}\r\n`), gzipSync(EXAMPLE)])
        expect((await read(bytes, size))._unsafeUnwrap()).toEqual(FLOW)
  })

  it('may write its brackets in the Chinese way, and hold a border of cells in its notes', async () => {
    const text = EXAMPLE.replace('收支金额(元)', '收支金额（元）').replace('退款总金额', ',`退款总金额')
    expect((await read(text))._unsafeUnwrap()).toEqual(FLOW)
  })

  it('is empty on a day without any movement', async () => {
    const text = [LINES[0], LINES[4], '`0,`0,`0.00,`0,`0.00'].join('\n')
    const nothing = { count: 0, fen: 0 }
    expect((await read(text))._unsafeUnwrap()).toEqual({
      rows: 0,
      unreadable: 0,
      income: nothing,
      expense: nothing,
      byBusiness: [],
    })
  })

  it.each([
    ['the time', '2024-06-10 12:05:01,`42', '2024-06-10 12:05:61,`42'],
    ['the amount', '`99.00', '`99,00'],
    ['the sign', '`99.00', '`-99.00'],
    ['the side', '`收入', '`增加'],
    ['the cells', ',`SY202406101204000001\r\n`2024-06-10 12:05:01', '\r\n`2024-06-10 12:05:01'],
    ['everything', '`2024-06-10 18:30:12', '2024-06-10 18:30:12'],
  ])('counts a row as unreadable where %s of it is', async (_, from, to) => {
    const flow = (await read(EXAMPLE.replace(from, to)))._unsafeUnwrap()
    expect([flow.rows, flow.unreadable, flow.income.count + flow.expense.count]).toEqual([3, 1, 2])
  })

  it.each([
    ['资金流水总笔数', '`4,`1,`99.00,`2,`30.11'],
    ['收入笔数', '`3,`2,`99.00,`2,`30.11'],
    ['收入金额', '`3,`1,`99.01,`2,`30.11'],
    ['支出笔数', '`3,`1,`99.00,`1,`30.11'],
    ['支出金额', '`3,`1,`99.00,`2,`x'],
  ])('is not believed where %s does not agree', async (name, values) => {
    expect(await reasonOf(EXAMPLE.replace(LINES[5], values))).toBe(
      `明细与${name}不符 (its rows do not agree with its ${name})`,
    )
  })

  it('is not believed where it is cut off, is something else, or names business without end', async () => {
    expect(await reasonOf(EXAMPLE.slice(0, 400))).toBe('文件被截断：没有汇总 (cut off: it ends before its summary)')
    expect(await reasonOf(LINES.slice(1).join('\n'))).toBe(
      '不是资金账单：缺少“记账时间”列 (not a fund-flow bill: it has no column 记账时间)',
    )
    const many = Array.from({ length: 1001 }, (_, n) => LINES[1].replace('`交易,`交易', `\`交易,\`交易${n}`))
    expect(await reasonOf([LINES[0], ...many].join('\n'))).toBe('业务类型过多 (more kinds of business than there are)')
    expect((await read(gzipSync(EXAMPLE).subarray(0, 200))).isErr()).toBe(true)
  })
})
