import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AccessCode,
  type AccessCodeDomainEvent,
  type AccessCodeEvent,
  type AccessCodeStatus,
  shownStatus,
  transitionAccessCode,
} from '../../src/domain/access-code.ts'
import { anyAccessCode, anyCodeEvent, anyInstant, anyUserId } from '../support/arbitraries.ts'
import { activatedCode, availableCode, expiredCode, frozenCode, minute, revokedCode } from '../support/builders.ts'
import { machineContract } from './machine-contract.ts'

const lapsesAt = minute(60)
const { activatedBy: owner } = activatedCode()

const states = {
  available: availableCode({ expiresAt: lapsesAt }),
  frozen: frozenCode({ expiresAt: lapsesAt }),
  activated: activatedCode({ expiresAt: lapsesAt }),
  expired: expiredCode({ expiresAt: lapsesAt }),
  revoked: revokedCode({ expiresAt: lapsesAt }),
} as const satisfies Record<AccessCodeStatus, AccessCode>

const events = {
  'activated in time': { type: 'activated', userId: owner, at: minute(59) },
  'activated too late': { type: 'activated', userId: owner, at: lapsesAt },
  'activated by somebody else': { type: 'activated', userId: 'user-2', at: minute(59) },
  frozen: { type: 'frozen', at: minute(59) },
  unfrozen: { type: 'unfrozen', at: minute(59) },
  expired: { type: 'expired', at: minute(60) },
  revoked: { type: 'revoked', at: minute(59) },
} as const satisfies Record<string, AccessCodeEvent>

const gone = {
  'activated in time': 'CODE_NOT_AVAILABLE',
  'activated too late': 'CODE_NOT_AVAILABLE',
  'activated by somebody else': 'CODE_NOT_AVAILABLE',
  frozen: 'CODE_NOT_AVAILABLE',
  unfrozen: 'CODE_NOT_AVAILABLE',
} as const

machineContract<AccessCode, AccessCodeEvent>({
  name: 'access code',
  transition: transitionAccessCode,
  states,
  events,
  outcomes: {
    available: {
      'activated in time': '→ activated',
      'activated too late': 'CODE_LAPSED',
      'activated by somebody else': '→ activated',
      frozen: '→ frozen',
      unfrozen: 'silent',
      expired: '→ expired',
      revoked: '→ revoked',
    },
    frozen: {
      'activated in time': 'CODE_NOT_AVAILABLE',
      'activated too late': 'CODE_NOT_AVAILABLE',
      'activated by somebody else': 'CODE_NOT_AVAILABLE',
      frozen: 'silent',
      unfrozen: '→ available',
      expired: '→ expired',
      revoked: '→ revoked',
    },
    activated: {
      'activated in time': 'silent',
      'activated too late': 'silent',
      'activated by somebody else': 'CODE_NOT_AVAILABLE',
      frozen: 'CODE_NOT_AVAILABLE',
      unfrozen: 'CODE_NOT_AVAILABLE',
      expired: '→ expired',
      revoked: 'CODE_NOT_AVAILABLE',
    },
    expired: { ...gone, expired: 'silent', revoked: 'CODE_NOT_AVAILABLE' },
    revoked: { ...gone, expired: 'CODE_NOT_AVAILABLE', revoked: 'silent' },
  } satisfies Record<keyof typeof states, Record<keyof typeof events, string>>,
  arrows: [
    'available → activated',
    'available → frozen',
    'available → expired',
    'available → revoked',
    'frozen → available',
    'frozen → expired',
    'frozen → revoked',
    'activated → expired',
  ],
  final: ['expired', 'revoked'],
  start: availableCode(),
  anyState: anyAccessCode,
  anyEvent: anyCodeEvent,
})

describe('the access code', () => {
  it('remembers who activated it and when', () => {
    expect(transitionAccessCode(states.available, events['activated in time'])._unsafeUnwrap()).toEqual([
      activatedCode({ expiresAt: lapsesAt, activatedAt: minute(59) }),
      [
        {
          type: 'access_code.activated',
          codeId: states.available.id,
          userId: activatedCode().activatedBy,
          at: minute(59),
        },
      ],
    ])
  })

  it('never lapses where it has no last day', () => {
    const code = availableCode({ expiresAt: undefined })
    fc.assert(
      fc.property(anyUserId, anyInstant, (userId, at) => {
        expect(transitionAccessCode(code, { type: 'activated', userId, at }).isOk()).toBe(true)
      }),
    )
  })

  it('is activated at most once and by one user, whoever tries before and afterwards', () => {
    fc.assert(
      fc.property(fc.array(anyCodeEvent), (history) => {
        const accepted = { users: new Set<string>(), announcements: 0 }
        history.reduce<AccessCode>((code, event) => {
          const result = transitionAccessCode(code, event)
          if (result.isErr()) return code
          const [next, announced] = result.value
          if (event.type === 'activated') {
            accepted.users.add(event.userId)
            accepted.announcements += announced.length
            expect(next).toMatchObject({ status: 'activated', activatedBy: event.userId })
          }
          return next
        }, availableCode())
        expect(accepted.users.size).toBe(accepted.announcements)
        expect(accepted.announcements).toBeLessThanOrEqual(1)
      }),
      { numRuns: 500 },
    )
  })
})

describe('what is shown of an access code', () => {
  it('is its status, and a frozen one is still available', () => {
    const shown = Object.values(states).map((code) => [code.status, shownStatus(code)])
    expect(Object.fromEntries(shown)).toEqual({
      available: 'available',
      frozen: 'available',
      activated: 'activated',
      expired: 'expired',
      revoked: 'revoked',
    })
  })
})

describe('the news of an access code', () => {
  const heard = (event: AccessCodeDomainEvent): AccessCodeStatus => {
    switch (event.type) {
      case 'access_code.issued':
      case 'access_code.unfrozen':
        return 'available'
      case 'access_code.frozen':
        return 'frozen'
      case 'access_code.activated':
        return 'activated'
      case 'access_code.expired':
        return 'expired'
      case 'access_code.revoked':
        return 'revoked'
    }
  }

  it('adds up to the state it is in', () => {
    fc.assert(
      fc.property(fc.array(anyCodeEvent), (history) => {
        let code: AccessCode = availableCode()
        let known: AccessCodeStatus = 'available'
        for (const event of history)
          transitionAccessCode(code, event).map(([next, announced]) => {
            code = next
            for (const news of announced) {
              known = heard(news)
              expect(news.codeId).toBe(code.id)
              if (news.type === 'access_code.activated') expect(code).toMatchObject({ activatedBy: news.userId })
            }
          })
        expect(known).toBe(code.status)
      }),
      { numRuns: 500 },
    )
  })
})
