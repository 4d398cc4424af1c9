/**
 * `npm run bench:callbacks -- [--count 2000] [--rounds 5] [--json FILE]`: genuine callbacks at 32 connections against the product
 * and against the floor (bare node:http, the same cryptography and statements), in turn, round after round.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Sandbox, startSandbox } from '../../src/adapters/sandbox/sandbox.ts'
import { accepted, type Callback, notifyPath } from './callback.ts'
import { countWrong } from './count-rows.ts'
import { fire } from './fire.ts'
import { PRICE_FEN, seed } from './seed.ts'
import { type Contestant, startContestant } from './server-process.ts'

const CONTESTANTS: readonly Contestant[] = ['product', 'floor-each', 'floor-group']
const PROVIDERS = ['wechat', 'alipay'] as const
type Measured = {
  readonly provider: string
  readonly contestant: Contestant
  readonly rate: number
  readonly p50: number
  readonly p99: number
  readonly cpuUs: number
}

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
})
const count = Number(values.count)
const rounds = Number(values.rounds)

const callbacksFor = (
  sandbox: Sandbox,
  provider: 'wechat' | 'alipay',
  numbers: readonly string[],
): readonly Callback[] =>
  numbers.map((outTradeNo) => {
    const path = notifyPath(provider)
    const { headers, body } =
      provider === 'wechat'
        ? sandbox.wechat.notification({ outTradeNo, total: PRICE_FEN }, { signWith: 'public_key' })
        : sandbox.alipay.notification({ outTradeNo, total: PRICE_FEN })
    return { path, headers, body }
  })

const identityOf = ({ wechat, alipay }: Sandbox, provider: 'wechat' | 'alipay') =>
  provider === 'wechat'
    ? { merchantId: wechat.credentials.mchId, appId: wechat.credentials.appId }
    : { merchantId: alipay.credentials.sellerId, appId: alipay.credentials.appId }

const round = async (sandbox: Sandbox, provider: 'wechat' | 'alipay', contestant: Contestant): Promise<Measured> => {
  const directory = mkdtempSync(join(tmpdir(), 'shouyin-bench-'))
  try {
    const path = join(directory, 'bench.db')
    const encryptionKey = randomBytes(32)
    const method = provider === 'wechat' ? 'WECHAT_NATIVE' : 'ALIPAY_QR'
    const numbers = await seed({
      path,
      encryptionKey,
      provider,
      method,
      identity: identityOf(sandbox, provider),
      count,
    })
    const callbacks = callbacksFor(sandbox, provider, numbers)
    const server = await startContestant(contestant, { directory, path, encryptionKey, sandbox })
    const before = server.cpuMs()
    const { rate, p50, p99, answers } = await fire(server.origin, callbacks)
    const cpuUs = Math.round(((server.cpuMs() - before) * 1000) / count)
    await server.stop()
    const refused = answers.filter(({ status, body }) => !accepted(provider, status, body)).length
    const wrong = countWrong(path, count)
    if (refused > 0 || wrong.length > 0) throw new Error(`${contestant}: ${refused} refused; ${wrong.join(', ')}`)
    return { provider, contestant, rate, p50, p99, cpuUs }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

const sandbox = await startSandbox()
const measured: Measured[] = []
for (let n = 1; n <= rounds; n += 1)
  for (const provider of PROVIDERS)
    for (const contestant of CONTESTANTS) {
      const one = await round(sandbox, provider, contestant)
      measured.push(one)
      console.log(`round ${n}/${rounds}  ${provider.padEnd(6)}  ${contestant.padEnd(11)}  ${one.rate}/s`)
    }
await sandbox.stop()

console.log(
  `\n${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.version}; ${count} callbacks, 32 connections, median of ${rounds}\n`,
)
console.log('| | /s | p50 ms | p99 ms | CPU us | to floor each |\n| --- | ---: | ---: | ---: | ---: | ---: |')
for (const provider of PROVIDERS) {
  const of = (contestant: Contestant, value: 'rate' | 'p50' | 'p99' | 'cpuUs'): number =>
    median(
      measured.filter((one) => one.provider === provider && one.contestant === contestant).map((one) => one[value]),
    )
  for (const one of CONTESTANTS) {
    const ratio = (of(one, 'rate') / of('floor-each', 'rate')).toFixed(2)
    console.log(
      `| ${provider} ${one} | ${of(one, 'rate')} | ${of(one, 'p50')} | ${of(one, 'p99')} | ${of(one, 'cpuUs')} | ${ratio} |`,
    )
  }
}
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(measured, null, 2))
const total = measured.length * count
console.log(`\n${total} callbacks answered, every order settled exactly once`)
