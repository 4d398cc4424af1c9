import { err, ok, type Result } from 'neverthrow'
import { type BillDay, billDay, type BillSettings } from '../bills/bill-day.ts'
import { BillDifferences, type Planted } from '../bills/bill-differences.ts'
import { downloaded } from '../bills/bill-download.ts'
import { BillLinks } from '../bills/bill-links.ts'
import { zipFile } from '../bills/zip-file.ts'
import type { AlipayFault, Faults } from '../faults.ts'
import { answer, header, type Outcome, type Received, type Reply } from '../http-exchange.ts'
import { alipayBillBooks } from './alipay-bill-books.ts'
import { type AlipayBilled, alipayDetailLines, alipaySummary, noSums } from './alipay-bill-file.ts'
import type { AlipayKeys } from './alipay-keys.ts'
import type { AlipayLedger } from './alipay-ledger.ts'
import { type AlipayRefusal, refused } from './alipay-refusal.ts'
import type { BillRequest } from './alipay-schemas.ts'
import { encodeGbk } from './gbk.ts'

type Parts = {
  readonly origin: string
  readonly keys: AlipayKeys
  readonly ledger: AlipayLedger
  readonly faults: Faults<AlipayFault>
  readonly now: () => Date
  readonly settings: () => BillSettings
  readonly changed: () => void
}

export const DOWNLOAD_PATH = '/downloadBillFile.resource'
const KEPT_MONTHS = 72
const LINK_LIFETIME_MS = 30_000
const MONTH = /^\d{4}-(?:0[1-9]|1[0-2])$/
const OTHER_TYPES = ['signcustomer', 'merchant_act', 'trade_zft_merchant', 'zft_acc', 'settlementMerge']

/** One answer with two meanings: not made yet, or nothing happened. */
const billNotExist = refused('40004', 'isp.bill_not_exist', '账单不存在')
const typeNotSupported = refused('40004', 'TYPE_NOT_SUPPORTED', '账单类型不支持')
const badDate = refused('40004', 'isv.invalid_arguments', '账单日期无效')

/** The trade bills of Alipay: asked for by day, then fetched over a link that is the only proof needed. */
export class AlipayBills {
  readonly #parts: Parts
  readonly #links: BillLinks<Buffer>
  readonly differences: BillDifferences<AlipayBilled>

  constructor(parts: Parts, planted: readonly Planted<AlipayBilled>[] | undefined) {
    this.#parts = parts
    this.#links = new BillLinks(parts.now, LINK_LIFETIME_MS)
    this.differences = new BillDifferences(alipayBillBooks(parts.ledger), parts.changed, planted)
  }

  /** Where the bill that is asked for lies. */
  link({ bill_type: type, bill_date: date }: BillRequest): Result<string, AlipayRefusal> {
    if (type !== 'trade') return err(OTHER_TYPES.includes(type) ? billNotExist : typeNotSupported)
    if (MONTH.test(date)) return err(billNotExist) // Only days are simulated.
    const day = billDay(date, KEPT_MONTHS, this.#parts.settings(), this.#parts.now())
    if (day === undefined || day.publication === 'too_early') return err(badDate)
    if (day.publication !== 'published') return err(billNotExist)
    const rows = this.differences.rowsOf(day.day)
    if (rows.length === 0 || this.#parts.faults.takeBill() === 'not_ready') return err(billNotExist)
    return ok(this.#offered(day, rows))
  }

  /** The archive behind a link. */
  download({ method, query, headers }: Received): Outcome {
    if (method !== 'GET' || header(headers, 'user-agent') === undefined) return answer(forbidden)
    const file = this.#links.find(query.get('token') ?? '')
    if (file === undefined) return answer(forbidden)
    const reply = { status: 200, headers: { 'Content-Type': 'application/zip' }, body: file }
    return downloaded(reply, this.#parts.faults.takeDownload())
  }

  #offered({ day, madeAt }: BillDay, rows: readonly AlipayBilled[]): string {
    const { origin, keys, now } = this.#parts
    const account = `${keys.sellerId}0156`
    const name = `${account}_${day.replaceAll('-', '')}`
    const query = new URLSearchParams({
      bizType: 'trade',
      userId: account,
      fileType: 'csv.zip',
      bizDates: day.replaceAll('-', ''),
      downloadFileName: `${name}.csv.zip`,
      fileId: `/trade/${name}.csv.zip`,
      timestamp: String(now().getTime()),
      token: this.#links.open(this.#archive({ account, day, exportedAt: new Date(madeAt) }, name, rows)),
    })
    return `${origin}${DOWNLOAD_PATH}?${query.toString()}`
  }

  #archive(head: Parameters<typeof alipaySummary>[0], name: string, rows: readonly AlipayBilled[]): Buffer {
    const oddities = this.differences.oddities(head.day)
    const sums = noSums()
    const details = encodeGbk([...alipayDetailLines(head, rows, sums, oddities)].join(''))
    const summary = encodeGbk(alipaySummary(head, sums, oddities))
    const members = [
      { name: encodeGbk(`${name}_业务明细.csv`), content: details },
      { name: encodeGbk(`${name}_业务明细(汇总).csv`), content: summary },
    ]
    return zipFile(members, head.exportedAt)
  }
}

const forbidden: Reply = {
  status: 403,
  headers: { 'Content-Type': 'text/html;charset=utf-8' },
  body: Buffer.from('<html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1></body></html>\n'),
}
