import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokens } from '../../src/main/tokens.ts'
import { type RunningHere, startRunning } from '../support/service.ts'
import { call, deliver, eventually, GRANT, type Gateway, genuine, type Json, open, order, sell } from './payer.ts'

// Each edge of the machines once, over HTTP and through the sandbox. `activated → expired` of a code is in the machine, but
// nothing takes it: what a code has granted ends by its own date, and the code itself stays what it is.

const PRICE = 9900
const TTL_MS = 1_800_000
const LIVE_MS = 60_000
const YEAR = '2027-11-20T00:00:00Z'

type Step = () => Promise<unknown>

/** As a shop has it by default. */
let usual: RunningHere
/** Accepts late money, and has each refund approved. */
let careful: RunningHere
/** WeChat Pay refuses each of its payments: the application is not the merchant's. */
let mistaken: RunningHere
beforeAll(async () => {
  const settings = { RECOVERY_SCHEDULE: '1s' }
  usual = await startRunning({ settings })
  careful = await startRunning({ settings: { ...settings, LATE_PAYMENT_POLICY: 'honour', REFUND_APPROVAL: 'manual' } })
  mistaken = await startRunning({ settings: { ...settings, WECHAT_APP_ID: 'wx0000000000000000' } })
})
afterAll(() => Promise.all([usual, careful, mistaken].map((one) => one.stop())))

const get = async (running: RunningHere, path: string, user = 'u1'): Promise<Json> =>
  (await call(running, path, { token: await running.token(user) })).json.data

const post = async (running: RunningHere, path: string, body: object = {}, admin = false): Promise<Json> => {
  const { status, json } = await call(running, path, { token: await running.token(admin ? 'boss' : 'u1', admin), body })
  if (status >= 300) throw new Error(`${path}: ${JSON.stringify(json)}`)
  return json.data
}

const unpaid = async (running: RunningHere, gateway: Gateway = 'wechat') =>
  open(running, await order(running, await sell(running, GRANT)), gateway)
type Unpaid = Awaited<ReturnType<typeof unpaid>>

const statusOf = {
  order: async (running: RunningHere, { orderId }: Unpaid) => (await get(running, `/orders/${orderId}`)).status,
  payment: async (running: RunningHere, { orderId, outTradeNo }: Unpaid) => {
    const { value } = await paymentOf(running, orderId, outTradeNo)
    return (await get(running, `/payments/${value.id}`)).status
  },
}

const paymentOf = async (running: RunningHere, orderId: string, outTradeNo: string) => {
  const payments = await running.service.container.get(tokens.readers).payments.listByOrder(orderId)
  const found = payments.find(({ value }) => value.outTradeNo === outTradeNo)
  if (found === undefined) throw new Error('no such payment')
  return found
}

/** Goes from state to state by these steps, and tells each state it came to, as anybody would read it. */
const walk = async (running: RunningHere, read: () => Promise<string>, ...steps: readonly Step[]) => {
  const states = [await read()]
  for (const step of steps) {
    await step()
    const before = states.at(-1)
    const now = await eventually(
      async () => {
        running.clock.advance(100)
        return read()
      },
      (state) => state !== before,
    )
    states.push(now)
  }
  return states
}

const pay = (running: RunningHere, { codeUrl }: Unpaid, gateway: Gateway = 'wechat') =>
  running.sandbox[gateway].pay(codeUrl)

/** What the gateway tells of a payment that came through all the same. */
const late = (running: RunningHere, { outTradeNo }: Unpaid, gateway: Gateway = 'wechat', fields = {}) =>
  deliver(running, gateway, genuine(running, gateway, outTradeNo, PRICE, fields))

const refund = async (running: RunningHere, { orderId }: Unpaid, amount: string) => {
  running.clock.advance(LIVE_MS) // Parts of one WeChat refund lie a minute apart.
  return post(running, '/payments/wechat/refund', { orderId, amount, reason: '不想要了' })
}

