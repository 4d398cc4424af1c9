import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { fen } from '../../../src/domain/money.ts'
import { minute } from '../../support/builders.ts'
import { expectMoneyConserved, PRICE, type RefundWorld, refundWorld } from './refund-world.ts'

const ABOVE = fen(5000)
const ALONE = { code: 'SECOND_PERSON_NEEDED' }
const by = (actor: string) => ({ kind: 'operator', operator: { actor, requestId: 'r', ip: undefined } }) as const

const succeeding = ({ script }: RefundWorld, amount: number) => {
  script.refund = () => ok({ state: 'success', refundId: '5001', amount: fen(amount), at: minute(16) })
}
const failing = ({ script }: RefundWorld) => {
  script.refund = () => err({ code: 'GATEWAY_REJECTED', gatewayCode: 'NOT_ENOUGH', message: '' })
}
const asked = async (made: RefundWorld, refundNo: string, amount: number, actor = 'a') => {
  succeeding(made, amount)
  const requested = await made.request({ refundNo, amount: fen(amount), requester: by(actor) })
  return requested._unsafeUnwrap().value.status
}
const begin = (approval: 'auto' | 'manual' = 'auto') => refundWorld({ approval, fourEyesAbove: ABOVE })

describe('what an operator asks for', () => {
  it('goes at once up to the limit, and waits above it', async () => {
    expect(await asked(await begin(), 'R1', ABOVE)).toBe('success')
    const made = await begin()
    expect(await asked(made, 'R1', ABOVE + 1)).toBe('pending')
    expect(made.asked.refund).toEqual([])
  })

  it('waits where it takes the payment above the limit, whoever asked for the rest', async () => {
    const made = await begin()
    expect(await asked(made, 'R1', 3000)).toBe('success')
    expect(await asked(made, 'R2', 2000)).toBe('success')
    expect(await asked(made, 'R3', 1)).toBe('pending')
    const shared = await begin()
    expect(await asked(shared, 'R1', 3000, 'a')).toBe('success')
    expect(await asked(shared, 'R2', 3000, 'b')).toBe('pending')
    succeeding(shared, 3000)
    expect((await shared.approve('R2', { by: 'b' }))._unsafeUnwrapErr()).toEqual(ALONE)
    expect((await shared.approve('R2', { by: 'a' }))._unsafeUnwrap().value.status).toBe('success')
  })

  it('waits for nobody where there is no limit', async () => {
    expect(await asked(await refundWorld(), 'R1', PRICE)).toBe('success')
  })
})

describe('a refund that waits for another person', () => {
  it('is not released by whoever asked, and nothing changes', async () => {
    const made = await begin()
    await asked(made, 'R1', PRICE)
    const before = [await made.store.readers.refunds.find('R1'), await made.audited()]
    expect((await made.approve('R1', { by: 'a' }))._unsafeUnwrapErr()).toEqual(ALONE)
    expect([await made.store.readers.refunds.find('R1'), await made.audited()]).toEqual(before)
    expect(made.asked.refund).toEqual([])
    expect((await made.approve('R1', { by: 'b' }))._unsafeUnwrap().value.status).toBe('success')
    await expectMoneyConserved(made)
  })

  it('is sent once when several release it at the same moment', async () => {
    const made = await begin()
    await asked(made, 'R1', PRICE)
    const all = await Promise.all(['a', 'b', 'c', 'b', 'a'].map((actor) => made.approve('R1', { by: actor })))
    expect(all.filter((one) => one.isOk())).toHaveLength(1)
    expect(made.asked.refund).toEqual(['R1'])
    expect(
      (await made.audited()).filter(({ action }) => action === 'refund.approve').map(({ actor }) => actor),
    ).toEqual(['b'])
  })

  it('may be rejected by whoever asked', async () => {
    const made = await begin()
    await asked(made, 'R1', PRICE)
    expect((await made.reject('R1', { by: 'a' }))._unsafeUnwrap().value.status).toBe('cancelled')
  })

  it('up to the limit, where all wait, is released by anybody', async () => {
    const made = await begin('manual')
    expect(await asked(made, 'R1', ABOVE)).toBe('pending')
    expect((await made.approve('R1', { by: 'a' }))._unsafeUnwrap().value.status).toBe('success')
  })
})

describe('a retry', () => {
  it('by whoever asked does not get by what the first try did not', async () => {
    const made = await begin()
    failing(made)
    const first = await made.request({ refundNo: 'R1', amount: fen(3000), requester: by('a') })
    expect(first._unsafeUnwrap().value.status).toBe('failed')
    expect(await asked(made, 'R2', 3000)).toBe('success')
    succeeding(made, 3000)
    expect((await made.retry('R1', { by: 'a' }))._unsafeUnwrapErr()).toEqual(ALONE)
    expect((await made.retry('R1', { by: 'b' }))._unsafeUnwrap().value.status).toBe('success')
    await expectMoneyConserved(made)
  })
})

describe('what a user asks for', () => {
  it('goes by REFUND_APPROVAL alone', async () => {
    const made = await begin()
    succeeding(made, PRICE)
    expect((await made.request({ refundNo: 'R1' }))._unsafeUnwrap().value.status).toBe('success')
    const careful = await begin('manual')
    expect((await careful.request({ refundNo: 'R1' }))._unsafeUnwrap().value.status).toBe('pending')
    succeeding(careful, PRICE)
    expect((await careful.approve('R1', { by: 'a' }))._unsafeUnwrap().value.status).toBe('success')
  })

  it('is not released by that very user as an operator', async () => {
    const made = await begin('manual')
    await made.request({ refundNo: 'R1' })
    expect((await made.approve('R1', { by: 'user-1' }))._unsafeUnwrapErr()).toEqual(ALONE)
  })
})
