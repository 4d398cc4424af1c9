import { expect, it } from 'vitest'
import type {
  FullGateway,
  Receipt,
  RefundOrder,
  RefundState,
} from '../../../src/application/payments/payment-gateway.ts'
import { fen } from '../../../src/domain/money.ts'
import { type Current, paid } from './under-test.ts'

export const refundContract = (current: Current): void => {
  it('knows nothing of a refund that was never asked for', async () => {
    const { gateway, trade } = current()
    const asked = trade()
    await paid(current(), asked)
    const { outTradeNo } = asked
    expect((await gateway.queryRefund({ outTradeNo, refundNo: refundNoOf(outTradeNo) }))._unsafeUnwrap()).toEqual({
      state: 'not_found',
    })
  })

  it('gives all of it back, and still calls the trade paid', async () => {
    const { gateway, trade } = current()
    const asked = trade({ amount: fen(10_000) })
    const receipt = await paid(current(), asked)
    const order = orderOf(receipt, 10_000)
    expect(['success', 'processing']).toContain((await gateway.refund(order))._unsafeUnwrap().state)
    expect(await settled(gateway, order)).toMatchObject({ state: 'success', amount: 10_000, at: expect.any(Date) })
    // Gateways report a trade that went back in full as closed or refunded; the payment stays a fact.
    expect((await gateway.query(asked.outTradeNo))._unsafeUnwrap()).toEqual({
      state: 'paid',
      receipt,
      refunded: expect.stringMatching(/^(some|all)$/),
    })
  })

  it('gives a part back once for one number, however often it is asked', async () => {
    const { gateway, trade } = current()
    const receipt = await paid(current(), trade({ amount: fen(10_000) }))
    const order = orderOf(receipt, 6000)
    for (let n = 0; n < 3; n += 1) expect((await gateway.refund(order)).isOk()).toBe(true)
    const first = await settled(gateway, order)
    expect(first).toMatchObject({ state: 'success', amount: 6000 })
    await gateway.refund(order)
    expect(await settled(gateway, order)).toEqual(first)
    // Whether a part has gone back is more than the query of every gateway tells.
    expect((await gateway.query(receipt.outTradeNo))._unsafeUnwrap()).toMatchObject({ state: 'paid', receipt })
  })

  it('refuses another amount under a number that is used', async () => {
    const { gateway, trade } = current()
    const receipt = await paid(current(), trade({ amount: fen(10_000) }))
    const order = orderOf(receipt, 6000)
    await gateway.refund(order)
    await settled(gateway, order)
    const changed = await gateway.refund({ ...order, amount: fen(4000) })
    expect(changed._unsafeUnwrapErr()).toMatchObject({ code: 'GATEWAY_REJECTED' })
    expect(await settled(gateway, order)).toMatchObject({ amount: 6000 })
  })

  it('refuses more than was paid', async () => {
    const { gateway, trade } = current()
    const receipt = await paid(current(), trade({ amount: fen(10_000) }))
    const order = orderOf(receipt, 10_001)
    expect((await gateway.refund(order))._unsafeUnwrapErr()).toMatchObject({ code: 'GATEWAY_REJECTED' })
    expect((await gateway.query(receipt.outTradeNo))._unsafeUnwrap()).toMatchObject({ refunded: 'none' })
  })

  it('refuses to give back what nobody paid', async () => {
    const { gateway, trade } = current()
    const asked = trade()
    await gateway.create(asked)
    const { outTradeNo, amount, currency } = asked
    const order = {
      refundNo: refundNoOf(outTradeNo),
      outTradeNo,
      transactionId: 'none',
      amount,
      paid: amount,
      currency,
      reason: '退',
    }
    expect((await gateway.refund(order))._unsafeUnwrapErr()).toMatchObject({ code: 'GATEWAY_REJECTED' })
  })
}

const orderOf = (receipt: Receipt, amount: number): RefundOrder => {
  const { outTradeNo, transactionId, amount: paid, currency } = receipt
  const refundNo = refundNoOf(outTradeNo)
  return { refundNo, outTradeNo, transactionId, amount: fen(amount), paid, currency, reason: '不想要了' }
}

/** A fresh number in characters that every gateway takes. */
const refundNoOf = (outTradeNo: string): string => `R${outTradeNo.slice(1)}`

/** Asks until the refund is no longer under way. */
const settled = async (gateway: FullGateway, order: RefundOrder): Promise<RefundState> => {
  for (let n = 0; n < 100; n += 1) {
    const state = (await gateway.queryRefund(order))._unsafeUnwrap()
    if (state.state !== 'processing') return state
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('the refund stays under way')
}