describe('an order', () => {
  const walked = (running: RunningHere, one: Unpaid, ...steps: readonly Step[]) =>
    walk(running, () => statusOf.order(running, one), ...steps)

  it('pending → paid → partially_refunded → refunded', async () => {
    const one = await unpaid(usual)
    const steps = [() => pay(usual, one), () => refund(usual, one, '30.00'), () => refund(usual, one, '69.00')]
    expect(await walked(usual, one, ...steps)).toEqual(['pending', 'paid', 'partially_refunded', 'refunded'])
  })

  it('paid → refunded', async () => {
    const one = await unpaid(usual)
    const steps = [() => pay(usual, one), () => refund(usual, one, '99.00')]
    expect(await walked(usual, one, ...steps)).toEqual(['pending', 'paid', 'refunded'])
  })

  it('pending → cancelled → paid, where late money is accepted', async () => {
    const one = await unpaid(careful)
    const steps = [() => post(careful, `/orders/${one.orderId}/cancel`), () => late(careful, one)]
    expect(await walked(careful, one, ...steps)).toEqual(['pending', 'cancelled', 'paid'])
  })

  it('pending → expired → paid, where late money is accepted', async () => {
    const one = await unpaid(careful)
    const steps = [async () => careful.clock.advance(TTL_MS), () => late(careful, one)]
    expect(await walked(careful, one, ...steps)).toEqual(['pending', 'expired', 'paid'])
  })
})

describe('a payment', () => {
  const walked = (running: RunningHere, one: Unpaid, ...steps: readonly Step[]) =>
    walk(running, () => statusOf.payment(running, one), ...steps)
  const close = (one: Unpaid, running = usual) => post(running, `/payments/wechat/close/${one.orderId}`)

  it('pending → paid → partially_refunded → refunded', async () => {
    const one = await unpaid(usual)
    const steps = [() => pay(usual, one), () => refund(usual, one, '30.00'), () => refund(usual, one, '69.00')]
    expect(await walked(usual, one, ...steps)).toEqual(['pending', 'paid', 'partially_refunded', 'refunded'])
  })

  it('paid → refunded', async () => {
    const one = await unpaid(usual)
    const steps = [() => pay(usual, one), () => refund(usual, one, '99.00')]
    expect(await walked(usual, one, ...steps)).toEqual(['pending', 'paid', 'refunded'])
  })

  it('pending → closed → paid, when it is paid all the same', async () => {
    const one = await unpaid(usual)
    expect(
      await walked(
        usual,
        one,
        () => close(one),
        () => late(usual, one),
      ),
    ).toEqual(['pending', 'closed', 'paid'])
    expect(await statusOf.order(usual, one)).toBe('paid')
  })

  it('pending → failed → paid, when it is paid all the same', async () => {
    const orderId = await order(mistaken, await sell(mistaken, GRANT))
    const body = { orderId, method: 'WECHAT_NATIVE' }
    const token = await mistaken.token('u1')
    expect((await call(mistaken, '/payments/wechat/create', { token, body })).json.code).toBe('GATEWAY_REJECTED')
    const [made] = await mistaken.service.container.get(tokens.readers).payments.listByOrder(orderId)
    const one = { orderId, outTradeNo: made?.value.outTradeNo ?? '', codeUrl: '', token }
    const appId = 'wx0000000000000000'
    expect(await walked(mistaken, one, () => late(mistaken, one, 'wechat', { appId }))).toEqual(['failed', 'paid'])
  })
})

