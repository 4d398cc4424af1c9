import { ok } from 'neverthrow'
import { z } from 'zod'
import { pageJson } from './age-page.ts'
import { API } from './base-path.ts'
import { ageCursorField, limitField, toCursor } from './cursor.ts'
import type { HttpDeps } from './deps.ts'
import { dataOf, listOf } from './envelope.ts'
import { idField } from './fields.ts'
import { INCIDENT_KINDS, incidentJson, incidentSchema, resolveIncidentBody } from './incident-json.ts'
import { jsonRoute } from './json-route.ts'
import { operatorOf } from './operator.ts'
import type { Route } from './route.ts'

const tag = '管理'

/** What needs a person, and that a person has dealt with it. */
export const adminIncidentRoutes = (deps: HttpDeps): readonly Route[] => [
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/admin/incidents`,
    access: 'admin',
    permission: 'incidents.read',
    tag,
    summary: '需要人处理的异常，新的在前',
    personal: { action: 'incident.search', notedBy: 'route' },
    query: z.strictObject({
      limit: limitField,
      cursor: ageCursorField.optional(),
      status: z.enum(['open', 'resolved']).optional(),
      kind: z.enum(INCIDENT_KINDS).optional(),
    }),
    answer: listOf(incidentSchema),
    async handle({ query: { limit, cursor, ...filter } }) {
      const page = await deps.readers.incidents.list(filter, { limit, after: toCursor(cursor) })
      return ok(pageJson(page, incidentJson))
    },
  }),
  jsonRoute(deps, {
    method: 'POST',
    path: `${API}/admin/incidents/:incidentId/resolve`,
    access: 'admin',
    permission: 'incidents.resolve',
    tag,
    summary: '异常已处理；重复提交保留第一次的说明',
    params: z.strictObject({ incidentId: idField }),
    body: resolveIncidentBody,
    idempotent: true,
    answer: dataOf(incidentSchema),
    problems: ['NOT_FOUND'],
    async handle(call) {
      const resolved = await deps.resolveIncident(call.params.incidentId, call.body.note, operatorOf(call))
      return resolved.map((incident) => ({ data: incidentJson(incident) }))
    },
  }),
]
