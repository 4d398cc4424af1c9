import { expect, it } from 'vitest'
import { fen } from '../../../src/domain/money.ts'
import { type Current, paid } from './under-test.ts'

export const tradeContract = (current: Current): void => {
  it('gives a code to scan, and gives one again for the same trade', async () => {
    const { gateway, trade } = current()
    const asked = trade()
    for (const action of [await gateway.create(asked), await gateway.create(asked)])
      expect(action._unsafeUnwrap()).toEqual({
        type: 'qr',
        codeUrl: expect.stringMatching(/^[a-z]+:\/\/\S+$/),
        expiresAt: expect.any(Date),
      })
  })

  it('knows nothing of a number that was never used', async () => {
    const { gateway, trade } = current()
    expect((await gateway.query(trade().outTradeNo))._unsafeUnwrap()).toEqual({ state: 'not_found' })
  })

  it('does not call a trade paid before it is', async () => {
    const { gateway, trade } = current()
    const asked = trade()
    await gateway.create(asked)
    expect(['pending', 'not_found']).toContain((await gateway.query(asked.outTradeNo))._unsafeUnwrap().state)
  })

  it('tells exactly what was paid, and tells it again', async () => {
    const { gateway, trade } = current()
    const asked = trade({ amount: fen(12_345) })
    const receipt = await paid(current(), asked)
    expect(receipt).toEqual({
      outTradeNo: asked.outTradeNo,
      transactionId: expect.stringMatching(/^\S+$/),
      identity: gateway.identity,
      amount: 12_345,
      currency: 'CNY',
      paidAt: expect.any(Date),
      payer: receipt.payer,
    })
    expect((await gateway.query(asked.outTradeNo))._unsafeUnwrap()).toEqual({
      state: 'paid',
      receipt,
      refunded: 'none',
    })
  })

  it('keeps trades apart', async () => {
    const { gateway, trade } = current()
    const [first, second] = [trade({ amount: fen(1) }), trade({ amount: fen(2) })]
    await gateway.create(second)
    const receipt = await paid(current(), first)
    expect(receipt).toMatchObject({ outTradeNo: first.outTradeNo, amount: 1 })
    expect((await gateway.query(second.outTradeNo))._unsafeUnwrap().state).not.toBe('paid')
    expect((await paid(current(), second)).transactionId).not.toBe(receipt.transactionId)
  })

  it('takes no second payment for a number', async () => {
    const { gateway, trade } = current()
    const asked = trade()
    await paid(current(), asked)
    expect((await gateway.create(asked))._unsafeUnwrapErr()).toEqual({ code: 'TRADE_ALREADY_PAID' })
  })
}

export const closingContract = (current: Current): void => {
  it('ends an unpaid trade, also twice', async () => {
    const { gateway, trade } = current()
    const asked = trade()
    await gateway.create(asked)
    const answer = (await gateway.close(asked.outTradeNo))._unsafeUnwrap()
    expect(['closed', 'not_found']).toContain(answer)
    expect((await gateway.close(asked.outTradeNo)).isOk()).toBe(true)
    expect(answer).toBe((await gateway.query(asked.outTradeNo))._unsafeUnwrap().state)
    // Where nothing was begun the gateway has nothing to remember as ended.
    if (answer === 'closed') expect((await gateway.create(asked))._unsafeUnwrapErr()).toEqual({ code: 'TRADE_CLOSED' })
  })

  it('does not end what is paid', async () => {
    const { gateway, trade } = current()
    const asked = trade()
    const receipt = await paid(current(), asked)
    expect((await gateway.close(asked.outTradeNo))._unsafeUnwrapErr()).toEqual({ code: 'TRADE_ALREADY_PAID' })
    expect((await gateway.query(asked.outTradeNo))._unsafeUnwrap()).toMatchObject({ state: 'paid', receipt })
  })
}
