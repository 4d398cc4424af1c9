import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OPERATOR_ROLES, type OperatorRole } from '../../src/domain/operator.ts'
import { LEAST_ROLES, mayDo, type Permission } from '../../src/domain/permission.ts'

const PERMISSIONS = Object.keys(LEAST_ROLES) as Permission[] // Its own keys.
const anyRole = fc.constantFrom(...OPERATOR_ROLES)
const anyPermission = fc.constantFrom(...PERMISSIONS)
const of = (role: OperatorRole): readonly Permission[] => PERMISSIONS.filter((permission) => mayDo(role, permission))

describe('what operators may do', () => {
  it('grows with the role: whoever is more may do all that others may', () => {
    fc.assert(
      fc.property(anyRole, anyRole, anyPermission, (one, other, permission) => {
        const isMore = OPERATOR_ROLES.indexOf(one) >= OPERATOR_ROLES.indexOf(other)
        expect(!isMore || !mayDo(other, permission) || mayDo(one, permission)).toBe(true)
      }),
    )
  })

  it('is everything for admins, and something more with each role', () => {
    expect(of('admin')).toEqual(PERMISSIONS)
    const counts = OPERATOR_ROLES.map((role) => of(role).length)
    for (const [n, count] of counts.slice(1).entries()) expect(count).toBeGreaterThan(counts[n] ?? 0)
  })

  it('is money from finance on, and access and settings for admins alone', () => {
    const least = (permission: Permission) => OPERATOR_ROLES.find((role) => mayDo(role, permission))
    for (const permission of ['refunds.request', 'refunds.decide', 'reconciliation.resolve'] as const)
      expect(least(permission)).toBe('finance')
    for (const permission of ['operators.manage', 'risk.change', 'webhooks.change', 'codes.export'] as const)
      expect(least(permission)).toBe('admin')
  })

  it('is for viewers nothing that names a customer, and nothing that changes anything', () => {
    expect(of('viewer')).toEqual(['sessions.own', 'statistics.read', 'stock.read', 'alerts.read'])
  })
})
