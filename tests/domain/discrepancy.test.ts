import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Difference,
  type Discrepancy,
  type DiscrepancyEvent,
  type DiscrepancyResolution,
  openDiscrepancy,
  transitionDiscrepancy,
} from '../../src/domain/discrepancy.ts'
import { fen } from '../../src/domain/money.ts'
import { difference, discrepancy, minute, refundNo } from '../support/builders.ts'

const word = { note: '已核对', by: 'boss', at: minute(20) } as const
const back = { refundNo: refundNo(1), amount: fen(9900) } as const
const { note: _note, returning: _returning, status: _status, ...facts } = discrepancy()
const resolvedAs = (resolution: DiscrepancyResolution): Discrepancy => ({
  ...facts,
  ...word,
  status: 'resolved',
  resolution,
})

const states = {
  open: discrepancy(),
  'open and asked': { ...discrepancy(), note: '查无此单' },
  'open and returning': { ...discrepancy(), returning: back },
  healed: resolvedAs('healed'),
  gone: resolvedAs('gone'),
  synced: resolvedAs('sync'),
  refunded: resolvedAs('refund'),
  ignored: { ...facts, ...word, status: 'ignored' },
} as const satisfies Record<string, Discrepancy>

const events = {
  'found alike': { type: 'found', difference: difference() },
  'found otherwise': { type: 'found', difference: difference({ remoteAmount: fen(1), class: 'amount_differs' }) },
  asked: { type: 'asked', note: '未支付' },
  returning: { type: 'returning', returning: back },
  'returning under another number': { type: 'returning', returning: { ...back, refundNo: refundNo(2) } },
  'return refused': { type: 'return_refused', note: '余额不足' },
  healed: { type: 'resolved', resolution: 'healed', ...word, by: 'system' },
  gone: { type: 'resolved', resolution: 'gone', ...word, by: 'system' },
  synced: { type: 'resolved', resolution: 'sync', ...word },
  refunded: { type: 'resolved', resolution: 'refund', ...word },
  ignored: { type: 'ignored', ...word },
} as const satisfies Record<string, DiscrepancyEvent>

const OPEN = {
  'found alike': 'silent',
  'found otherwise': 'open',
  asked: 'open',
  returning: 'open',
  'returning under another number': 'open',
  'return refused': 'silent',
  healed: 'resolved',
  gone: 'resolved',
  synced: 'resolved',
  refunded: 'resolved',
  ignored: 'ignored',
} as const

/** What a person decided, or what ended it, stands; only being found says otherwise where nobody decided. */
const ended = (found: 'silent' | 'open') =>
  ({
    'found alike': found,
    'found otherwise': found,
    asked: 'DISCREPANCY_SETTLED',
    returning: 'DISCREPANCY_SETTLED',
    'returning under another number': 'DISCREPANCY_SETTLED',
    'return refused': 'DISCREPANCY_SETTLED',
    healed: 'silent',
    gone: 'silent',
    synced: 'silent',
    refunded: 'silent',
    ignored: 'silent',
  }) as const

const outcomes: Record<keyof typeof states, Record<keyof typeof events, string>> = {
  open: OPEN,
  'open and asked': OPEN,
  'open and returning': {
    ...OPEN,
    returning: 'silent',
    'returning under another number': 'RETURN_UNDER_WAY',
    'return refused': 'open',
    healed: 'RETURN_UNDER_WAY',
    gone: 'RETURN_UNDER_WAY',
    synced: 'RETURN_UNDER_WAY',
    ignored: 'RETURN_UNDER_WAY',
  },
  // Found as it was before the gateway was asked: its answer still stands.
  healed: { ...ended('open'), 'found alike': 'silent' },
  gone: ended('open'),
  synced: ended('silent'),
  refunded: ended('silent'),
  ignored: ended('silent'),
}

const answer = (state: Discrepancy, event: DiscrepancyEvent): string =>
  transitionDiscrepancy(Object.freeze(state), Object.freeze(event)).match(
    (next) => (next === state ? 'silent' : next.status),
    ({ code }) => code,
  )

const step = (state: Discrepancy, event: DiscrepancyEvent): Discrepancy =>
  transitionDiscrepancy(state, event)._unsafeUnwrap()

describe('every event in every state of a discrepancy', () => {
  for (const [stateName, row] of Object.entries(outcomes))
    for (const [eventName, outcome] of Object.entries(row))
      it(`says "${outcome}" where one that is ${stateName} is told "${eventName}"`, () => {
        // The keys of the table are those of the two records.
        const state = states[stateName as keyof typeof states]
        expect(answer(state, events[eventName as keyof typeof events])).toBe(outcome)
      })
})

