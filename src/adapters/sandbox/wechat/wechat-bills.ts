import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { err, ok, type Result } from 'neverthrow'
import { type BillDay, billDay, type BillSettings } from '../bills/bill-day.ts'
import { BillDifferences, type Planted } from '../bills/bill-differences.ts'
import { downloaded } from '../bills/bill-download.ts'
import { BillLinks } from '../bills/bill-links.ts'
import type { Faults, WechatFault } from '../faults.ts'
import { answer, type Outcome, type Received } from '../http-exchange.ts'
import { movements, wechatBillBooks } from './wechat-bill-books.ts'
import { wechatBillLines, type WechatBillType, type WechatBilled } from './wechat-bill-file.ts'
import { fundFlowLines } from './wechat-fund-flow.ts'
import type { WechatKeys } from './wechat-keys.ts'
import type { WechatLedger } from './wechat-ledger.ts'
import { commonHeaders, refusal, refusalReply, type WechatRefusal } from './wechat-refusal.ts'

export type WechatBillSettings = BillSettings & {
  /** Give links to this sandbox, instead of the gateway's official address. */
  readonly ownOrigin?: boolean
}

type Parts = {
  readonly origin: string
  readonly keys: WechatKeys
  readonly ledger: WechatLedger
  readonly faults: Faults<WechatFault>
  readonly now: () => Date
  readonly settings: () => WechatBillSettings
  readonly changed: () => void
}

type BillFile = { readonly plain: Buffer; readonly packed: boolean }

export const DOWNLOAD_PATH = '/v3/billdownload/file'
const OFFICIAL_ORIGIN = 'https://api.mch.weixin.qq.com'
const KEPT_MONTHS = 3
const LINK_LIFETIME_MS = 5 * 60_000

const noStatement = refusal(400, 'NO_STATEMENT_EXIST', '请求的账单文件不存在')
const notReady = refusal(400, 'STATEMENT_CREATING', '账单生成中，请稍后再试')
const linkGone = refusal(400, 'INVALID_REQUEST', '下载链接无效或已过期，请重新申请账单')

/** The bills of WeChat Pay: asked for by day, then fetched once over a link. */
export class WechatBills {
  readonly #parts: Parts
  readonly #links: BillLinks<BillFile>
  readonly differences: BillDifferences<WechatBilled>

  constructor(parts: Parts, planted: readonly Planted<WechatBilled>[] | undefined) {
    const { ledger, keys, now, changed } = parts
    this.#parts = parts
    this.#links = new BillLinks(now, LINK_LIFETIME_MS)
    const books = wechatBillBooks(ledger, keys, (day) => this.#day(day)?.madeAt ?? now().getTime())
    this.differences = new BillDifferences(books, changed, planted)
  }

  /** Where the trade bill that is asked for lies, and the hash of it. */
  trade(query: URLSearchParams): Result<Readonly<Record<string, unknown>>, WechatRefusal> {
    const type = billType(query.get('bill_type') ?? 'ALL')
    if (type === undefined) return err(paramError('bill_type'))
    return this.#published(query).andThen((day) => {
      const rows = this.differences.rowsOf(day.day).filter((row) => type === 'ALL' || WANTED[type] === row.kind)
      if (rows.length === 0) return err(noStatement)
      return this.#offered(query, wechatBillLines(type, rows, this.differences.oddities(day.day)))
    })
  }

  /** The same for the fund flow. Only the basic account has any. */
  fundFlow(query: URLSearchParams): Result<Readonly<Record<string, unknown>>, WechatRefusal> {
    const account = query.get('account_type') ?? 'BASIC'
    if (!['BASIC', 'OPERATION', 'FEES'].includes(account)) return err(paramError('account_type'))
    return this.#published(query).andThen(({ start, end, madeAt }) => {
      const { ledger, keys } = this.#parts
      const until = movements(ledger, keys, madeAt)
        .filter(({ at }) => at < end)
        .sort((a, b) => a.at - b.at)
      if (account !== 'BASIC' || !until.some(({ at }) => at >= start)) return err(noStatement)
      return this.#offered(query, fundFlowLines(until, start))
    })
  }

  /** The file behind a link. Nobody signs it: its hash came with the link. */
  download({ query }: Received): Outcome {
    const { faults, now } = this.#parts
    const file = this.#links.take(query.get('token') ?? '')
    if (file === undefined) return answer(refusalReply(linkGone, now()))
    const type = file.packed ? 'application/x-gzip' : 'text/plain'
    const body = file.packed ? gzipSync(file.plain) : file.plain
    const headers = { ...commonHeaders(now(), 0), 'Content-Type': type }
    return downloaded({ status: 200, headers, body }, faults.takeDownload())
  }

  #day(text: string): BillDay | undefined {
    return billDay(text, KEPT_MONTHS, this.#parts.settings(), this.#parts.now())
  }

  #published(query: URLSearchParams): Result<BillDay, WechatRefusal> {
    const day = this.#day(query.get('bill_date') ?? '')
    if (!['GZIP', null].includes(query.get('tar_type'))) return err(paramError('tar_type'))
    if (day === undefined) return err(paramError('bill_date'))
    switch (day.publication) {
      case 'too_early':
        return err(paramError('bill_date'))
      case 'too_old':
        return err(refusal(400, 'INVALID_REQUEST', '仅支持查询三个月内的账单'))
      case 'not_yet':
        return err(noStatement)
      case 'published':
        return ok(day)
    }
  }

  #offered(query: URLSearchParams, lines: Iterable<string>): Result<Readonly<Record<string, unknown>>, WechatRefusal> {
    const fault = this.#parts.faults.takeBill()
    if (fault === 'not_ready') return err(notReady)
    const plain = Buffer.from([...lines].join(''))
    const packed = query.get('tar_type') === 'GZIP'
    const token = this.#links.open({ plain, packed })
    const { origin, settings } = this.#parts
    const at = `${settings().ownOrigin === true ? origin : OFFICIAL_ORIGIN}${DOWNLOAD_PATH}`
    const hashed = fault === 'wrong_hash' ? plain.subarray(1) : plain
    return ok({
      download_url: `${at}?token=${token}${packed ? '&tartype=gzip' : ''}`,
      hash_type: 'SHA1',
      hash_value: createHash('sha1').update(hashed).digest('hex'),
    })
  }
}

const WANTED = { SUCCESS: 'payment', REFUND: 'refund' } as const

const billType = (text: string): WechatBillType | undefined =>
  text === 'ALL' || text === 'SUCCESS' || text === 'REFUND' ? text : undefined

const paramError = (field: string): WechatRefusal =>
  refusal(400, 'PARAM_ERROR', '参数错误', 268435461, { field, location: 'query' })
