import { ok } from 'neverthrow'
import { z } from 'zod'
import type { AuditEntry } from '../../application/audit/audit-log.ts'
import { agePageFields, pageJson, split } from './age-page.ts'
import { API } from './base-path.ts'
import type { HttpDeps } from './deps.ts'
import { idSchema, instantSchema, listOf } from './envelope.ts'
import { textField } from './fields.ts'
import { jsonRoute } from './json-route.ts'
import type { Route } from './route.ts'

export const auditEntrySchema = z
  .strictObject({
    id: idSchema,
    actor: z.string(),
    action: z.string().meta({ examples: ['product.update'] }),
    subject: z.string().meta({ description: '操作对象的标识' }),
    reason: z.string().nullable(),
    before: z.unknown().meta({ description: '操作前的内部记录；金额以分为单位' }),
    after: z.unknown().meta({ description: '操作后的内部记录；金额以分为单位' }),
    requestId: z.string(),
    ip: z.string().nullable(),
    at: instantSchema,
  })
  .meta({ id: 'AuditEntry' })

export const auditEntryJson = (entry: AuditEntry): z.output<typeof auditEntrySchema> => ({
  id: entry.id,
  actor: entry.actor,
  action: entry.action,
  subject: entry.subject,
  reason: entry.reason ?? null,
  before: entry.before ?? null,
  after: entry.after ?? null,
  requestId: entry.requestId,
  ip: entry.ip ?? null,
  at: entry.at.toISOString(),
})

/** Who did what, when and from where. */
export const adminAuditRoutes = (deps: HttpDeps): readonly Route[] => [
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/admin/audit`,
    access: 'admin',
    permission: 'audit.read',
    tag: '管理',
    summary: '审计记录，新的在前',
    personal: { action: 'audit.search', notedBy: 'route' },
    query: z.strictObject({
      ...agePageFields,
      actor: textField(1, 128).optional(),
      action: textField(1, 64).optional(),
      subject: textField(1, 128).optional(),
    }),
    answer: listOf(auditEntrySchema),
    async handle({ query }) {
      const { filter, page } = split(query)
      return ok(pageJson(await deps.readers.audit.list(filter, page), auditEntryJson))
    },
  }),
]
