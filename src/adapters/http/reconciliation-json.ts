import { z } from 'zod'
import type { Discrepancy, DiscrepancyClass } from '../../domain/discrepancy.ts'
import { type Fen, formatSignedYuan, formatYuan } from '../../domain/money.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import type { ReconciliationRun, ReconciliationSummary } from '../../domain/reconciliation.ts'
import { parseShanghaiDay } from '../../domain/shanghai-day.ts'
import { idSchema, instantOrNull, instantSchema, moneySchema } from './envelope.ts'
import { says, textField } from './fields.ts'
import { text } from './language.ts'

export const RUN_STATUSES = ['running', 'waiting', 'completed', 'failed'] as const
export const DISCREPANCY_CLASSES = [
  'amount_differs',
  'status_differs',
  'missing_local',
  'missing_remote',
  'unreadable',
] as const satisfies readonly DiscrepancyClass[]
export const DISCREPANCY_STATUSES = ['open', 'resolved', 'ignored'] as const

/** Only gateways publish bills. */
export const BILLING_PROVIDERS = ['wechat', 'alipay'] as const

export const dayField = z
  .string()
  .transform((value, ctx) => {
    const day = parseShanghaiDay(value)
    if (day !== undefined) return day
    ctx.addIssue({ code: 'custom', ...says(text('不是有效的日期', 'not a date')) })
    return z.NEVER
  })
  .meta({ override: { type: 'string', format: 'date', examples: ['2026-11-20'] }, description: '北京时间的一天' })

export const daySchema = z.iso.date().meta({ id: 'Day', description: '北京时间的一天', examples: ['2026-11-20'] })

const signedMoneySchema = z
  .string()
  .regex(/^-?\d+\.\d{2}$/)
  .meta({ id: 'SignedMoney', description: '以元为单位，可为负', examples: ['-0.53'] })

const summarySchema = z
  .strictObject({
    remoteCount: z.int(),
    localCount: z.int(),
    matched: z.int(),
    amountDiffers: z.int(),
    statusDiffers: z.int(),
    missingLocal: z.int(),
    missingRemote: z.int(),
    unreadable: z.int(),
    remoteAmount: moneySchema,
    localAmount: moneySchema,
    remoteRefunds: moneySchema,
    localRefunds: moneySchema,
    fees: signedMoneySchema.meta({ description: '渠道收取的手续费，退回多于收取时为负' }),
    net: signedMoneySchema.meta({ description: '商户净入账' }),
  })
  .meta({ id: 'ReconciliationSummary', description: 'remote 指账单，local 指账本；金额为支付合计与退款合计' })

export const runSchema = z
  .strictObject({
    id: idSchema,
    provider: z.enum(PROVIDERS),
    date: daySchema,
    status: z.enum(RUN_STATUSES),
    summary: summarySchema.nullable(),
    reason: z.string().nullable().meta({ description: '在等什么，或为什么失败' }),
    requestedBy: z.string(),
    startedAt: instantSchema,
    finishedAt: instantSchema.nullable(),
  })
  .meta({ id: 'Reconciliation', description: '把一天的渠道账单与账本逐笔核对' })

export const runJson = (run: ReconciliationRun): z.output<typeof runSchema> => ({
  id: run.id,
  provider: run.provider,
  date: run.day,
  status: run.status,
  summary: run.status === 'completed' ? summaryJson(run.summary) : null,
  reason: 'reason' in run ? run.reason : null,
  requestedBy: run.requestedBy,
  startedAt: run.startedAt.toISOString(),
  finishedAt: 'finishedAt' in run ? run.finishedAt.toISOString() : null,
})

const summaryJson = (summary: ReconciliationSummary): z.output<typeof summarySchema> => {
  const { remoteAmount, localAmount, remoteRefunds, localRefunds, feesFen, netFen, ...counts } = summary
  return {
    ...counts,
    remoteAmount: formatYuan(remoteAmount),
    localAmount: formatYuan(localAmount),
    remoteRefunds: formatYuan(remoteRefunds),
    localRefunds: formatYuan(localRefunds),
    fees: formatSignedYuan(feesFen),
    net: formatSignedYuan(netFen),
  }
}

