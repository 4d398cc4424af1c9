import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fen } from '../../src/domain/money.ts'
import { addDays, shanghaiDayOf, startOfDay } from '../../src/domain/shanghai-day.ts'
import { writeWechatBill } from '../bench/bill-files.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { call, codesOf, deliver, type Gateway, GRANT, type Json, METHOD, sell, stockUp } from '../wire/payer.ts'
import { type ConsoleHeaders, consoleHeaders } from './console-session.ts'
import type { Known } from './examples.ts'
import type { Stage } from './stage.ts'

const OWNER = 'u1'
const STRANGER = 'u2'
const PRICE_FEN = 9900

/** What is there to be asked for and told about. */
export type Shop = {
  readonly known: Known
  /** What each kind of caller proves itself by; nobody has nothing. */
  readonly credentials: Readonly<Record<string, ConsoleHeaders>>
  /** Payments that gateways may tell something about. */
  readonly attempts: readonly Attempt[]
}

export type Attempt = {
  readonly gateway: Gateway
  readonly outTradeNo: string
  readonly totalFen: number
  readonly refundNo: string | undefined
}

/** Everything that needs more than requests: what jobs find, send and compare. Done once, while they run. */
export const openShop = async (stage: Stage): Promise<void> => {
  const token = await stage.token('boss', true)
  await call(stage, '/admin/webhook-endpoints', { token, body: { url: 'http://127.0.0.1:9/hooks' } })
  const productId = await sell(stage, GRANT)
  for (const gateway of ['wechat', 'alipay'] as const) {
    const { orderId, codeUrl } = await open(stage, productId, gateway)
    await stage.sandbox[gateway].pay(codeUrl)
    await until(async () => (await find(stage, `/orders/${orderId}`, OWNER)).status === 'paid')
  }
  await importBill(stage, token)
  await until(async () => (await count(stage, 'webhook_deliveries')) > 0 && (await count(stage, 'discrepancies')) > 0)
  for (const gateway of ['wechat', 'alipay'] as const)
    stage.sandbox[gateway].faults.add({ operation: 'callback', kind: 'never', times: 1_000_000_000 })
}

