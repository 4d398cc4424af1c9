import { signNotification } from '../../src/adapters/memory/fake-notification.ts'
import type { GatewayNotification } from '../../src/application/payments/payment-gateway.ts'
import { fen } from '../../src/domain/money.ts'
import { type Town, tryCodes } from './customers.ts'
import type { Front } from './front.ts'
import { SECRET } from './gateway/callbacks.ts'
import { OTHERS } from './gateway/simulated-gateway.ts'

const MIN = 60_000

type Provider = 'wechat' | 'alipay'

/** Everybody who is no customer: an operator, those who try codes, and those who send what they should not. */
export const bringOthers = (town: Town, front: Front, untilMs: number): void => {
  const { world } = town
  const { chance, timeline, faults } = world
  const often = (everyMs: number, act: () => void): void => {
    const turn = (): void => {
      act()
      if (timeline.nowMs < untilMs) timeline.after(chance.between(0, 2 * everyMs), turn)
    }
    timeline.after(chance.between(0, 2 * everyMs), turn)
  }
  let adjusted = 0
  often(8 * MIN, () => {
    adjusted += 1
    void town.shop.adjust(`adjustment ${adjusted}`, 'SHIRT', chance.one([-2, -1, 1, 2, 3]))
  })
  often(3 * MIN, () => tryCodes(town))
  often(20 * MIN, () => void town.shop.revoke(chance.one(town.batch).code.id))
  let decided = 0
  often(4 * MIN, () => {
    decided += 1
    decideSomething(town, `decision ${decided}`)
  })
  often(2 * MIN, () => {
    const provider = chance.one(['wechat', 'alipay'] as const)
    if (faults.strikes('refund_by_hand')) refundByHand(town, provider)
    if (faults.strikes('callback_forged')) void send(town, front, provider, 'forged')
    if (faults.strikes('callback_foreign')) void send(town, front, provider, 'foreign')
    if (faults.strikes('callback_unknown')) void send(town, front, provider, 'unknown')
    if (faults.strikes('callback_replayed')) void town.gateways[provider].callbacks.replay()
  })
}

/** All of a trade that was paid, or a part. */
const refundByHand = ({ world, gateways }: Town, provider: 'wechat' | 'alipay'): void => {
  const { chance } = world
  const paid = [...gateways[provider].ledger.trades.values()].flatMap(({ receipt }) => receipt ?? [])
  if (paid.length === 0) return
  const { outTradeNo, amount } = chance.one(paid)
  gateways[provider].refundByHand(outTradeNo, chance.hits(0.5) ? amount : fen(chance.between(1, amount)))
}

type Waiting = { readonly no: string; readonly status: string; readonly provider: Provider }

/** An operator takes one of the refunds that wait for a person, or that failed. */
const decideSomething = ({ world, shop, gateways }: Town, key: string): void => {
  const { chance, database } = world
  const waiting = database.database
    .prepare(
      `select refund_no as no, case when abnormal = 1 then 'abnormal' else status end as status, provider from refunds
       where status in ('pending', 'failed') or abnormal = 1 order by refund_no`,
    )
    .all() as readonly Waiting[] // As selected just here.
  if (waiting.length === 0) return
  const { no, status, provider } = chance.one(waiting)
  if (status === 'pending') return void shop.decide(no, chance.hits(0.7) ? 'approve' : 'reject', key)
  // Giving an abnormal one up says that nothing will come of it, which a person has made sure of at the gateway.
  const mayGiveUp = status === 'abnormal' && gateways[provider].isGivenUp(no)
  void shop.decide(no, mayGiveUp && chance.hits(0.5) ? 'reject' : 'retry', key)
}

/** A message that claims a payment: of one of our trades by a forger, or of a trade that is none of ours. */
const send = async (
  { world, gateways }: Town,
  front: Front,
  provider: Provider,
  how: 'forged' | 'foreign' | 'unknown',
): Promise<void> => {
  const { chance } = world
  const gateway = gateways[provider]
  const requests = [...gateway.ledger.trades.values()].map(({ request }) => request)
  const target = requests.length > 0 && how !== 'unknown' ? chance.one(requests) : undefined
  const number = `${OTHERS}${chance.below(1_000_000)}`
  const receipt = {
    outTradeNo: target?.outTradeNo ?? number,
    transactionId: number,
    identity: how === 'foreign' ? { merchantId: 'another', appId: 'another' } : gateway.identity,
    amount: target?.amount ?? fen(4711),
    currency: 'CNY',
    paidAt: world.trueTime(),
    payer: undefined,
  } as const
  const about: GatewayNotification = {
    kind: 'payment_succeeded',
    notificationId: `${how}-${number}`,
    eventAt: receipt.paidAt,
    receipt,
  }
  if (how === 'unknown') gateway.takeForOthers(number, receipt.amount)
  const answer = await front.notify(
    provider,
    signNotification(about, how === 'forged' ? 'a guess' : SECRET[provider]),
    about,
  )
  if (how === 'unknown') return
  if (answer !== undefined && answer.status < 400)
    world.violations.push({ invariant: 'S01 S05', detail: `a ${how} message of ${provider} was accepted` })
}
