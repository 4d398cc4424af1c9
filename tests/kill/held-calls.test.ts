import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { METHOD, type Gateway, GRANT, call, open, type Opened, order, sell, stockUp } from '../wire/payer.ts'
import { LEASES_OVER_MS, ORDERS_OVER_MS, startWorld, until, type World } from './world.ts'

const GATEWAYS = ['wechat', 'alipay'] as const
const OTHER = { wechat: 'alipay', alipay: 'wechat' } as const
const SKU = 'MUG'
const USER = 'u1'

const WHEN = [
  { when: 'before it does them, and the calls are lost', moment: 'before', late: false },
  { when: 'before it does them, and it does them late', moment: 'before', late: true },
  { when: 'after it has done them', moment: 'after', late: false },
] as const

describe.each(WHEN)('killed while calls are at the gateway, $when', ({ moment, late }) => {
  let world: World
  let staged: Readonly<Record<Gateway, Staged>>
  beforeAll(async () => {
    world = await startWorld()
    world.gate.hold(moment, ['refund']) // The program sends these by itself.
    staged = await stage(world)
    world.gate.hold(moment, ['create', 'close', 'refund'])
    for (const gateway of GATEWAYS) await sendCalls(world, gateway, staged[gateway])
    await until(() => world.gate.held() === GATEWAYS.length * CALLS)
    await world.kill()
    if (!late) world.gate.open()
    await world.restart(LEASES_OVER_MS)
    await world.gate.letThrough()
  })
  afterAll(() => world.end())

  const tradesOf = (gateway: Gateway, outTradeNo: unknown) =>
    world.sandbox[gateway].trades().filter((trade) => trade.outTradeNo === outTradeNo)

  it('breaks nothing in the store', () => world.verify())

  it.each(GATEWAYS)('brings what is open at %s to where it is there, without anybody asking', async (gateway) => {
    const { toClose, toCancel } = staged[gateway]
    for (const { outTradeNo } of [toClose, toCancel]) {
      const there = () => (isOpen(tradesOf(gateway, outTradeNo)[0]?.state) ? 'pending' : 'closed')
      await until(async () => (await paymentOf(world, outTradeNo))?.status === there())
    }
    expect((await paymentOf(world, toClose.outTradeNo))?.status).toBe(moment === 'after' || late ? 'closed' : 'pending')
  })

  it.each(GATEWAYS)('gives back what was paid twice at %s, once', async (gateway) => {
    const { surplus } = staged[gateway]
    await until(async () => (await paymentOf(world, surplus.outTradeNo))?.status === 'refunded')
    const [trade] = tradesOf(gateway, surplus.outTradeNo)
    expect(trade?.refunds).toHaveLength(1)
  })

  it.each(GATEWAYS)('goes on with a refund at %s under its number, and gives it once', async (gateway) => {
    const { toRefund } = staged[gateway]
    const [made, ...others] = await world.books.rows(
      'select refund_no, amount_fen from refunds where order_id = ?',
      toRefund.orderId,
    )
    expect([made?.['amount_fen'], others]).toEqual([4000, []])
    await until(async () => (await paymentOf(world, toRefund.outTradeNo))?.status === 'partially_refunded')
    const [trade] = tradesOf(gateway, toRefund.outTradeNo)
    expect(trade?.refunds.map(refundNoOf)).toEqual([made?.['refund_no']])
    // Whoever got no answer asks again under the same key, and hears of the same refund.
    const { status, json } = await refund(world, gateway, toRefund)
    expect([status, json.data.refundNo, json.data.amount]).toEqual([201, made?.['refund_no'], '40.00'])
    expect(tradesOf(gateway, toRefund.outTradeNo)[0]?.refunds).toHaveLength(1)
  })

  it.each(GATEWAYS)('goes on with a payment at %s under its number when the request comes again', async (gateway) => {
    const { toCreateAgain } = staged[gateway]
    const [before, ...others] = await paymentsOf(world, toCreateAgain)
    expect([before?.status, others]).toEqual(['pending', []])
    const { status, json } = await create(world, gateway, toCreateAgain)
    expect([status, json.data.payment.outTradeNo]).toEqual([201, before?.out_trade_no])
    await world.sandbox[gateway].pay(json.data.action.codeUrl)
    await until(async () => (await paymentOf(world, String(before?.out_trade_no)))?.status === 'paid')
    expect(tradesOf(gateway, before?.out_trade_no)).toHaveLength(1)
    expect(await paymentsOf(world, toCreateAgain)).toHaveLength(1)
  })

  it('ends with nothing open, as the gateways have it in their own books', async () => {
    await world.kill()
    await world.restart(ORDERS_OVER_MS)
    await world.verifyAtRest()
    for (const gateway of GATEWAYS) {
      const { toCreate, toClose, toCancel } = staged[gateway]
      const attempts = await Promise.all(
        [toCreate, toClose.orderId, toCancel.orderId].map((id) => paymentsOf(world, id)),
      )
      expect(attempts.map((payments) => payments.map(({ status }) => status))).toEqual([
        ['closed'],
        ['closed'],
        ['closed'],
      ])
      const open = world.sandbox[gateway]
        .trades()
        .filter(({ state }) => state === 'NOTPAY' || state === 'WAIT_BUYER_PAY')
      expect(open).toEqual([])
    }
    const [stock] = await world.books.rows(`select on_hand, reserved from stock where sku = '${SKU}'`)
    expect(stock).toEqual({ on_hand: 10, reserved: 0 })
  })
})