describe('a discrepancy', () => {
  it('is opened with all that was found, and nothing else', () => {
    const { id, provider, day, foundAt } = discrepancy()
    expect(openDiscrepancy(difference(), { id, provider, day, foundAt })).toStrictEqual(discrepancy())
  })

  it('takes over whatever is found otherwise, and keeps its name, its day and what was answered', () => {
    const changed: Partial<Difference>[] = [
      { class: 'amount_differs' },
      { outTradeNo: 'other' },
      { refundNo: refundNo(9) },
      { transactionId: 'other' },
      { localAmount: fen(1) },
      { remoteAmount: undefined },
      { localStatus: 'closed' },
      { remoteStatus: 'REFUND' },
      { rowText: 'another line' },
      { withinDrift: true },
    ]
    for (const given of changed) {
      const again = step(states['open and asked'], { type: 'found', difference: difference(given) })
      expect(again).toStrictEqual({ ...states['open and asked'], ...given })
    }
  })

  it('forgets how it ended where it is found again, but not when it was found first', () => {
    const again = step(states.healed, events['found otherwise'])
    expect(again).toStrictEqual({ ...discrepancy(), ...events['found otherwise'].difference })
  })

  it('keeps the first word that was said of it', () => {
    const said = step(discrepancy(), events.ignored)
    expect(said).toStrictEqual(states.ignored)
    expect(step(said, { ...events.synced, note: 'another', by: 'other' })).toBe(said)
  })

  it('is open to another number once the gateway has refused the first', () => {
    const refused = step(states['open and returning'], events['return refused'])
    expect(refused).toStrictEqual({ ...discrepancy(), note: '余额不足' })
    expect(step(refused, events['returning under another number'])).toMatchObject({
      returning: { refundNo: refundNo(2) },
    })
  })

  it('ends with its own refund where its money is on its way back, and tells of it in the error else', () => {
    expect(step(states['open and returning'], events.refunded)).toStrictEqual(states.refunded)
    expect(transitionDiscrepancy(states['open and returning'], events.synced)._unsafeUnwrapErr()).toEqual({
      code: 'RETURN_UNDER_WAY',
      refundNo: refundNo(1),
    })
  })
})

const anyDifference: fc.Arbitrary<Difference> = fc
  .record({
    class: fc.constantFrom<Difference['class'][]>(
      'amount_differs',
      'status_differs',
      'missing_local',
      'missing_remote',
    ),
    localAmount: fc.constantFrom(fen(9900), fen(1), undefined),
    remoteAmount: fc.constantFrom(fen(9900), fen(2), undefined),
    localStatus: fc.constantFrom('pending', 'paid', undefined),
    withinDrift: fc.boolean(),
  })
  .map((given) => difference(given))

const anyWord = fc.record({
  note: fc.constantFrom('甲', '乙'),
  by: fc.constantFrom('boss', 'system'),
  at: fc.constantFrom(minute(20), minute(30)),
})

const anyEvent: fc.Arbitrary<DiscrepancyEvent> = fc.oneof(
  anyDifference.map((found) => ({ type: 'found' as const, difference: found })),
  fc.constantFrom('甲', '乙').map((note) => ({ type: 'asked' as const, note })),
  fc
    .constantFrom(refundNo(1), refundNo(2))
    .map((no) => ({ type: 'returning' as const, returning: { refundNo: no, amount: fen(9900) } })),
  fc.constantFrom('甲', '乙').map((note) => ({ type: 'return_refused' as const, note })),
  fc
    .tuple(anyWord, fc.constantFrom<DiscrepancyResolution[]>('healed', 'gone', 'sync', 'refund'))
    .map(([said, resolution]) => ({ type: 'resolved' as const, resolution, ...said })),
  anyWord.map((said) => ({ type: 'ignored' as const, ...said })),
)

const anyState: fc.Arbitrary<Discrepancy> = fc
  .array(anyEvent)
  .map((history) =>
    history.reduce<Discrepancy>((state, event) => transitionDiscrepancy(state, event).unwrapOr(state), discrepancy()),
  )

const isDecided = (one: Discrepancy): boolean =>
  one.status === 'ignored' || (one.status === 'resolved' && ['sync', 'refund'].includes(one.resolution))

describe('after any history a discrepancy', () => {
  it('changes nothing when the last accepted event is repeated', () => {
    fc.assert(
      fc.property(anyState, anyEvent, (state, event) => {
        const once = transitionDiscrepancy(state, event)
        fc.pre(once.isOk())
        expect(step(once._unsafeUnwrap(), event)).toBe(once._unsafeUnwrap())
      }),
    )
  })

  it('stays as a person has decided, whatever is found', () => {
    let met = 0
    fc.assert(
      fc.property(anyState.filter(isDecided), fc.array(anyEvent), (state, later) => {
        met += 1
        for (const event of later) transitionDiscrepancy(state, event).map((next) => expect(next).toBe(state))
      }),
    )
    expect(met).toBeGreaterThan(0)
  })

  it('is open with what was found last, unless a person has decided', () => {
    fc.assert(
      fc.property(anyState, anyDifference, (state, found) => {
        fc.pre(!isDecided(state))
        expect(step(state, { type: 'found', difference: found })).toMatchObject({ ...found, status: 'open' })
      }),
    )
  })

  it('goes on until its own refund has ended, once money is on its way back', () => {
    fc.assert(
      fc.property(anyState, anyEvent, (state, event) => {
        fc.pre(state.status === 'open' && state.returning !== undefined)
        if (state.status !== 'open' || state.returning === undefined) return
        const { returning } = state
        transitionDiscrepancy(state, event).map((next) => {
          if (event.type === 'return_refused') expect(next).toMatchObject({ status: 'open', returning: undefined })
          else if (event.type === 'resolved') expect(next).toMatchObject({ status: 'resolved', resolution: 'refund' })
          else expect(next).toMatchObject({ status: 'open', returning })
        })
      }),
    )
  })

  it('still holds what names it', () => {
    fc.assert(
      fc.property(anyState, ({ id, provider, day, foundAt, subject, about }) => {
        expect({ ...discrepancy(), id, provider, day, foundAt, subject, about }).toStrictEqual(discrepancy())
      }),
    )
  })
})
