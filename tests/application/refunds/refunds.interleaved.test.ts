import * as fc from 'fast-check'
import { err, ok, type Result } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import type { GatewayError, RefundState } from '../../../src/application/payments/payment-gateway.ts'
import type { RefundApproval } from '../../../src/application/refunds/request-refund.ts'
import { fen } from '../../../src/domain/money.ts'
import { minute } from '../../support/builders.ts'
import { expectMoneyConserved, PRICE, type RefundWorld, refundWorld } from './refund-world.ts'

type Fate = 'success' | 'processing' | 'abnormal' | 'closed' | 'rejected' | 'lost before' | 'lost after'

/** A gateway with books of its own, whose answers come when the scheduler lets them: it never gives back more than was paid. */
const bookkeeping = (made: RefundWorld, schedule: fc.Scheduler, fates: readonly Fate[]) => {
  const books = new Map<string, { readonly amount: number; state: 'processing' | 'abnormal' | 'success' | 'closed' }>()
  const live = () => [...books.values()].filter(({ state }) => state !== 'closed')
  let calls = 0
  const stateOf = (refundNo: string): RefundState => {
    const known = books.get(refundNo)
    if (known === undefined) return { state: 'not_found' }
    const refundId = `50${refundNo}`
    switch (known.state) {
      case 'success':
        return { state: 'success', refundId, amount: fen(known.amount), at: minute(20) }
      case 'closed':
        return { state: 'closed', refundId, reason: 'CLOSED' }
      case 'processing':
      case 'abnormal':
        return { state: known.state, refundId }
    }
  }
  const take = (refundNo: string, amount: number): Result<RefundState, GatewayError> => {
    if (books.has(refundNo)) return ok(stateOf(refundNo))
    const fate = fates[calls % fates.length] ?? 'success'
    calls += 1
    const refused = { code: 'GATEWAY_REJECTED', gatewayCode: 'NO_AUTH', message: '' } as const
    const lost = { code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' } as const
    if (fate === 'rejected') return err(refused)
    if (fate === 'lost before') return err(lost)
    if (live().reduce((sum, one) => sum + one.amount, amount) > PRICE) return err(refused)
    books.set(refundNo, { amount, state: fate === 'lost after' ? 'success' : fate })
    return fate === 'lost after' ? err(lost) : ok(stateOf(refundNo))
  }
  const gateway = made.refunds.gateways.find('wechat')
  if (gateway === undefined) throw new Error('no gateway')
  Object.assign(gateway, {
    refund: ({ refundNo, amount }: { readonly refundNo: string; readonly amount: number }) =>
      schedule.schedule(Promise.resolve()).then(() => take(refundNo, amount)),
    queryRefund: ({ refundNo }: { readonly refundNo: string }) =>
      schedule.schedule(Promise.resolve()).then(() => ok(stateOf(refundNo))),
  })
  return {
    /** What is under way there comes to its end. */
    finish: () => {
      for (const one of books.values()) if (one.state !== 'closed') one.state = 'success'
    },
    returned: () => [...books.values()].reduce((sum, one) => sum + (one.state === 'success' ? one.amount : 0), 0),
  }
}

type Step =
  | { readonly type: 'request'; readonly amount: number; readonly number: number }
  | { readonly type: 'approve' | 'reject' | 'retry' | 'read'; readonly number: number }
  | { readonly type: 'later' }

const anyNumber = fc.nat({ max: 4 })
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constant('request' as const), amount: fc.integer({ min: 1, max: PRICE }), number: anyNumber }),
  fc.record({ type: fc.constant('request' as const), amount: fc.constant(PRICE / 3), number: anyNumber }),
  fc.record({ type: fc.constantFrom('approve', 'reject', 'retry', 'read'), number: anyNumber }),
  fc.constant({ type: 'later' as const }),
)
const anyFate = fc.constantFrom<Fate>(
  'success',
  'processing',
  'abnormal',
  'closed',
  'rejected',
  'lost before',
  'lost after',
)

const take = (made: RefundWorld, step: Step): Promise<unknown> => {
  switch (step.type) {
    case 'request':
      return made.request({ refundNo: `R${step.number}`, amount: fen(step.amount) })
    case 'approve':
      return made.approve(`R${step.number}`)
    case 'reject':
      return made.reject(`R${step.number}`, { reason: '试' })
    case 'retry':
      return made.retry(`R${step.number}`)
    case 'read':
      return made.find(`R${step.number}`)
    case 'later':
      return made.later(20_000)
  }
}

describe('refunds of one payment, in whatever order their steps and answers come', () => {
  it('keep paid = kept + refunded + refunding, and end with the gateway’s own sum', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(anyStep, { minLength: 1, maxLength: 12 }),
        fc.array(anyFate, { minLength: 1, maxLength: 5 }),
        fc.constantFrom<RefundApproval>('auto', 'manual'),
        async (schedule, steps, fates, approval) => {
          const made = await refundWorld({ approval })
          const books = bookkeeping(made, schedule, fates)
          const all = Promise.all(steps.map((step) => take(made, step)))
          const progress = { over: false }
          void all.finally(() => {
            progress.over = true
          })
          for (let turn = 0; !progress.over && turn < 500; turn += 1) {
            await new Promise((resolve) => setImmediate(resolve))
            if (schedule.count() > 0) await schedule.waitOne()
            await expectMoneyConserved(made)
          }
          await all
          books.finish()
          for (let turn = 0; turn < 6; turn += 1) {
            const jobs = made.later(60_000)
            await schedule.waitFor(jobs)
          }
          const { returned } = await expectMoneyConserved(made)
          const givenUp = (await made.audited()).some(({ action }) => action === 'refund.give_up')
          if (!givenUp) expect(returned).toBe(books.returned())
        },
      ),
      { numRuns: 60 },
    )
  })
})
