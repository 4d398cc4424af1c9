import type { DiscrepancyReader } from '../../application/reconciliation/discrepancy-repository.ts'
import type { Discrepancy } from '../../domain/discrepancy.ts'
import { formatSignedYuan, formatYuan, ZERO_FEN } from '../../domain/money.ts'
import type { ReconciliationRun } from '../../domain/reconciliation.ts'
import { CSV_START, csvLine } from './csv.ts'
import { discrepancyJson } from './reconciliation-json.ts'

const HEAD = [
  '日期',
  '渠道',
  '差异',
  '对象',
  '商户订单号',
  '退款单号',
  '渠道交易号',
  '账本金额',
  '账单金额',
  '账本状态',
  '账单状态',
  '可能跨日',
  '处理状态',
  '处理方式',
  '说明',
  '处理人',
  '发现时间',
  '处理时间',
] as const

const CLASS_TEXTS: Readonly<Record<Discrepancy['class'], string>> = {
  amount_differs: '金额不一致',
  status_differs: '状态不一致',
  missing_local: '账本缺少',
  missing_remote: '账单缺少',
  unreadable: '无法识别',
}
const ABOUT_TEXTS = { payment: '支付', refund: '退款', row: '账单行' } as const
const STATUS_TEXTS = { open: '待处理', resolved: '已处理', ignored: '已忽略' } as const
const RESOLUTION_TEXTS = {
  healed: '自动核实',
  gone: '再次对账时已一致',
  sync: '人工核实',
  refund: '已退款',
  ignore: '已忽略',
} as const

const PAGE = 100

/** A day's differences as a spreadsheet, with a line of totals at its end. */
export const reportOf = async function* (
  discrepancies: Pick<DiscrepancyReader, 'list'>,
  run: ReconciliationRun,
): AsyncIterable<string> {
  yield CSV_START + csvLine(HEAD)
  let count = 0
  let local = 0
  let remote = 0
  let after: Parameters<DiscrepancyReader['list']>[1]['after']
  do {
    const page = await discrepancies.list({ provider: run.provider, day: run.day }, { limit: PAGE, after })
    for (const one of page.items) {
      count += 1
      local += one.localAmount ?? ZERO_FEN
      remote += one.remoteAmount ?? ZERO_FEN
    }
    yield page.items.map(line).join('')
    after = page.next
  } while (after !== undefined)
  yield csvLine([
    '合计',
    run.provider,
    `${count} 处`,
    '',
    '',
    '',
    '',
    formatSignedYuan(local),
    formatSignedYuan(remote),
  ])
  if (run.status === 'completed') yield summaryLines(run)
}

const line = (discrepancy: Discrepancy): string => {
  const json = discrepancyJson(discrepancy)
  return csvLine([
    json.date,
    json.provider,
    CLASS_TEXTS[json.class],
    ABOUT_TEXTS[json.about],
    json.outTradeNo ?? '',
    json.refundNo ?? '',
    json.transactionId ?? '',
    json.localAmount ?? '',
    json.remoteAmount ?? '',
    json.localStatus ?? '',
    json.remoteStatus ?? '',
    json.withinDrift ? '是' : '',
    STATUS_TEXTS[json.status],
    json.resolution === null ? '' : RESOLUTION_TEXTS[json.resolution],
    json.note ?? json.rowText ?? '',
    json.resolvedBy ?? '',
    json.foundAt,
    json.resolvedAt ?? '',
  ])
}

const summaryLines = ({ summary }: Extract<ReconciliationRun, { status: 'completed' }>): string =>
  [
    ['账单笔数', String(summary.remoteCount)],
    ['账本笔数', String(summary.localCount)],
    ['一致笔数', String(summary.matched)],
    ['账单收款', formatYuan(summary.remoteAmount)],
    ['账本收款', formatYuan(summary.localAmount)],
    ['账单退款', formatYuan(summary.remoteRefunds)],
    ['账本退款', formatYuan(summary.localRefunds)],
    ['手续费', formatSignedYuan(summary.feesFen)],
    ['净入账', formatSignedYuan(summary.netFen)],
  ]
    .map(csvLine)
    .join('')
