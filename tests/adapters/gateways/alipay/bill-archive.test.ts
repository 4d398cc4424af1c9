import { describe, expect, it } from 'vitest'
import { readAlipayBill } from '../../../../src/adapters/gateways/alipay/bill.ts'
import { encodeGbk } from '../../../../src/adapters/sandbox/alipay/gbk.ts'
import type { BillContent } from '../../../../src/application/reconciliation/bill.ts'
import { alipayArchive, alipayDetails, contentOf, wholeBill } from '../../../support/bill-files.ts'
import { type ZipMember, zipOf } from '../../../support/zip-file.ts'

const DETAILS = alipayDetails([
  {
    transactionId: '2026100322001412345610000001',
    outTradeNo: 'P1',
    createdAt: '2026-10-03 10:00:05',
    completedAt: '2026-10-03 10:00:21',
    price: 100,
  },
])
const ACCOUNT = '20881234567890120156_20261003'
const details = (change: Partial<ZipMember> = {}): ZipMember => ({
  name: encodeGbk(`${ACCOUNT}_业务明细.csv`),
  content: DETAILS,
  ...change,
})
const summary: ZipMember = {
  name: encodeGbk(`${ACCOUNT}_业务明细(汇总).csv`),
  content: encodeGbk('#支付宝业务汇总查询'),
}
const other: ZipMember = { name: Buffer.from('readme.txt'), content: Buffer.from('x'.repeat(300_000)) }

const endOf = async (...members: readonly ZipMember[]) => {
  const { rows, end } = await wholeBill(readAlipayBill, contentOf(zipOf(...members)))
  return end.type === 'broken' ? end.reason : `${rows.length} ${end.type}`
}

describe('the archive of an Alipay bill', () => {
  it('has its details found by name, wherever they are', async () => {
    expect(await endOf(details())).toBe('1 end')
    expect(await endOf(summary, details(), other)).toBe('1 end')
    expect(await endOf(details(), summary)).toBe('1 end')
    expect(await endOf(details({ name: Buffer.from('x_业务明细.CSV'), utf8Name: true }), summary)).toBe('1 end')
    expect(await endOf(details({ stored: true }))).toBe('1 end')
  })

  it('has them found by their first line where they have another name', async () => {
    expect(await endOf(other, summary, details({ name: Buffer.from('detail.csv') }))).toBe('1 end')
    expect(await endOf(other, details({ name: Buffer.from('detail.csv'), size: 5 }))).toBe(
      '压缩包内没有业务明细 (an archive without 业务明细)',
    )
  })

  it('is not believed without details, or with two', async () => {
    expect(await endOf(summary, other)).toBe('压缩包内没有业务明细 (an archive without 业务明细)')
    expect(await endOf()).toBe('压缩包内没有业务明细 (an archive without 业务明细)')
    expect(await endOf(details(), details({ name: encodeGbk('2_业务明细.csv') }))).toBe(
      '压缩包内有多份业务明细 (an archive with 业务明细 more than once)',
    )
  })

  it.each<[string, Partial<ZipMember>, string]>([
    ['a wrong check sum', { crc: 1 }, '压缩包已损坏 (a damaged archive)'],
    ['a wrong check sum of stored bytes', { crc: 1, stored: true }, '压缩包已损坏 (a damaged archive)'],
    ['more bytes than it says', { size: DETAILS.length - 1 }, '压缩包已损坏 (a damaged archive)'],
    ['fewer bytes than it says', { size: DETAILS.length + 1 }, '压缩包已损坏 (a damaged archive)'],
    [
      'more bytes than a bill can hold',
      { size: 3 * 1024 ** 3 },
      '解压后超出账单可能的大小 (unpacks to more than a bill can hold)',
    ],
    ['encryption', { encrypted: true }, '压缩包已加密 (an encrypted archive)'],
  ])('is not believed with %s', async (_, change, reason) => {
    expect(await endOf(details(change))).toBe(reason)
  })

  it('is left as soon as it unpacks to more than it says', async () => {
    const noise = Buffer.from(Array.from({ length: 1 << 20 }, (_, n) => ((n * n * 2_654_435_761) >>> 13) & 255))
    const bomb = zipOf(details({ content: noise, size: 1000 }))
    let asked = 0
    const whole = contentOf(bomb, 4096)
    const counting: BillContent = {
      size: whole.size,
      async *read(range) {
        for await (const chunk of whole.read(range)) {
          asked += chunk.length
          yield chunk
        }
      },
    }
    expect((await wholeBill(readAlipayBill, counting)).end).toEqual({
      type: 'broken',
      reason: '压缩包已损坏 (a damaged archive)',
    })
    expect(asked).toBeLessThan(bomb.length / 2)
  })

  it('is not believed with too many files, or a directory that is damaged', async () => {
    expect(await endOf(...Array.from({ length: 101 }, () => summary))).toBe(
      '压缩包内文件过多 (an archive of too many files)',
    )
    const archive = alipayArchive(DETAILS)
    for (const spoilt of [
      archive.subarray(0, -30),
      archive.subarray(0, 4),
      Buffer.concat([archive, archive.subarray(0, 9)]),
    ])
      expect((await wholeBill(readAlipayBill, contentOf(spoilt))).end).toEqual({
        type: 'broken',
        reason: '压缩包已损坏 (a damaged archive)',
      })
  })

  it('is not held against itself where it could not be read at all', async () => {
    const bytes = alipayArchive(DETAILS)
    const whole = contentOf(bytes)
    // The reads of a good run, of which each in its turn fails.
    for (let good = 1; good < 5; good += 1) {
      let reads = 0
      const failing: BillContent = {
        size: whole.size,
        async *read(range) {
          reads += 1
          if (reads > good) throw new Error('disk gone')
          yield* whole.read(range)
        },
      }
      await expect(wholeBill(readAlipayBill, failing)).rejects.toThrow('disk gone')
    }
  })
})
