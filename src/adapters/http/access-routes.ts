import { err, ok } from 'neverthrow'
import { z } from 'zod'
import { countFailures } from '../../application/count-failures.ts'
import {
  accessCodeJson,
  accessCodeSchema,
  activateCodeBody,
  activationJson,
  activationSchema,
  entitlementJson,
  entitlementSchema,
  pointsEntryJson,
  pointsEntrySchema,
  productAccessJson,
  productAccessSchema,
} from './access-json.ts'
import { nameOf } from './access.ts'
import { admitFrom } from './admit-creation.ts'
import { pageJson } from './age-page.ts'
import { currentAccess } from '../../domain/entitlement.ts'
import { API } from './base-path.ts'
import { countableAddress } from './client-address.ts'
import { ageCursorField, limitField, toCursor } from './cursor.ts'
import type { HttpDeps } from './deps.ts'
import { dataOf, listOf } from './envelope.ts'
import { idField } from './fields.ts'
import { jsonRoute } from './json-route.ts'
import type { Route } from './route.ts'

const tag = '权益与积分'

/** What the caller has: bought codes, access, points. */
export const accessRoutes = (deps: HttpDeps): readonly Route[] => [
  activateRoute(deps),
  codesRoute(deps),
  accessListRoute(deps),
  productAccessRoute(deps),
  pointsRoute(deps),
  entriesRoute(deps),
]

const activateRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'POST',
    path: `${API}/access-codes/activate`,
    access: 'user',
    tag,
    summary: '使用兑换码；同一用户重复使用得到首次的结果',
    body: activateCodeBody,
    idempotent: true,
    answer: dataOf(activationSchema),
    problems: ['ACCESS_CODE_INVALID', 'RISK_DENIED', 'RATE_LIMITED'],
    async handle({ caller, body, ip }) {
      const admission = await admitFrom(deps, { action: 'activate_code', caller, ip })
      if (admission.isErr()) return err(admission.error)
      const { codeFailuresPerUser, codeFailuresPerIp } = deps.limits
      const limits = [
        { limiter: codeFailuresPerUser, key: nameOf(caller) },
        { limiter: codeFailuresPerIp, key: countableAddress(ip) },
      ]
      const granted = await countFailures(limits, () => deps.activateCode({ typed: body.code, userId: caller.userId }))
      return granted.map((entitlement) => ({ data: activationJson(entitlement) }))
    },
  })

const codesRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/access-codes`,
    access: 'user',
    tag,
    summary: '我购买的兑换码，新的在前',
    query: z.strictObject({ limit: limitField, cursor: ageCursorField.optional() }),
    answer: listOf(accessCodeSchema),
    async handle({ caller, query: { limit, cursor } }) {
      const page = await deps.readers.accessCodes.listByBuyer(caller.userId, { limit, after: toCursor(cursor) })
      return ok(pageJson(page, accessCodeJson))
    },
  })

const accessListRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/access`,
    access: 'user',
    tag,
    summary: '我的有效或将生效的权益，新的在前',
    query: z.strictObject({ limit: limitField, cursor: ageCursorField.optional() }),
    answer: listOf(entitlementSchema),
    async handle({ caller, query: { limit, cursor } }) {
      const asked = { limit, after: toCursor(cursor) }
      const page = await deps.readers.entitlements.listLasting(caller.userId, deps.clock.now(), asked)
      return ok(pageJson(page, entitlementJson))
    },
  })

const productAccessRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/access/:productId`,
    access: 'user',
    tag,
    summary: '我对一个商品的有效权益',
    params: z.strictObject({ productId: idField }),
    answer: dataOf(productAccessSchema),
    problems: ['NOT_FOUND'],
    async handle({ caller, params: { productId } }) {
      const entitlements = await deps.readers.entitlements.listByUser(caller.userId, productId)
      const access = currentAccess(productId, entitlements, deps.clock.now())
      return access === undefined ? err({ code: 'NOT_FOUND' }) : ok({ data: productAccessJson(access) })
    },
  })

const pointsRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/points`,
    access: 'user',
    tag,
    summary: '我的积分余额',
    answer: dataOf(z.strictObject({ balance: z.int() }).meta({ id: 'Points' })),
    async handle({ caller }) {
      const { value } = await deps.readers.points.account(caller.userId)
      return ok({ data: { balance: value.balance } })
    },
  })

const entriesRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/points/entries`,
    access: 'user',
    tag,
    summary: '我的积分明细，新的在前',
    query: z.strictObject({ limit: limitField, cursor: ageCursorField.optional() }),
    answer: listOf(pointsEntrySchema),
    async handle({ caller, query: { limit, cursor } }) {
      const page = await deps.readers.points.entries(caller.userId, { limit, after: toCursor(cursor) })
      return ok(pageJson(page, pointsEntryJson))
    },
  })
