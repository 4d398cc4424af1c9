import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readersOf } from '../support/service.ts'
import { apiShot, copies, shuffled, volley } from '../support/volley.ts'
import { eventually, GRANT, type Gateway, open, order, orderState, sell } from '../wire/payer.ts'
import { type Arena, ROUNDS, startArena } from './arena.ts'
import { STORES } from './stores.ts'

const PAID = 10_000
/** Several times what was paid: of the even parts six fit, of the others it depends on who comes first. */
const EVEN = copies(20, 1500)
const UNEVEN = Array.from({ length: 20 }, (_, n) => 225 * (n + 1))

describe.each(STORES)('twenty refunds of one payment at once, on $name', (store) => {
  let arena: Arena
  let productId: string
  beforeAll(async () => {
    arena = await startArena(store, { RECOVERY_SCHEDULE: '60s' }) // Hundreds are under way in the end.
    productId = await sell(arena, GRANT, '100.00')
  })
  afterAll(() => arena.finish())

  const paid = async (gateway: Gateway, user: string) => {
    const opened = await open(arena, await order(arena, productId, user), gateway, user)
    await arena.sandbox[gateway].pay(opened.codeUrl)
    const seen = await eventually(
      () => orderState(arena, opened.orderId),
      (one) => one?.status === 'paid',
    )
    expect(seen?.status).toBe('paid')
    return opened
  }

  const shot = (
    gateway: Gateway,
    { orderId, token }: Awaited<ReturnType<typeof paid>>,
    fen: number,
    refundNo?: string,
  ) =>
    apiShot(arena, `/payments/${gateway}/refund`, {
      token,
      body: { orderId, amount: (fen / 100).toFixed(2), reason: '不想要了', ...(refundNo && { refundNo }) },
    })

  const refundsOf = async (orderId: string) => {
    const [payment] = await readersOf(arena).payments.listByOrder(orderId)
    return (await readersOf(arena).refunds.listByPayment(payment?.value.id ?? '')).map(({ value }) => value)
  }

  it.each<Gateway>(['wechat', 'alipay'])(
    'take no more than was paid, and refuse only what does not fit: %s',
    async (gateway) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const bought = await paid(gateway, `${gateway}-${round}`)
        const amounts = round % 2 === 0 ? EVEN : shuffled(UNEVEN, round)
        const answers = await volley(
          amounts.map((fen) => shot(gateway, bought, fen)),
          round,
        )
        const isAccepted = answers.map(({ status }) => status === 201)
        const accepted = amounts.filter((_, n) => isAccepted[n])
        const refused = amounts.filter((_, n) => !isAccepted[n])
        for (const [n, { status, text }] of answers.entries())
          if (!isAccepted[n]) expect([status, JSON.parse(text).code]).toEqual([409, 'REFUND_EXCEEDS_PAYMENT'])
        const left = PAID - accepted.reduce((sum, fen) => sum + fen, 0)
        expect(left).toBeGreaterThanOrEqual(0)
        for (const fen of refused) expect(fen).toBeGreaterThan(left) // Room only shrinks, so each would not have fitted.
        if (round % 2 === 0) expect(accepted).toHaveLength(6)
        const kept = (await refundsOf(bought.orderId)).map(({ amount }) => Number(amount))
        expect(kept.toSorted((a, b) => a - b)).toEqual(accepted.toSorted((a, b) => a - b))
        await arena.verify()
      }
    },
  )

  it.each<Gateway>(['wechat', 'alipay'])('are one refund under one number: %s', async (gateway) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const bought = await paid(gateway, `${gateway}-number-${round}`)
      const refundNo = `RACE_${gateway}_${round}`
      const answers = await volley(copies(20, shot(gateway, bought, PAID, refundNo)), round)
      expect(answers.map(({ status, text }) => [status, JSON.parse(text).data.refundNo])).toEqual(
        copies(20, [201, refundNo]),
      )
      expect(await refundsOf(bought.orderId)).toHaveLength(1)
      const trade = arena.sandbox[gateway].trades().find(({ outTradeNo }) => outTradeNo === bought.outTradeNo)
      expect(trade?.refunds).toHaveLength(1)
      await arena.verify()
    }
  })
})
