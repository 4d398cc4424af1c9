import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAlipayBill } from '../../../src/adapters/gateways/alipay/bill.ts'
import { readWechatBill } from '../../../src/adapters/gateways/wechat/bill.ts'
import { readFundFlow } from '../../../src/adapters/gateways/wechat/fund-flow.ts'
import {
  alipayArchive,
  alipayDetails,
  type AlipayLine,
  contentOf,
  wechatBill,
  type WechatLine,
  wholeBill,
} from '../../support/bill-files.ts'

const ROWS = 8

const wechat = wechatBill(
  Array.from(
    { length: ROWS },
    (_, n): WechatLine => ({
      time: `2024-06-10 12:05:0${n}`,
      transactionId: `4200002264202406108888888${n}`,
      outTradeNo: `SY2024061012040000${n}`,
      price: n % 2 === 0 ? 100 + n : 0,
      ...(n % 2 === 0 ? {} : { refundId: `503${n}`, refundNo: `R${n}`, refund: n }),
    }),
  ),
)
const alipay = alipayDetails(
  Array.from(
    { length: ROWS },
    (_, n): AlipayLine => ({
      transactionId: `202610032200141234561000000${n}`,
      outTradeNo: `P2026100310000000${n}`,
      createdAt: '2026-10-03 10:00:05',
      completedAt: `2026-10-03 10:00:2${n}`,
      price: n % 2 === 0 ? 100 + n : -n,
      ...(n % 2 === 0 ? {} : { refundNo: `R${n}` }),
    }),
  ),
)

type Damage = { readonly at: number; readonly cut: number; readonly put: Uint8Array }
const anyDamage: fc.Arbitrary<Damage> = fc.record({
  at: fc.nat(4000),
  cut: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.nat(300)),
  put: fc.oneof(
    { weight: 3, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 1 }) },
    fc.uint8Array({ maxLength: 30 }),
    fc
      .constantFrom('\n', '\r\n', ',`', ',', '`', '#', '总交易单数', '\r\n`2024', '0.00')
      .map((text) => Buffer.from(text)),
  ),
})
const damaged = (bytes: Buffer, damages: readonly Damage[]): Buffer =>
  damages.reduce((whole, { at, cut, put }) => {
    const place = at % whole.length
    return Buffer.concat([whole.subarray(0, place), put, whole.subarray(place + cut)])
  }, bytes)

/** How many lines lie between the names and what follows the rows. */
const linesBetween = (bytes: Buffer, first: number, after: Buffer): number => {
  const lines = bytes.toString('latin1').split('\n')
  return lines.findIndex((line, index) => index > first && line.startsWith(after.toString('latin1'))) - first - 1
}

const anyDamages = fc.array(anyDamage, { minLength: 1, maxLength: 3 })

describe('a damaged bill', () => {
  it('of WeChat Pay makes nothing throw and loses no row without a word', async () => {
    await fc.assert(
      fc.asyncProperty(anyDamages, async (damages) => {
        const bytes = damaged(wechat, damages)
        const { rows, end } = await wholeBill(readWechatBill, contentOf(bytes, 97))
        if (end.type === 'broken') return
        expect(rows).toHaveLength(linesBetween(bytes, 0, Buffer.from('总交易单数')))
        expect(rows).toHaveLength(ROWS)
      }),
      { numRuns: 500 },
    )
  })

  it('of Alipay makes nothing throw and loses no row without a word', async () => {
    await fc.assert(
      fc.asyncProperty(anyDamages, async (damages) => {
        const { rows, end } = await wholeBill(readAlipayBill, contentOf(damaged(alipay, damages), 97))
        if (end.type === 'end') expect(rows).toHaveLength(ROWS)
      }),
      { numRuns: 500 },
    )
  })

  it('is never taken for whole where it is packed', async () => {
    const archive = alipayArchive(alipay)
    const packed = gzipSync(wechat)
    const sound = [
      await wholeBill(readWechatBill, contentOf(packed)),
      await wholeBill(readAlipayBill, contentOf(archive)),
    ]
    await fc.assert(
      fc.asyncProperty(anyDamages, async (damages) => {
        const files = [
          await wholeBill(readWechatBill, contentOf(damaged(packed, damages), 97)),
          await wholeBill(readAlipayBill, contentOf(damaged(archive, damages), 97)),
        ]
        // What is damaged may be a time stamp or a name that nobody reads.
        files.forEach(({ rows, end }, index) => {
          if (end.type === 'end') expect(rows).toEqual(sound[index]?.rows)
        })
      }),
      { numRuns: 150 },
    )
  })

  it('with nothing in it but noise is broken', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (noise) => {
        for (const lead of ['', '1f8b', '504b0304', 'efbbbf']) {
          const content = contentOf(Buffer.concat([Buffer.from(lead, 'hex'), noise]), 50)
          expect((await wholeBill(readWechatBill, content)).end.type).toBe('broken')
          expect((await wholeBill(readAlipayBill, content)).end.type).toBe('broken')
          expect((await readFundFlow('wechat_csv', content)).isErr()).toBe(true)
        }
      }),
      { numRuns: 60 },
    )
  })
})
