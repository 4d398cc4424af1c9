import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needsPermission } from '../../../src/adapters/http/access.ts'
import type { Route } from '../../../src/adapters/http/route.ts'
import { OPERATOR_ROLES, type OperatorRole } from '../../../src/domain/operator.ts'
import { LEAST_ROLES, mayDo } from '../../../src/domain/permission.ts'
import { hire, signedIn, type TestBrowser } from './console.ts'
import { type Service, startService } from './service.ts'

let service: Service
const browsers = new Map<OperatorRole, TestBrowser>()
beforeAll(async () => {
  service = await startService()
  for (const role of OPERATOR_ROLES) {
    await hire(service, `a-${role}`, role)
    browsers.set(role, await signedIn(service, `a-${role}`))
  }
})
afterAll(() => service.stop())

const routes = (): Route[] => service.app.routes.filter(({ access }) => needsPermission(access))

describe.each(OPERATOR_ROLES)('a %s', (role) => {
  it('is let in to the routes of the role and to no other', async () => {
    expect(routes().length).toBeGreaterThan(40)
    for (const { method, path, permission } of routes()) {
      if (permission === undefined) throw new Error(`${path} has no permission`)
      // A field nobody knows: whoever is let in is told so, before anything is done.
      const asked = `${path.replaceAll(/:\w+/g, 'x')}?unknown=1`
      const reply = await browsers.get(role)?.call(method, asked, { body: method === 'GET' ? undefined : {} })
      const isIn = mayDo(role, permission)
      expect([method, path, reply?.status === 403]).toEqual([method, path, !isIn])
      if (isIn) expect([400, 404], `${method} ${path}`).toContain(reply?.status)
    }
  })
})

describe('the permissions', () => {
  it('are each there for some route', () => {
    const used = new Set(routes().map(({ permission }) => permission))
    expect(Object.keys(LEAST_ROLES).filter((permission) => !used.has(permission as never))).toEqual([])
  })

  it('are what docs/security.md says of each role', async () => {
    const { readFileSync } = await import('node:fs')
    const text = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8')
    for (const role of OPERATOR_ROLES) {
      const [row = ''] = text.split('\n').filter((line) => line.startsWith(`| \`${role}\``))
      const own = Object.entries(LEAST_ROLES).filter(([, least]) => least === role)
      expect([role, (row.match(/[a-z]+\.[a-z]+/g) ?? []).sort()]).toEqual([role, own.map(([name]) => name).sort()])
    }
  })
})
