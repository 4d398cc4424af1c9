import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fen } from '../../src/domain/money.ts'
import {
  type ReconciliationRun,
  type ReconciliationSummary,
  type RunEvent,
  type RunTransition,
  transitionRun,
} from '../../src/domain/reconciliation.ts'
import { entityId, minute, runningRun } from '../support/builders.ts'

const summary = (matched: number): ReconciliationSummary => ({
  remoteCount: matched,
  localCount: matched,
  matched,
  amountDiffers: 0,
  statusDiffers: 0,
  missingLocal: 0,
  missingRemote: 0,
  unreadable: 0,
  remoteAmount: fen(100),
  localAmount: fen(100),
  remoteRefunds: fen(0),
  localRefunds: fen(0),
  feesFen: -1,
  netFen: 99,
})

const at = minute(30)
const { status: _, billId: _none, ...facts } = runningRun()

const states = {
  running: runningRun(),
  'running with its bill': runningRun({ billId: entityId(710) }),
  waiting: { ...facts, status: 'waiting', reason: 'BILL_NOT_READY' },
  completed: { ...facts, status: 'completed', summary: summary(1), finishedAt: at },
  failed: { ...facts, status: 'failed', reason: 'NO_AUTH', finishedAt: at },
} as const satisfies Record<string, ReconciliationRun>

const events = {
  begun: { type: 'begun' },
  'bill kept': { type: 'bill_kept', billId: entityId(710) },
  'put off': { type: 'put_off', reason: 'BILL_NOT_READY' },
  completed: { type: 'completed', summary: summary(1), at },
  failed: { type: 'failed', reason: 'NO_AUTH', at },
} as const satisfies Record<string, RunEvent>

const UNDER_WAY = { 'bill kept': 'running', 'put off': 'waiting', completed: 'completed', failed: 'failed' } as const
const ENDED = {
  begun: 'RUN_ENDED',
  'bill kept': 'RUN_ENDED',
  'put off': 'RUN_ENDED',
  completed: 'RUN_ENDED',
  failed: 'RUN_ENDED',
} as const

const outcomes: Record<keyof typeof states, Record<keyof typeof events, string>> = {
  running: { ...UNDER_WAY, begun: 'silent' },
  'running with its bill': { ...UNDER_WAY, begun: 'silent', 'bill kept': 'silent' },
  waiting: { ...UNDER_WAY, begun: 'running', 'put off': 'silent' },
  completed: { ...ENDED, completed: 'silent' },
  failed: { ...ENDED, failed: 'silent' },
}

const answer = (state: ReconciliationRun, event: RunEvent): string =>
  transitionRun(Object.freeze(state), Object.freeze(event)).match(
    ([next]) => (next === state ? 'silent' : next.status),
    ({ code }) => code,
  )

const step = (state: ReconciliationRun, event: RunEvent): RunTransition => transitionRun(state, event)._unsafeUnwrap()

describe('every event in every state of a reconciliation run', () => {
  for (const [stateName, row] of Object.entries(outcomes))
    for (const [eventName, outcome] of Object.entries(row))
      it(`says "${outcome}" where one that is ${stateName} is told "${eventName}"`, () => {
        // The keys of the table are those of the two records.
        const state = states[stateName as keyof typeof states]
        expect(answer(state, events[eventName as keyof typeof events])).toBe(outcome)
      })
})

describe('a reconciliation run', () => {
  it('begins anew without a bill after it has waited', () => {
    expect(step(states.waiting, events.begun)).toStrictEqual([states.running, []])
  })

  it('goes by the bill that was kept last', () => {
    const [kept] = step(states.waiting, events['bill kept'])
    expect(kept).toStrictEqual(states['running with its bill'])
    expect(step(kept, { type: 'bill_kept', billId: entityId(711) })[0]).toMatchObject({ billId: entityId(711) })
  })

  it('announces its end, once', () => {
    const [completed, news] = step(states.running, events.completed)
    expect(completed).toStrictEqual(states.completed)
    expect(news).toEqual([{ type: 'reconciliation.completed', runId: runningRun().id, at }])
    expect(step(completed, { type: 'completed', summary: summary(9), at: minute(99) })).toEqual([states.completed, []])
  })

  it('announces that it failed, and why, once', () => {
    const [failed, news] = step(states.waiting, events.failed)
    expect(failed).toStrictEqual(states.failed)
    expect(news).toEqual([{ type: 'reconciliation.failed', runId: runningRun().id, reason: 'NO_AUTH', at }])
    expect(step(failed, { type: 'failed', reason: 'other', at: minute(99) })).toEqual([states.failed, []])
  })

  it('tells in which state it has ended', () => {
    expect(transitionRun(states.failed, events.completed)._unsafeUnwrapErr()).toEqual({
      code: 'RUN_ENDED',
      status: 'failed',
    })
  })
})

const anyEvent: fc.Arbitrary<RunEvent> = fc.oneof(
  fc.constant({ type: 'begun' as const }),
  fc.constantFrom(entityId(710), entityId(711)).map((billId) => ({ type: 'bill_kept' as const, billId })),
  fc.constantFrom('A', 'B').map((reason) => ({ type: 'put_off' as const, reason })),
  fc.nat(3).map((n) => ({ type: 'completed' as const, summary: summary(n), at: minute(n) })),
  fc.nat(3).map((n) => ({ type: 'failed' as const, reason: String(n), at: minute(n) })),
)

const anyRun: fc.Arbitrary<ReconciliationRun> = fc.array(anyEvent, { maxLength: 6 }).map((history) =>
  history.reduce<ReconciliationRun>(
    (run, event) =>
      transitionRun(run, event)
        .map(([next]) => next)
        .unwrapOr(run),
    runningRun(),
  ),
)

describe('after any history a reconciliation run', () => {
  it('changes nothing when the last accepted event is repeated', () => {
    fc.assert(
      fc.property(anyRun, anyEvent, (run, event) => {
        const once = transitionRun(run, event)
        fc.pre(once.isOk())
        const [next] = once._unsafeUnwrap()
        const [again, news] = step(next, event)
        expect(again).toBe(next)
        expect(news).toEqual([])
      }),
    )
  })

  it('stays as it has ended', () => {
    let met = 0
    fc.assert(
      fc.property(anyRun, fc.array(anyEvent), (run, later) => {
        if (run.status === 'running' || run.status === 'waiting') return
        met += 1
        for (const event of later) transitionRun(run, event).map((next) => expect(next).toEqual([run, []]))
      }),
    )
    expect(met).toBeGreaterThan(0)
  })

  it('announces something exactly when it ends, and dates the news with the event', () => {
    fc.assert(
      fc.property(anyRun, anyEvent, (run, event) => {
        transitionRun(run, event).map(([next, news]) => {
          const isEnd = next !== run && (next.status === 'completed' || next.status === 'failed')
          expect(news).toHaveLength(isEnd ? 1 : 0)
          for (const one of news) expect(one).toMatchObject({ at: 'at' in event ? event.at : undefined })
        })
      }),
    )
  })

  it('still holds what it was begun with', () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        expect(run).toMatchObject(facts)
      }),
    )
  })
})