export const discrepancySchema = z
  .strictObject({
    id: idSchema,
    date: daySchema,
    class: z.enum(DISCREPANCY_CLASSES),
    about: z.enum(['payment', 'refund', 'row']),
    withinDrift: z.boolean().meta({ description: '可能还会随后一两天的账单出现' }),
    provider: z.enum(PROVIDERS),
    outTradeNo: z.string().nullable(),
    refundNo: z.string().nullable(),
    transactionId: z.string().nullable(),
    localAmount: moneySchema.nullable(),
    remoteAmount: moneySchema.nullable(),
    localStatus: z.string().nullable(),
    remoteStatus: z.string().nullable(),
    rowText: z.string().nullable().meta({ description: '无法识别的账单行原文' }),
    status: z.enum(DISCREPANCY_STATUSES),
    resolution: z.enum(['healed', 'gone', 'sync', 'refund', 'ignore']).nullable(),
    note: z.string().nullable(),
    returningRefundNo: z.string().nullable().meta({ description: '正在退回的退款单号' }),
    resolvedBy: z.string().nullable(),
    foundAt: instantSchema,
    resolvedAt: instantSchema.nullable(),
  })
  .meta({ id: 'Discrepancy', description: '账单与账本不一致的一处' })

export const discrepancyJson = (discrepancy: Discrepancy): z.output<typeof discrepancySchema> => ({
  id: discrepancy.id,
  date: discrepancy.day,
  class: discrepancy.class,
  about: discrepancy.about,
  withinDrift: discrepancy.withinDrift,
  provider: discrepancy.provider,
  outTradeNo: discrepancy.outTradeNo ?? null,
  refundNo: discrepancy.refundNo ?? null,
  transactionId: discrepancy.transactionId ?? null,
  localAmount: yuanOrNull(discrepancy.localAmount),
  remoteAmount: yuanOrNull(discrepancy.remoteAmount),
  localStatus: discrepancy.localStatus ?? null,
  remoteStatus: discrepancy.remoteStatus ?? null,
  rowText: discrepancy.rowText ?? null,
  ...outcomeJson(discrepancy),
  foundAt: discrepancy.foundAt.toISOString(),
})

const yuanOrNull = (amount: Fen | undefined): string | null => (amount === undefined ? null : formatYuan(amount))

const outcomeJson = (discrepancy: Discrepancy) => {
  const { status, note = null } = discrepancy
  switch (discrepancy.status) {
    case 'open': {
      const returningRefundNo = discrepancy.returning?.refundNo ?? null
      return { status, resolution: null, note, returningRefundNo, resolvedBy: null, resolvedAt: null }
    }
    case 'resolved': {
      const { resolution, by, at } = discrepancy
      return { status, resolution, note, returningRefundNo: null, resolvedBy: by, resolvedAt: instantOrNull(at) }
    }
    case 'ignored': {
      const { by, at } = discrepancy
      const resolution = 'ignore' as const
      return { status, resolution, note, returningRefundNo: null, resolvedBy: by, resolvedAt: instantOrNull(at) }
    }
  }
}

export const requestReconciliationBody = z
  .strictObject({ provider: z.enum(BILLING_PROVIDERS), date: dayField })
  .meta({ id: 'RequestReconciliation', override: { examples: [{ provider: 'wechat', date: '2026-11-20' }] } })

export const resolveDiscrepancyBody = z
  .strictObject({
    action: z.enum(['sync', 'refund', 'ignore']),
    note: textField(1, 500, 'lines').meta({ description: '处理说明，记入审计' }),
  })
  .meta({ id: 'ResolveDiscrepancy', override: { examples: [{ action: 'sync', note: '已与渠道核实' }] } })
