import { type Running, readersOf } from '../support/service.ts'
import { call, type Gateway, GRANT, type Json, open, type Opened, order, sell } from '../wire/payer.ts'

export const DAY = '2026-11-20'

/** What was done on the day. */
export type Done = Opened & {
  readonly gateway: Gateway
  readonly priceFen: number
  /** The gateway's message about it was lost. */
  readonly isUnheard: boolean
}

type Business = {
  readonly payments: number
  /** How many of them nobody hears of. */
  readonly unheard: number
  /** How many of those heard of are refunded, in full or in part. */
  readonly refunds: number
}

const AT_ONCE = 8
const PRODUCTS = 20

/** Sells, pays and refunds over HTTP, as much of everything as is wanted. */
/** Looks again and again, for as long as a large day takes. */
export const until = async <T>(look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> => {
  const deadline = performance.now() + 120_000
  for (;;) {
    const seen = await look()
    if (holds(seen) || performance.now() > deadline) return seen
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export const doBusiness = async (
  running: Running,
  roll: () => number,
  { payments, unheard, refunds }: Business,
): Promise<readonly Done[]> => {
  const between = (least: number, most: number): number => least + Math.floor(roll() * (most - least + 1))
  const prices = Array.from({ length: PRODUCTS }, () => between(200, 99_999))
  const products: string[] = []
  for (const priceFen of prices) products.push(await sell(running, GRANT, yuan(priceFen)))
  const wanted = Array.from({ length: payments }, (_, n) => ({ n, product: between(0, PRODUCTS - 1) }))
  const done = await inTurns(wanted, async ({ n, product }): Promise<Done> => {
    const gateway: Gateway = n % 2 === 0 ? 'wechat' : 'alipay'
    const user = `user-${n}`
    const opened = await open(running, await order(running, products[product] ?? '', user), gateway, user)
    const isUnheard = n < unheard
    if (isUnheard)
      running.sandbox[gateway].faults.add({ operation: 'callback', kind: 'never', outTradeNo: opened.outTradeNo })
    await running.sandbox[gateway].pay(opened.codeUrl)
    return { ...opened, gateway, isUnheard, priceFen: prices[product] ?? 0 }
  })
  const heard = done.filter(({ isUnheard }) => !isUnheard)
  await until(
    async () => (await Promise.all(heard.slice(-50).map(({ orderId }) => isPaid(running, orderId)))).every(Boolean),
    (all) => all,
  )
  await settled(running)
  await inTurns(heard.slice(0, refunds), async ({ orderId, token, gateway, priceFen }) => {
    const amount = yuan(roll() < 0.4 ? priceFen : between(1, priceFen - 1))
    const { status } = await call(running, `/payments/${gateway}/refund`, {
      token,
      body: { orderId, amount, reason: '不想要了' },
    })
    if (status !== 201) throw new Error(`a refund was answered with ${status}`)
  })
  await settled(running)
  return done
}

const isPaid = async (running: Running, orderId: string): Promise<boolean> =>
  (await readersOf(running).orders.find(orderId))?.value.status === 'paid'

/** Until no message is under way and no refund is. */
const settled = async (running: Running): Promise<void> => {
  await Promise.all([running.sandbox.wechat.callbacksSettled(), running.sandbox.alipay.callbacksSettled()])
  await until(
    async () => (await running.database.rows(`select count(*) as n from refunds where status = 'processing'`))[0],
    (row) => Number(row?.['n']) === 0,
  )
}

const inTurns = async <T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<readonly R[]> => {
  const results: R[] = []
  for (let start = 0; start < all.length; start += AT_ONCE)
    results.push(...(await Promise.all(all.slice(start, start + AT_ONCE).map(work))))
  return results
}

export const yuan = (amountFen: number): string => (amountFen / 100).toFixed(2)

/** Has a day compared to its end; gives the run as the API tells it. */
export const reconcile = async (running: Running, provider: Gateway, date = DAY): Promise<Json> => {
  const token = await running.token('boss', true)
  const { status, json } = await call(running, '/admin/reconciliations', { token, body: { provider, date } })
  if (status !== 202) throw new Error(`the comparison was refused: ${JSON.stringify(json)}`)
  const ended = await until(
    async () => (await call(running, `/admin/reconciliations/${json.data.id}`, { token })).json.data,
    (run: Json) => run.status !== 'running',
  )
  // The jobs ask the gateways as well, and what they have taken is none of the run's.
  await until(
    async () => (await running.database.rows('select count(*) as n from discrepancies where due_at is not null'))[0],
    (row) => Number(row?.['n']) === 0,
  )
  return ended
}

/** All differences of a day. */
export const differencesOf = async (running: Running, runId: string): Promise<readonly Json[]> => {
  const token = await running.token('boss', true)
  const all: Json[] = []
  let cursor = ''
  do {
    const query = `?limit=100${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`
    const { json } = await call(running, `/admin/reconciliations/${runId}/discrepancies${query}`, { token })
    all.push(...json.data)
    cursor = json.page.nextCursor ?? ''
  } while (cursor !== '')
  return all
}
