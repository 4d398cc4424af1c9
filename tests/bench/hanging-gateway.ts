/**
 * `npm run bench:hanging-gateway -- [--seconds 30] [--rate 200]`: the gateways take every call and never answer, users go
 * on opening payments, and genuine callbacks arrive at a fixed rate, whether or not those before have been answered.
 * Times count from the moment a callback was due to be sent. Ends with 1 where one in a hundred takes a second or more.
 */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { Agent } from 'undici'
import { signToken } from '../../src/adapters/cli/sign-token.ts'
import { type Sandbox, startSandbox } from '../../src/adapters/sandbox/sandbox.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { call, GRANT, order, sell } from '../wire/payer.ts'
import { accepted, type Callback, notifyPath } from './callback.ts'
import { countSettled } from './count-rows.ts'
import { PRICE_FEN, seed } from './seed.ts'
import { startContestant } from './server-process.ts'

const SECRET = 'bench'.repeat(10)
const MOST_P99_MS = 1000
/** How many users wait for a gateway at any time. */
const USERS = 8

const { values: given } = parseArgs({
  options: { seconds: { type: 'string', default: '30' }, rate: { type: 'string', default: '200' } },
})
const rate = Number(given.rate)
const count = rate * Number(given.seconds)

type Run = { readonly origin: string; readonly sandbox: Sandbox; readonly numbers: readonly string[] }

/** Takes every call, and that is all. */
const startHanging = async () => {
  let calls = 0
  const server = createServer(() => void (calls += 1))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // Of a server that listens on TCP.
  return {
    origin: `http://127.0.0.1:${port}`,
    calls: () => calls,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const tokenOf = (user: string, admin = false): Promise<string> =>
  signToken(SECRET, { user, admin, seconds: 3600, issuer: undefined, audience: undefined }, new Date())

/** Users who open one payment after the other; gives what they were told. */
const keepPaying = (origin: string) => {
  const api = { origin, token: tokenOf }
  const over = new AbortController()
  const told = new Map<string, number>()
  const pay = async (productId: string, n: number): Promise<void> => {
    const [provider, method] = n % 2 === 0 ? ['wechat', 'WECHAT_NATIVE'] : ['alipay', 'ALIPAY_QR']
    for (let turn = 0; !over.signal.aborted; turn += 1) {
      const user = `user-${n}-${turn}`
      const body = { orderId: await order(api, productId, user), method }
      const { status, json } = await call(api, `/payments/${provider}/create`, { token: await tokenOf(user), body })
      const answer = `${status} ${json.code ?? ''}`.trim()
      told.set(answer, (told.get(answer) ?? 0) + 1)
      await delay(100)
    }
  }
  const begun = sell(api, GRANT).then((productId) => Array.from({ length: USERS }, (_, n) => pay(productId, n)))
  return async () => {
    over.abort()
    await Promise.all(await begun)
    return Object.fromEntries(told)
  }
}

/** Sends at the rate, each callback signed just before it is due; times count from when it was due. */
const sendAll = async ({ origin, sandbox, numbers }: Run) => {
  const agent = new Agent({ connections: 256, pipelining: 1 })
  const send = async ({ path, headers, body }: Callback, dueAt: number) => {
    const answer = await agent.request({ origin, method: 'POST', path, headers, body })
    const text = await answer.body.text()
    return { ms: performance.now() - dueAt, isAccepted: accepted('wechat', answer.statusCode, text) }
  }
  const sent: ReturnType<typeof send>[] = []
  const begun = performance.now()
  for (const [n, outTradeNo] of numbers.entries()) {
    const { headers, body } = sandbox.wechat.notification({ outTradeNo, total: PRICE_FEN }, { signWith: 'public_key' })
    const dueAt = begun + (n * 1000) / rate
    const early = dueAt - performance.now()
    if (early > 1) await delay(early)
    sent.push(send({ path: notifyPath('wechat'), headers, body }, dueAt))
  }
  const answers = await Promise.all(sent)
  await agent.close()
  return answers
}

/** The whole of it, with gateways that hang or, to hold it against, with gateways that answer. */
const run = async (mode: 'answer' | 'hang'): Promise<boolean> => {
  const directory = temporaryDirectory()
  const path = `${directory.path}/bench.db`
  const encryptionKey = randomBytes(32)
  const sandbox = await startSandbox()
  const hanging = await startHanging()
  const { appId, mchId: merchantId } = sandbox.wechat.credentials
  const identity = { merchantId, appId }
  const numbers = await seed({ path, encryptionKey, provider: 'wechat', method: 'WECHAT_NATIVE', identity, count })
  const { origin, stop, cpuMs } = await startContestant('product', {
    directory: directory.path,
    path,
    encryptionKey,
    sandbox,
    settings: {
      RATE_LIMIT_ORDERS_PER_IP: '100000/60s',
      RATE_LIMIT_PAYMENTS_PER_IP: '100000/60s',
      ...(mode === 'hang' && { WECHAT_BASE_URL: hanging.origin, ALIPAY_GATEWAY_URL: `${hanging.origin}/gateway.do` }),
    },
  })
  const stopPaying = keepPaying(origin)
  await delay(1000)
  const [startedAt, cpuBefore] = [performance.now(), cpuMs()]
  const answers = await sendAll({ origin, sandbox, numbers })
  const core = Math.round(((cpuMs() - cpuBefore) / (performance.now() - startedAt)) * 100)
  const told = await stopPaying()
  await stop()
  const times = answers.map(({ ms }) => ms).toSorted((a, b) => a - b)
  const at = (part: number): number =>
    Math.round(times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0)
  const refused = answers.filter(({ isAccepted }) => !isAccepted).length
  const settled = countSettled(path)
  console.log(
    `gateways ${mode}: ${count} callbacks at ${rate}/s; p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`,
  )
  console.log(`  ${refused} refused, ${settled} durable; ${hanging.calls()} calls hung; payments opened:`, told)
  console.log(
    `  the server had ${core} % of a core; load ${loadavg()
      .map((one) => one.toFixed(1))
      .join(' ')}`,
  )
  hanging.close()
  await sandbox.stop()
  directory.remove()
  return at(0.99) < MOST_P99_MS && refused === 0 && settled >= count && (mode === 'answer' || hanging.calls() > 0)
}

const isBaseline = await run('answer')
const isMet = await run('hang')
if (!isBaseline) console.log('missed with gateways that answer as well: this machine is too slow, or too busy')
process.exitCode = isMet ? 0 : 1
