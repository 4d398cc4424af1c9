import { z } from 'zod'
import type { Alert } from '../../domain/alert.ts'
import { ALERT_RULE_NAMES } from '../../domain/alert-rules.ts'
import { alertWording } from '../../domain/alert-wording.ts'
import { idSchema, instantSchema } from './envelope.ts'
import { textField } from './fields.ts'

export const ALERT_STATUSES = ['firing', 'resolved'] as const
export const ALERT_SEVERITIES = ['info', 'warning', 'critical'] as const

export const bilingualSchema = z.strictObject({ zh: z.string(), en: z.string() }).meta({ id: 'Bilingual' })

export const alertSchema = z
  .strictObject({
    id: idSchema,
    rule: z.enum(ALERT_RULE_NAMES),
    subject: z.string().meta({ description: '区分同一规则的不同告警' }),
    severity: z.enum(ALERT_SEVERITIES),
    title: bilingualSchema,
    text: bilingualSchema.meta({ description: '该怎么办' }),
    facts: z.record(z.string(), z.union([z.string(), z.number()])),
    status: z.enum(ALERT_STATUSES),
    acknowledged: z.strictObject({ by: z.string(), note: z.string().nullable(), at: instantSchema }).nullable(),
    occurrences: z.int(),
    firstAt: instantSchema,
    lastAt: instantSchema,
    resolvedAt: instantSchema.nullable(),
  })
  .meta({ id: 'Alert', description: '需要人知道的状况或事件' })

export const alertJson = (alert: Alert): z.output<typeof alertSchema> => ({
  id: alert.id,
  rule: alert.rule,
  subject: alert.subject,
  severity: alert.severity,
  ...alertWording(alert),
  facts: alert.facts,
  status: alert.status,
  acknowledged: acknowledgedJson(alert.acknowledgement),
  occurrences: alert.occurrences,
  firstAt: alert.firstAt.toISOString(),
  lastAt: alert.lastAt.toISOString(),
  resolvedAt: alert.status === 'resolved' ? alert.resolvedAt.toISOString() : null,
})

const acknowledgedJson = (seen: Alert['acknowledgement']) =>
  seen === undefined ? null : { by: seen.by, note: seen.note ?? null, at: seen.at.toISOString() }

export const acknowledgeAlertBody = z
  .strictObject({ note: textField(1, 500, 'lines').meta({ description: '记入告警和审计' }).optional() })
  .default({})
  .meta({ id: 'AcknowledgeAlert', override: { examples: [{ note: '已联系渠道' }] } })