/** A day long ago whose bill has one payment that nobody here has ever heard of. */
const importBill = async (stage: Stage, token: string): Promise<void> => {
  const day = addDays(shanghaiDayOf(new Date()), -100)
  const transactionId = '4200009999000000000000000001'
  const row = { kind: 'payment', outTradeNo: 'NOBODYKNOWS1', transactionId, amount: fen(100) } as const
  const directory = temporaryDirectory()
  const path = join(directory.path, 'bill.csv')
  const { mchId, appId } = stage.sandbox.wechat.credentials
  await writeWechatBill(path, [{ ...row, at: startOfDay(day).getTime() + 3_600_000 }], { mchId, appId })
  const answer = await fetch(`${stage.origin}/api/v1/admin/reconciliations/import?provider=wechat&date=${day}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
    body: new Uint8Array(readFileSync(path)),
  })
  directory.remove()
  if (answer.status !== 202) throw new Error(`the bill was refused: ${await answer.text()}`)
}

/** Fresh things in every state, and the names of some that are there, old and new. */
export const stockShop = async (stage: Stage): Promise<Shop> => {
  const boss = await stage.token('boss', true)
  await calmRisk(stage, boss)
  const grant = await sell(stage, GRANT)
  const sku = `MUG-${randomUUID().slice(0, 8)}`
  const goods = await sell(stage, { type: 'goods', sku })
  await stockUp(stage, sku, 50)
  const pack = await sell(stage, { type: 'points', points: 100, bonusPoints: 1 })
  const codes = await codesOf(stage, await sell(stage, { type: 'access', delivery: 'code', validityDays: 30 }), 6)
  await call(stage, '/admin/risk/blacklist', { token: boss, body: { address: '198.51.100.0/24', reason: '测试' } })
  const unpaid = await order(stage, goods)
  const attempts: Attempt[] = []
  for (const gateway of ['wechat', 'alipay'] as const)
    for (const end of ['pending', 'paid', 'refunding'] as const)
      attempts.push(await attemptThat(stage, end, gateway, grant))
  const known = await namesIn(stage, boss)
  return {
    attempts,
    credentials: {
      nobody: [],
      owner: bearer(await stage.token(OWNER)),
      stranger: bearer(await stage.token(STRANGER)),
      anybody: bearer(await stage.token(randomUUID())),
      admin: bearer(boss),
      operator: await consoleHeaders(stage),
      cashier: bearer(unpaid.link),
      junk: bearer('a.b.c'),
    },
    known: {
      ...known,
      code: codes,
      sku: [sku, 'NONE'],
      orderId: [...(known['orderId'] ?? []), ...Array.from({ length: 6 }, () => unpaid.id)],
      productId: [...(known['productId'] ?? []), grant, goods, pack],
      returnUrl: [`${stage.origin}/back`],
    },
  }
}

const bearer = (token: string): ConsoleHeaders => [['Authorization', `Bearer ${token}`]]

const attemptThat = async (
  stage: Stage,
  end: 'pending' | 'paid' | 'refunding',
  gateway: Gateway,
  productId: string,
): Promise<Attempt> => {
  const { orderId, outTradeNo } = await open(stage, productId, gateway)
  const attempt = { gateway, outTradeNo, totalFen: PRICE_FEN, refundNo: undefined }
  if (end === 'pending') return attempt
  const message = stage.sandbox[gateway].notification({ outTradeNo, total: PRICE_FEN })
  const { status } = await deliver(stage, gateway, message)
  if (status >= 300) throw new Error(`a genuine callback was refused with ${status}`)
  if (end === 'paid') return attempt
  const body = { orderId, amount: '3.00', reason: '不想要了' }
  const { json } = await call(stage, `/payments/${gateway}/refund`, { token: await stage.token(OWNER), body })
  return { ...attempt, refundNo: String(json.data.refundNo) }
}

const order = async (stage: Stage, productId: string): Promise<{ readonly id: string; readonly link: string }> => {
  const body = { items: [{ productId, quantity: 1 }] }
  const { json } = await call(stage, '/orders', { token: await stage.token(OWNER), body })
  return { id: json.data.id, link: new URL(json.data.cashierUrl).hash.slice(1) }
}

const open = async (stage: Stage, productId: string, gateway: Gateway) => {
  const { id: orderId } = await order(stage, productId)
  const body = { orderId, method: METHOD[gateway] }
  const { json } = await call(stage, `/payments/${gateway}/create`, { token: await stage.token(OWNER), body })
  const { payment, action } = json.data
  return { orderId, outTradeNo: String(payment.outTradeNo), codeUrl: String(action.codeUrl) }
}

/** What an admin among the inputs has changed may turn everybody away from then on. */
const calmRisk = async (stage: Stage, token: string): Promise<void> => {
  const patch = { token, method: 'PATCH' }
  for (const rule of ['amount_jump', 'night_hours', 'unpaid_orders', 'velocity', 'refund_rate'])
    await call(stage, `/admin/risk/rules/${rule}`, { ...patch, body: { mode: 'shadow' } })
  for (const { id, address } of (await find(stage, '/admin/risk/blacklist?limit=100', 'boss')) as readonly Json[])
    if (address !== '198.51.100.0/24')
      await fetch(`${stage.origin}/api/v1/admin/risk/blacklist/${id}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${token}` },
      })
}

/** Each list of an admin, and the names that fields elsewhere have for the ids in it. */
const LISTS: Readonly<Record<string, string>> = {
  '/products': 'productId',
  '/admin/orders': 'orderId',
  '/admin/payments': 'paymentId',
  '/admin/refunds': 'refundNo',
  '/admin/access-codes': 'codeId',
  '/admin/incidents': 'incidentId',
  '/admin/alerts': 'alertId',
  '/admin/notifications': 'notificationId',
  '/admin/webhook-endpoints': 'endpointId',
  '/admin/reconciliations': 'reconciliationId',
  '/admin/risk/blacklist': 'entryId',
}

const namesIn = async (stage: Stage, token: string): Promise<Known> => {
  const names: Record<string, unknown[]> = {
    ...CONSTANTS,
    date: [shanghaiDayOf(new Date()), '2026-10-01'],
    cursor: [],
    deliveryId: await ids(stage, 'webhook_deliveries'),
    discrepancyId: await ids(stage, 'discrepancies'),
  }
  for (const [path, name] of Object.entries(LISTS)) {
    const { json } = await call(stage, `${path}?limit=12`, { token })
    const rows: readonly Json[] = json.data
    names[name] = rows.map((row) => (name === 'refundNo' ? row.refundNo : row.id))
    for (const field of ['outTradeNo', 'transactionId', 'batchId'])
      names[field] = [...(names[field] ?? []), ...rows.flatMap((row) => row[field] ?? [])]
    if (json.page.nextCursor !== null) names['cursor']?.push(json.page.nextCursor)
  }
  return names
}

const CONSTANTS: Readonly<Record<string, unknown[]>> = {
  provider: ['wechat', 'alipay', 'points'],
  amount: ['99.00', '99.00', 99, '3.00', '0.01'],
  price: ['99.00', 1.5],
  quantity: [1, 2],
  count: [1, 2],
  limit: ['1', '20', '100'],
  userId: [OWNER, STRANGER],
  address: ['198.51.100.7', '2001:db8::/48'],
  url: ['https://shop.example.cn/hooks'],
  openid: ['oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'],
  expiresAt: ['2099-01-01T00:00:00Z'],
  from: ['2026-11-01T00:00:00Z', '2026-11-01'],
  to: ['2026-12-01T00:00:00Z', '2026-11-30'],
  file: ['swagger-ui.css', 'x.js'],
  currency: ['CNY'],
}

const find = async (stage: Stage, path: string, user: string): Promise<Json> =>
  (await call(stage, path, { token: await stage.token(user, user === 'boss') })).json.data

const count = async ({ books }: Stage, table: string): Promise<number> =>
  Number((await books.rows(`select count(*) as n from ${table}`))[0]?.['n'])

const ids = async ({ books }: Stage, table: string): Promise<string[]> =>
  (await books.rows(`select id from ${table} order by id limit 20`)).map((row) => String(row['id']))

const until = async (holds: () => Promise<boolean>): Promise<void> => {
  for (let turn = 0; turn < 600; turn += 1) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the shop did not open')
}