describe('a refund', () => {
  const requested = async (running: RunningHere): Promise<{ readonly one: Unpaid; readonly refundNo: string }> => {
    const one = await unpaid(running)
    await walk(
      running,
      () => statusOf.order(running, one),
      () => pay(running, one),
    )
    return { one, refundNo: (await refund(running, one, '99.00')).refundNo }
  }
  const walked = (running: RunningHere, refundNo: string, ...steps: readonly Step[]) =>
    walk(running, async () => (await get(running, `/refunds/${refundNo}`)).status, ...steps)
  const decide = (refundNo: string, decision: string) => () =>
    post(careful, `/admin/refunds/${refundNo}/${decision}`, { reason: '核对过' }, true)
  const arm = (running: RunningHere) =>
    running.sandbox.wechat.faults.add({ operation: 'refund', kind: 'stay_processing' })

  it('pending → processing → success', async () => {
    arm(careful)
    const { refundNo } = await requested(careful)
    const settle: Step = async () => careful.sandbox.wechat.settleRefund(refundNo)
    const states = await walked(careful, refundNo, decide(refundNo, 'approve'), settle)
    expect(states).toEqual(['pending', 'processing', 'success'])
  })

  it('pending → cancelled', async () => {
    const { refundNo } = await requested(careful)
    expect(await walked(careful, refundNo, decide(refundNo, 'reject'))).toEqual(['pending', 'cancelled'])
  })

  it('processing → failed → processing, under the same number', async () => {
    arm(careful)
    const { one, refundNo } = await requested(careful)
    const settle: Step = async () => careful.sandbox.wechat.settleRefund(refundNo, 'CLOSED')
    const states = await walked(careful, refundNo, decide(refundNo, 'approve'), settle)
    expect(states).toEqual(['pending', 'processing', 'failed'])
    await decide(refundNo, 'retry')()
    // WeChat Pay says again at once that this number is closed, so nobody reads the state in between; the record has it.
    const events = await careful.service.container.get(tokens.readers).events.eventsOf(one.orderId)
    const moves = events.map(({ event }) => event.type).filter((type) => /^refund\.(?:failed|retried)$/.test(type))
    expect(moves).toEqual(['refund.failed', 'refund.retried', 'refund.failed'])
    expect((await get(careful, `/refunds/${refundNo}`)).refundNo).toBe(refundNo)
  })
})

describe('a refund asked for an order that was paid in silence', () => {
  it('is made: the gateway is asked before anybody is told that nothing was paid', async () => {
    const one = await unpaid(usual)
    usual.sandbox.wechat.faults.add({ operation: 'callback', kind: 'never', outTradeNo: one.outTradeNo })
    await pay(usual, one)
    const body = { orderId: one.orderId, amount: '99.00', reason: '不想要了' }
    expect((await post(usual, '/payments/wechat/refund', body)).amount).toBe('99.00')
  })
})

describe('an access code', () => {
  const made = async (expiresAt = YEAR) => {
    const productId = await sell(usual, GRANT)
    const { batchId } = await post(usual, '/admin/access-codes', { productId, count: 1, expiresAt }, true)
    const list = async () =>
      (await call(usual, `/admin/access-codes?batchId=${batchId}`, { token: await usual.token('boss', true) })).json
        .data
    const token = await usual.token('boss', true)
    const csv = await fetch(`${usual.origin}/api/v1/admin/access-codes.csv?batchId=${batchId}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const code = /[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}/.exec(await csv.text())?.[0] ?? ''
    return { id: (await list())[0].id, code, read: async () => (await list())[0].status }
  }

  it('available → activated', async () => {
    const { code, read } = await made()
    const steps = [() => post(usual, '/access-codes/activate', { code })]
    expect(await walk(usual, read, ...steps)).toEqual(['available', 'activated'])
  })

  it('available → revoked', async () => {
    const { id, read } = await made()
    const steps = [() => post(usual, `/admin/access-codes/${id}/revoke`, { reason: '印错了' }, true)]
    expect(await walk(usual, read, ...steps)).toEqual(['available', 'revoked'])
  })

  it('available → expired', async () => {
    const { id, read } = await made(new Date(usual.clock.now().getTime() + LIVE_MS).toISOString())
    const expire: Step = async () => {
      usual.clock.advance(LIVE_MS)
      await usual.service.container.get(tokens.expireCodes)()
    }
    expect(await walk(usual, read, expire)).toEqual(['available', 'expired'])
    const stored = await usual.service.container.get(tokens.readers).accessCodes.find(id)
    expect(stored?.value.status).toBe('expired')
  })
})
