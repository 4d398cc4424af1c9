import { STATUS_CODES } from 'node:http'
import { z } from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi'
import type { Access } from './access.ts'
import { PROBLEMS, type ProblemCode } from './problem.ts'
import { isOptional } from './read-call.ts'
import type { Route, RouteDoc } from './route.ts'
import { SESSION_COOKIE } from './session-cookie.ts'
import { documentedWebhooks } from './webhook-json.ts'

type Described = Route & { readonly doc: RouteDoc }

/** The OpenAPI 3.1 document, made from the very routes and schemas that serve. */
export const openApiDocument = (version: string, routes: readonly Route[]) => {
  const paths: ZodOpenApiPathsObject = {}
  for (const route of routes) {
    if (!isDescribed(route)) continue
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: '收银 Shouyin',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    webhooks: documentedWebhooks(),
    components: {
      securitySchemes: {
        userToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: '用户或管理员的访问令牌' },
        metricsToken: { type: 'http', scheme: 'bearer', description: 'METRICS_TOKEN；未设置时只应答本机与内网地址' },
        operatorSession: {
          type: 'apiKey',
          in: 'cookie',
          name: SESSION_COOKIE,
          description: '操作员登录后的会话；改动类请求还须带 X-CSRF-Token，同时带访问令牌时以令牌为准',
        },
        cashierToken: { type: 'http', scheme: 'bearer', description: '收银台链接中的令牌，只对一个订单有效' },
      },
    },
  })
}

const DESCRIPTION =
  '金额是以元为单位的十进制字符串。失败一律为 RFC 9457 application/problem+json，以 code 区分原因；' +
  'Accept-Language: en 时文字为英文。'

const RECORDED = '显示个人信息：查看记入审计，先记录后应答。'

const isDescribed = (route: Route): route is Described => route.doc !== undefined

const operationOf = (route: Described): ZodOpenApiOperationObject => {
  const { doc } = route
  return {
    operationId: operationIdOf(route),
    summary: doc.summary,
    ...(route.personal === undefined ? {} : { description: RECORDED }),
    tags: [doc.tag],
    security: [...SECURITY[route.access]],
    requestParams: {
      ...(doc.params === undefined ? {} : { path: doc.params }),
      ...(doc.query === undefined ? {} : { query: doc.query }),
      ...(doc.idempotent === true ? { header: idempotencyHeader } : {}),
    },
    ...(doc.body === undefined
      ? {}
      : { requestBody: { required: !isOptional(doc.body), content: { 'application/json': { schema: doc.body } } } }),
    responses: responsesOf(route),
  }
}

const SECURITY = {
  public: [],
  gateway: [],
  user: [{ userToken: [] }],
  payer: [{ userToken: [] }, { cashierToken: [] }],
  owner: [{ userToken: [] }, { operatorSession: [] }],
  admin: [{ userToken: [] }, { operatorSession: [] }],
  session: [{ operatorSession: [] }],
  watcher: [{}, { metricsToken: [] }],
} as const satisfies Record<Access, readonly Readonly<Record<string, []>>[]>

const idempotencyHeader = z.object({
  'Idempotency-Key': z
    .string()
    .regex(/^[ -~]{1,255}$/)
    .optional()
    .meta({ description: '同一键、同一请求体只生效一次，重复时返回首次的应答' }),
})

/** `GET /api/v1/orders/:orderId` is `getOrdersByOrderId`. */
const operationIdOf = ({ method, path }: Route): string => {
  const words = path
    .replace(/^\/api\/v1/, '')
    .split(/[/.-]/)
    .filter((word) => word !== '')
    .map((word) => (word.startsWith(':') ? `By${capital(word.slice(1))}` : capital(word)))
  return method.toLowerCase() + words.join('')
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

type Answers = Readonly<Record<string, { readonly description: string; readonly content?: object }>>

/** One answer for each status: what the route gives, or what it refuses with, or either. */
const responsesOf = (route: Described) => {
  const given = givenAnswers(route.doc)
  const refused = refusedAnswers(route)
  return Object.fromEntries(
    Object.keys({ ...given, ...refused }).map((status) => [
      status,
      {
        description: [given[status], refused[status]].flatMap((one) => one?.description ?? []).join('; '),
        content: { ...given[status]?.content, ...refused[status]?.content },
      },
    ]),
  )
}

const givenAnswers = ({ answers }: RouteDoc): Answers =>
  Object.fromEntries(
    Object.entries(answers).map(([status, { description, type, schema }]) => [
      status,
      { description, ...(type === undefined || schema === undefined ? {} : { content: { [type]: { schema } } }) },
    ]),
  )

const refusedAnswers = (route: Described): Answers => {
  const byStatus = Object.groupBy(new Set(problemsOf(route)), (code) => String(PROBLEMS[code].status))
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, codes]) => [
      status,
      {
        description: `${STATUS_CODES[status] ?? ''}: ${(codes ?? []).join(', ')}`,
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    ]),
  )
}

/** What a route may refuse with by being what it is, beside what it names itself. */
const problemsOf = ({ access, doc }: Described): readonly ProblemCode[] => {
  if (access === 'gateway') return doc.problems
  const everywhere: readonly ProblemCode[] = ['VALIDATION_FAILED', 'INTERNAL_ERROR', 'SERVICE_UNAVAILABLE']
  return [
    ...(access === 'public' ? [] : (['UNAUTHENTICATED'] as const)),
    ...(['admin', 'owner', 'session', 'watcher'].includes(access) ? (['FORBIDDEN'] as const) : []),
    ...(doc.body === undefined ? [] : (['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const)),
    ...(doc.idempotent === true ? (['IDEMPOTENCY_KEY_IN_USE', 'IDEMPOTENCY_KEY_REUSED'] as const) : []),
    ...doc.problems,
    ...everywhere,
  ]
}

const CODES = Object.keys(PROBLEMS)

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    code: z.enum(CODES),
    requestId: z.string(),
    traceId: z.string().optional(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    gatewayCode: z.string().optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' })
