import { z } from 'zod'
import type { Incident } from '../../domain/incident.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import { idSchema, instantSchema } from './envelope.ts'
import { textField } from './fields.ts'

export const INCIDENT_KINDS = [
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

export const resolveIncidentBody = z
  .strictObject({ note: textField(1, 500, 'lines').meta({ description: '处理说明，记入审计' }) })
  .meta({ id: 'ResolveIncident', override: { examples: [{ note: '已在商户平台退款' }] } })
