import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WEBHOOK_EVENT_TYPES } from '../../../src/domain/webhook-endpoint.ts'
import { adminToken, type Service, startService, tokenFor } from './service.ts'

let service: Service
// oxlint-disable-next-line typescript/no-explicit-any -- a JSON document that the tests walk through
let document: any
beforeAll(async () => {
  service = await startService()
  document = (await service.call('GET', '/openapi.json')).json
})
afterAll(() => service.stop())

/** Every object anywhere in the document. */
// oxlint-disable-next-line typescript/no-explicit-any -- as above
const nodes = (value: any): any[] =>
  typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(nodes)] : []

type Operation = {
  operationId: string
  summary: string
  security: object[]
  parameters?: { in: string; name: string; required?: boolean; schema: object }[]
  responses: Record<string, { description: string; content?: object }>
}
const operations = (): [path: string, method: string, operation: Operation][] =>
  Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, string, Operation] => [path, method, operation]),
  )

describe('/openapi.json', () => {
  it('is OpenAPI 3.1 and says which version it describes', () => {
    expect(document.openapi).toMatch(/^3\.1\./)
    expect(document.info).toMatchObject({ title: '收银 Shouyin', version: '0.1.0' })
  })

  it('has every route that is served under the base path, and no other', () => {
    const served = service.app.routes
      .filter(({ path }) => path.startsWith('/api/v1/'))
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
    const described = operations().map(([path, method]) => `${method.toUpperCase()} ${path}`)
    expect(described.filter((name) => name.includes('/api/v1/')).sort()).toEqual(served.sort())
    expect(described).toContain('GET /healthz')
    expect(described).toContain('POST /api/v1/payments/{provider}/refund')
  })

  it('refers only to what it has', () => {
    const components = Object.keys(document.components.schemas)
    const schemes = Object.keys(document.components.securitySchemes)
    for (const { $ref } of nodes(document).filter(({ $ref }) => typeof $ref === 'string'))
      expect(components).toContain(String($ref).replace('#/components/schemas/', ''))
    for (const [, , { security }] of operations())
      for (const scheme of security.flatMap((one) => Object.keys(one))) expect(schemes).toContain(scheme)
    expect(components.every((name) => /^[A-Z][A-Za-z]+$/.test(name) && !name.endsWith('Output'))).toBe(true)
  })

  it('names each operation once, and each parameter of its path', () => {
    const ids = operations().map(([, , { operationId }]) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [path, , { parameters = [], summary }] of operations()) {
      expect(summary).not.toBe('')
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
      const described = parameters.filter(({ in: place }) => place === 'path')
      expect(described.map(({ name }) => name).sort()).toEqual(named.sort())
      expect(described.every(({ required }) => required === true)).toBe(true)
    }
  })

  it('has the answers a caller must reckon with', () => {
    for (const [path, method, { responses, security, parameters = [] }] of operations()) {
      const name = `${method} ${path}`
      const statuses = Object.keys(responses)
      expect(
        statuses.some((status) => status.startsWith('2')),
        name,
      ).toBe(true)
      if (!path.endsWith('/notify')) expect(statuses, name).toContain('400') // A query nobody knows, at least.
      if (security.length > 0) expect(statuses, name).toContain('401')
      if (path.includes('/admin/')) expect(statuses, name).toContain('403')
      if (parameters.some(({ name: header }) => header === 'Idempotency-Key')) expect(statuses, name).toContain('422')
      for (const { description } of Object.values(responses)) expect(description).not.toBe('')
    }
    const creating = operations().filter(
      ([path, method]) => method === 'post' && !/\/notify$|\/close\/|\/cancel$|\/session(\/password)?$/.test(path), // Those create nothing.
    )
    for (const [path, , { parameters = [] }] of creating)
      expect(
        parameters.map(({ name }) => name),
        path,
      ).toContain('Idempotency-Key')
  })

  it('has every webhook that is sent, with its body and how it is signed', () => {
    expect(Object.keys(document.webhooks)).toEqual([...WEBHOOK_EVENT_TYPES])
    for (const type of WEBHOOK_EVENT_TYPES) {
      const { post } = document.webhooks[type]
      const { properties } = post.requestBody.content['application/json'].schema
      expect([properties.type.const, Object.keys(properties)]).toEqual([type, ['type', 'timestamp', 'data']])
      const headers = post.parameters.map(({ in: place, name }: { in: string; name: string }) => `${place} ${name}`)
      expect(headers).toEqual(['header webhook-id', 'header webhook-timestamp', 'header webhook-signature'])
    }
  })

  it('gives examples that the service takes', async () => {
    const { schemas } = document.components
    const [token, admin] = [await tokenFor('u1'), await adminToken()]
    const product = await service.sell()
    const send = async (method: string, path: string, as: string, examples: object[]) => {
      expect(examples.length).toBeGreaterThan(0)
      for (const body of examples) {
        const reply = await service.call(method, path, { token: as, body })
        expect([reply.status, reply.json.code]).not.toEqual([400, 'VALIDATION_FAILED'])
      }
    }
    await send('POST', '/api/v1/orders', token, schemas.CreateOrder.examples)
    await send('POST', '/api/v1/payments/wechat/create', token, schemas.CreatePayment.examples)
    await send('POST', '/api/v1/payments/wechat/refund', token, schemas.RequestRefund.examples)
    await send('POST', '/api/v1/access-codes/activate', token, schemas.ActivateCode.examples)
    await send('POST', '/api/v1/admin/products', admin, schemas.CreateProduct.examples)
    await send('POST', '/api/v1/admin/access-codes', admin, schemas.MakeAccessCodes.examples)
    await send('PATCH', `/api/v1/admin/products/${product.id}`, admin, schemas.UpdateProduct.examples)
    await send('POST', '/api/v1/admin/operators', admin, schemas.AddOperator.examples)
    await send('PATCH', '/api/v1/admin/operators/nobody', admin, schemas.ChangeOperator.examples)
    await send('POST', '/api/v1/admin/session', admin, schemas.SignIn.examples)
    await send('POST', '/api/v1/admin/webhook-endpoints', admin, schemas.CreateWebhookEndpoint.examples)
    await send('PATCH', '/api/v1/admin/webhook-endpoints/x', admin, schemas.UpdateWebhookEndpoint.examples)
    await send('POST', '/api/v1/admin/inventory/HAT/adjust', admin, schemas.AdjustInventory.examples)
    await send('POST', '/api/v1/admin/incidents/i1/resolve', admin, schemas.ResolveIncident.examples)
    await send('POST', '/api/v1/admin/access-codes/c1/revoke', admin, schemas.Reason.examples)
  })

  it('describes a page’s limit as what it is', () => {
    const [, , list] = operations().find(([path, method]) => path === '/api/v1/orders' && method === 'get') ?? []
    const limit = list?.parameters?.find(({ name }) => name === 'limit')
    expect(limit?.schema).toEqual({ type: 'integer', minimum: 1, maximum: 100, default: 20, description: '每页条数' })
  })
})
