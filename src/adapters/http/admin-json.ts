import { z } from 'zod'
import type { Incident } from '../../application/incidents/incident-repository.ts'
import { availableOf, type Stock } from '../../domain/stock.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import { idSchema, instantSchema } from './envelope.ts'
import { says, textField } from './fields.ts'
import { text } from './language.ts'

export const stockSchema = z
  .strictObject({ sku: z.string(), onHand: z.int(), reserved: z.int(), available: z.int() })
  .meta({ id: 'Stock' })

export const stockJson = (stock: Stock): z.output<typeof stockSchema> => ({
  sku: stock.sku,
  onHand: stock.onHand,
  reserved: stock.reserved,
  available: availableOf(stock),
})

const MAX_PIECES = 1_000_000_000

export const adjustInventoryBody = z
  .strictObject({
    delta: z
      .int()
      .min(-MAX_PIECES)
      .max(MAX_PIECES)
      .refine((delta) => delta !== 0, says(text('不能为零', 'not zero'))),
    reason: textField(1, 200),
  })
  .meta({ id: 'AdjustInventory', override: { examples: [{ delta: 100, reason: '进货' }] } })

const INCIDENT_KINDS = [
  'amount_mismatch',
  'unknown_order',
  'foreign_identity',
  'surplus_payment',
  'late_payment',
  'refund_abnormal',
  'points_shortfall',
  'contradiction',
] as const

export const incidentSchema = z
  .strictObject({
    id: idSchema,
    kind: z.enum(INCIDENT_KINDS),
    provider: z.enum(PROVIDERS),
    outTradeNo: z.string().nullable(),
    orderId: idSchema.nullable(),
    evidence: z.record(z.string(), z.union([z.string(), z.number()])),
    occurrences: z.int(),
    status: z.enum(['open', 'resolved']),
    firstSeenAt: instantSchema,
    lastSeenAt: instantSchema,
  })
  .meta({ id: 'Incident', description: '需要人处理的钱或消息' })

export const incidentJson = (incident: Incident): z.output<typeof incidentSchema> => ({
  id: incident.id,
  kind: incident.kind,
  provider: incident.provider,
  outTradeNo: incident.outTradeNo ?? null,
  orderId: incident.orderId ?? null,
  evidence: incident.evidence,
  occurrences: incident.occurrences,
  status: incident.status,
  firstSeenAt: incident.firstSeenAt.toISOString(),
  lastSeenAt: incident.lastSeenAt.toISOString(),
})
