import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import type { RefreshPayment } from '../../src/application/payments/refresh-payment.ts'
import { shareRefresh } from '../../src/application/payments/share-refresh.ts'
import { pendingPayment } from '../support/builders.ts'

type Answer = Awaited<ReturnType<RefreshPayment>>

const UNCHANGED: Answer = ok({ changed: false })
const CHANGED: Answer = ok({ changed: true })

/** A refresh whose answers the test gives one by one. */
const pausing = () => {
  const asked: { readonly id: string; readonly answer: (answer: Answer) => void }[] = []
  const refresh: RefreshPayment = ({ id }) =>
    new Promise((resolve) => {
      asked.push({ id, answer: resolve })
    })
  const shared = shareRefresh(refresh)
  return { asked, ask: (id = 'p1') => shared(pendingPayment({ id })) }
}

describe('refreshing a payment that others refresh too', () => {
  it('asks once for those who come before the answer, where it changed something', async () => {
    const { asked, ask } = pausing()
    const all = [ask(), ask(), ask()]
    asked[0]?.answer(CHANGED)
    expect(await Promise.all(all)).toEqual([CHANGED, CHANGED, CHANGED])
    expect(asked).toHaveLength(1)
  })

  it('shares a failure: the gateway is not asked again by each', async () => {
    const { asked, ask } = pausing()
    const all = [ask(), ask()]
    const failure: Answer = err({ code: 'GATEWAY_UNAVAILABLE' })
    asked[0]?.answer(failure)
    expect(await Promise.all(all)).toEqual([failure, failure])
    expect(asked).toHaveLength(1)
  })

  it('gives the later ones an answer to a question that left after they came, one for all of them', async () => {
    const { asked, ask } = pausing()
    const first = ask()
    const later = [ask(), ask(), ask()]
    asked[0]?.answer(UNCHANGED)
    expect(await first).toEqual(UNCHANGED)
    await Promise.resolve()
    expect(asked).toHaveLength(2)
    asked[1]?.answer(CHANGED)
    expect(await Promise.all(later)).toEqual([CHANGED, CHANGED, CHANGED])
    expect(asked).toHaveLength(2)
  })

  it('asks anew when nothing is under way, also after a question broke off', async () => {
    const { asked, ask } = pausing()
    const first = ask()
    asked[0]?.answer(UNCHANGED)
    await first
    const second = ask()
    asked[1]?.answer(UNCHANGED)
    await second
    let calls = 0
    const broken = shareRefresh(async () => {
      calls += 1
      throw new Error('the store is gone')
    })
    await expect(broken(pendingPayment())).rejects.toThrow('gone')
    await expect(broken(pendingPayment())).rejects.toThrow('gone')
    expect([asked.length, calls]).toEqual([2, 2])
  })

  it('asks about different payments side by side', async () => {
    const { asked, ask } = pausing()
    void ask('p1')
    void ask('p2')
    expect(asked.map(({ id }) => id)).toEqual(['p1', 'p2'])
  })
})