type Staged = {
  readonly toCreate: string
  readonly toCreateAgain: string
  readonly toClose: Opened
  readonly toCancel: Opened
  readonly toRefund: Opened
  readonly surplus: Opened
}

/** Calls that leave for each gateway in the end: two creations, a close, the close of a cancelling, two refunds. */
const CALLS = 6

const stage = async (world: World): Promise<Record<Gateway, Staged>> => {
  const access = await sell(world, GRANT)
  const goods = await sell(world, { type: 'goods', sku: SKU })
  await stockUp(world, SKU, 10)
  const opened = async (gateway: Gateway, productId: string): Promise<Opened> => {
    const one = await open(world, await order(world, productId, USER), gateway, USER)
    if (gateway === 'alipay') await world.sandbox.alipay.scan(one.codeUrl) // Before that there is no trade to close.
    return one
  }
  const stagedAt = async (gateway: Gateway): Promise<Staged> => {
    const funding = await open(world, await order(world, access, USER), OTHER[gateway], USER)
    const surplus = await open(world, funding.orderId, gateway, USER)
    await world.sandbox[OTHER[gateway]].pay(funding.codeUrl)
    await until(async () => (await paymentOf(world, funding.outTradeNo))?.status === 'paid')
    await world.sandbox[gateway].pay(surplus.codeUrl)
    const toRefund = await opened(gateway, access)
    await world.sandbox[gateway].pay(toRefund.codeUrl)
    await until(async () => (await paymentOf(world, toRefund.outTradeNo))?.status === 'paid')
    return {
      toCreate: await order(world, access, USER),
      toCreateAgain: await order(world, access, USER),
      toClose: await opened(gateway, access),
      toCancel: await opened(gateway, goods),
      toRefund,
      surplus,
    }
  }
  return { wechat: await stagedAt('wechat'), alipay: await stagedAt('alipay') }
}

/** None of them is answered: the gateway does not answer, and then nobody is left who could. */
const sendCalls = async (world: World, gateway: Gateway, staged: Staged): Promise<void> => {
  const { toCreate, toCreateAgain, toClose, toCancel, toRefund } = staged
  const token = await world.token(USER)
  const requests = [
    create(world, gateway, toCreate),
    create(world, gateway, toCreateAgain),
    call(world, `/payments/${gateway}/close/${toClose.orderId}`, { token, body: {} }),
    call(world, `/orders/${toCancel.orderId}/cancel`, { token, body: {} }),
    refund(world, gateway, toRefund),
  ]
  for (const request of requests) request.then(answered, () => undefined)
}

const answered = ({ status }: { readonly status: number }): never => {
  throw new Error(`a call was answered with ${status} while its gateway stood still`)
}

const create = async (world: World, gateway: Gateway, orderId: string) => {
  const token = await world.token(USER)
  const headers = { 'idempotency-key': `create ${orderId}` }
  return call(world, `/payments/${gateway}/create`, { token, headers, body: { orderId, method: METHOD[gateway] } })
}

const refund = async (world: World, gateway: Gateway, { orderId, token }: Opened) => {
  const headers = { 'idempotency-key': `refund ${orderId}` }
  const body = { orderId, amount: '40.00', reason: '不想要了' }
  return call(world, `/payments/${gateway}/refund`, { token, headers, body })
}

type LedgerRefund = { readonly outRefundNo: string } | { readonly outRequestNo: string }

const refundNoOf = (one: LedgerRefund): string => ('outRefundNo' in one ? one.outRefundNo : one.outRequestNo)

const isOpen = (state: string | undefined): boolean => ['NOTPAY', 'UNSCANNED', 'WAIT_BUYER_PAY'].includes(state ?? '')

const paymentsOf = ({ books }: World, orderId: string) =>
  books.rows('select out_trade_no, status from payments where order_id = ?', orderId)

const paymentOf = async ({ books }: World, outTradeNo: string) =>
  (await books.rows('select status from payments where out_trade_no = ?', outTradeNo))[0]
