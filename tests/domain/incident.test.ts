import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  happensAgain,
  type Incident,
  type IncidentEvent,
  type IncidentKind,
  transitionIncident,
} from '../../src/domain/incident.ts'
import { entityId, minute } from '../support/builders.ts'

const KINDS = Object.keys({
  amount_mismatch: 0,
  unknown_order: 0,
  foreign_identity: 0,
  surplus_payment: 0,
  late_payment: 0,
  refund_abnormal: 0,
  points_shortfall: 0,
  contradiction: 0,
} satisfies Record<IncidentKind, 0>) as IncidentKind[] // The keys just checked.

const open = (kind: IncidentKind): Incident => ({
  id: entityId(1),
  kind,
  provider: 'wechat',
  outTradeNo: undefined,
  orderId: undefined,
  evidence: { amountFen: 100 },
  occurrences: 1,
  status: 'open',
  firstSeenAt: minute(1),
  lastSeenAt: minute(1),
})

const resolution = { note: '已退款', by: 'boss', at: minute(5) }
const resolved: IncidentEvent = { type: 'resolved', resolution }
const repeated = (n: number): IncidentEvent => ({ type: 'repeated', evidence: { amountFen: n }, at: minute(n) })

describe('an incident', () => {
  it('is resolved with a note', () => {
    expect(transitionIncident(open('unknown_order'), resolved)).toEqual({
      ...open('unknown_order'),
      status: 'resolved',
      resolution,
    })
  })

  it('keeps its first note, whatever is said later', () => {
    const once = transitionIncident(open('unknown_order'), resolved)
    expect(transitionIncident(once, resolved)).toBe(once)
    expect(transitionIncident(once, { type: 'resolved', resolution: { ...resolution, note: 'other' } })).toBe(once)
  })

  it.each(['amount_mismatch', 'unknown_order', 'foreign_identity', 'contradiction'] as const)(
    'stays resolved where the same message comes once more: %s',
    (kind) => {
      const once = transitionIncident(open(kind), resolved)
      expect(transitionIncident(once, repeated(9))).toEqual({ ...once, occurrences: 2, lastSeenAt: minute(9) })
    },
  )

  it.each(['surplus_payment', 'late_payment', 'refund_abnormal', 'points_shortfall'] as const)(
    'needs a person again where it has happened again: %s',
    (kind) => {
      const again = transitionIncident(transitionIncident(open(kind), resolved), repeated(9))
      expect(again).toEqual({ ...open(kind), occurrences: 2, lastSeenAt: minute(9), evidence: { amountFen: 9 } })
    },
  )

  it('counts every repeat, and is open or resolved as the last word says', () => {
    const anyEvent = fc.oneof(fc.constant(resolved), fc.integer({ min: 2, max: 99 }).map(repeated))
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), fc.array(anyEvent), (kind, events) => {
        const end = events.reduce(transitionIncident, open(kind))
        expect(end.occurrences).toBe(1 + events.filter(({ type }) => type === 'repeated').length)
        const word = happensAgain(kind) ? events.at(-1)?.type : events.find(({ type }) => type === 'resolved')?.type
        expect(end.status).toBe(word === 'resolved' ? 'resolved' : 'open')
      }),
    )
  })
})
