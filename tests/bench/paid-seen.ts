/**
 * `npm run bench:paid-seen -- [--count 50]`: how long after the payer has paid it shows, with every callback lost. Once with
 * an open page for each order, once without any, where only the recovery schedule asks.
 */
import { randomBytes, randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { signToken } from '../../src/adapters/cli/sign-token.ts'
import { startSandbox } from '../../src/adapters/sandbox/sandbox.ts'
import { startContestant } from './server-process.ts'

const JWT_SECRET = 'bench'.repeat(10)
const MAX_WAIT_MS = 120_000
const PAGE_PAID_WITHIN_MS = 30_000
const PAID_BEFORE_FIRST_QUESTION_MS = 12_000

const { values } = parseArgs({ options: { count: { type: 'string', default: '50' } } })
const count = Number(values.count)

const directory = mkdtempSync(join(tmpdir(), 'shouyin-bench-'))
const sandbox = await startSandbox()
for (const { faults } of [sandbox.wechat, sandbox.alipay])
  faults.add({ operation: 'callback', kind: 'never', times: count * 4 })
const server = await startContestant('product', {
  directory,
  path: join(directory, 'bench.db'),
  encryptionKey: randomBytes(32),
  sandbox,
  settings: { RATE_LIMIT_ORDERS_PER_IP: '100000/60s', RATE_LIMIT_PAYMENTS_PER_IP: '100000/60s' },
})

const tokenOf = (user: string, admin = false): Promise<string> =>
  signToken(JWT_SECRET, { user, admin, seconds: 3600, issuer: undefined, audience: undefined }, new Date())

// oxlint-disable-next-line typescript/no-explicit-any -- the shapes are the contract's
const call = async (token: string, path: string, body?: object): Promise<any> => {
  const answer = await fetch(`${server.origin}/api/v1${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return ((await answer.json()) as { readonly data: unknown }).data // As above.
}

const product = await call(await tokenOf('boss', true), '/admin/products', {
  name: '会员年卡',
  description: '',
  price: '99.00',
  fulfilment: { type: 'access', delivery: 'grant', validityDays: 365 },
})

/** One payer, from the order to the moment it is seen as paid; the milliseconds between payment and sight. */
const payer = async (n: number, paidWithinMs: number, seen: (token: string, id: string) => Promise<void>) => {
  const provider = n % 2 === 0 ? 'wechat' : 'alipay'
  const token = await tokenOf(`payer-${n}`)
  const { id } = await call(token, '/orders', { items: [{ productId: product.id, quantity: 1 }] })
  const method = provider === 'wechat' ? 'WECHAT_NATIVE' : 'ALIPAY_QR'
  const { action } = await call(token, `/payments/${provider}/create`, { orderId: id, method })
  const sight = seen(token, id)
  await sleep(randomInt(2000, paidWithinMs))
  await sandbox[provider].pay(action.codeUrl)
  const paidAt = performance.now()
  await sight
  return performance.now() - paidAt
}

const onAPage = async (token: string, id: string): Promise<void> => {
  const stream = await fetch(`${server.origin}/api/v1/orders/${id}/events`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(MAX_WAIT_MS),
  })
  for await (const chunk of stream.body?.pipeThrough(new TextDecoderStream()) ?? [])
    if (chunk.includes('"status":"paid"')) return
  throw new Error(`${id} was never seen as paid`)
}

const withoutAPage = async (token: string, id: string): Promise<void> => {
  const giveUpAt = performance.now() + MAX_WAIT_MS
  while ((await call(token, `/orders/${id}`)).status !== 'paid') {
    if (performance.now() > giveUpAt) throw new Error(`${id} was never seen as paid`)
    await sleep(100)
  }
}

const report = (title: string, waits: readonly number[]): void => {
  const sorted = waits.toSorted((a, b) => a - b)
  const at = (part: number): string =>
    `${((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0) / 1000).toFixed(2)} s`
  console.log(`${title}: ${waits.length} payments, median ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}`)
}

try {
  const numbers = Array.from({ length: count }, (_, n) => n)
  report('open page', await Promise.all(numbers.map((n) => payer(n, PAGE_PAID_WITHIN_MS, onAPage))))
  const waits = numbers.map((n) => payer(count + n, PAID_BEFORE_FIRST_QUESTION_MS, withoutAPage))
  report('no page, first question after 15 s', await Promise.all(waits))
} finally {
  await server.stop()
  await sandbox.stop()
  rmSync(directory, { recursive: true })
}
