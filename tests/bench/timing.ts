/**
 * `npm run bench:timing -- [--samples 10000] [--case activation|sign-in]`: whether the time of an answer tells what is
 * there. Each variant is asked in turn, in a new order every time, over loopback against the real program; then the
 * means are held against each other by Welch's test. Ends with 1 where two are further apart than chance would have them.
 */
import { parseArgs } from 'node:util'
import { Client } from 'undici'
import { signToken } from '../../src/adapters/cli/sign-token.ts'
import { startSandbox } from '../../src/adapters/sandbox/sandbox.ts'
import { privateRedis, type PrivateRedis } from '../services/private-redis.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { startContestant } from './server-process.ts'
import { activationCase, type Place, signInCase, type TimingCase } from './timing-cases.ts'
import { sampleOf, trimmed, welchT } from './welch.ts'

/** What dudect and its likes take for a difference: chance gives it once in a hundred thousand comparisons. */
const MOST_T = 4.5
/** Of all answers the slowest are the machine's doing, and would hide what is ours. */
const KEPT = 0.95
const SECRET = 'bench'.repeat(10)

const { values: given } = parseArgs({
  options: { samples: { type: 'string', default: '10000' }, case: { type: 'string' } },
})
const samples = Number(given.samples)
const warmUp = Math.min(200, Math.ceil(samples / 10))

const tokenOf = (user: string, admin = false): Promise<string> =>
  signToken(SECRET, { user, admin, seconds: 86_400, issuer: undefined, audience: undefined }, new Date())

/** A caller and an address of its own for each few requests: none of them is to meet a limit. */
const callersFor = ({ perCaller }: TimingCase) => {
  let asked = 0
  let headers: Record<string, string> = {}
  return async (): Promise<Record<string, string>> => {
    if (asked % perCaller === 0) {
      const n = asked / perCaller
      const address = `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`
      headers = { authorization: `Bearer ${await tokenOf(`guesser-${n}`)}`, 'x-forwarded-for': address }
    }
    asked += 1
    return headers
  }
}

const shuffled = <T>(values: readonly T[]): readonly T[] =>
  values
    .map((value) => [Math.random(), value] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, value]) => value)

const measure = async (origin: string, one: TimingCase, redis: PrivateRedis | undefined) => {
  const client = new Client(origin)
  const times = Object.fromEntries(Object.keys(one.variants).map((name) => [name, [] as number[]]))
  const caller = callersFor(one)
  for (let round = -warmUp; round < samples; round += 1)
    for (const [name, body] of shuffled(Object.entries(one.variants))) {
      await redis?.flush()
      const headers = { 'content-type': 'application/json', ...(await caller()) }
      const text = JSON.stringify(body())
      const start = performance.now()
      const answer = await client.request({ method: 'POST', path: one.path, headers, body: text })
      await answer.body.text()
      const ms = performance.now() - start
      if (answer.statusCode !== one.status) throw new Error(`${name}: ${answer.statusCode}`)
      if (round >= 0) times[name]?.push(ms)
    }
  await client.close()
  return times
}

const compare = (title: string, times: Readonly<Record<string, readonly number[]>>): boolean => {
  const names = Object.keys(times)
  const kept = trimmed(Object.values(times), KEPT).map(sampleOf)
  console.log(`\n${title}, ${samples} of each, the fastest ${KEPT * 100} %`)
  for (const [n, { mean, variance, count }] of kept.entries())
    console.log(
      `  ${names[n]?.padEnd(10)} ${(mean * 1000).toFixed(1)} us ± ${(Math.sqrt(variance / count) * 1000).toFixed(1)}`,
    )
  let isSame = true
  for (const [n, a] of kept.entries())
    for (const [m, b] of kept.entries()) {
      if (m <= n) continue
      const t = welchT(a, b)
      if (Math.abs(t) > MOST_T) isSame = false
      console.log(`  ${names[n]} / ${names[m]}: t = ${t.toFixed(2)}${Math.abs(t) > MOST_T ? '  A DIFFERENCE' : ''}`)
    }
  return isSame
}

type Case = {
  readonly name: string
  readonly needsRedis: boolean
  readonly make: (place: Place) => Promise<TimingCase | undefined>
}
const CASES: readonly Case[] = [
  { name: 'activation', needsRedis: false, make: activationCase },
  // Its limits hold for the whole service, so what is counted is taken away before each try.
  { name: 'sign-in', needsRedis: true, make: signInCase },
]

const run = async ({ name, needsRedis, make }: Case): Promise<boolean> => {
  const directory = temporaryDirectory()
  const sandbox = await startSandbox()
  const redis = needsRedis ? await privateRedis() : undefined
  const server = await startContestant('product', {
    directory: directory.path,
    path: `${directory.path}/timing.db`,
    encryptionKey: Buffer.alloc(32, 7),
    sandbox,
    settings: { TRUSTED_PROXIES: '127.0.0.1', ...(redis && { REDIS_URL: redis.url }) },
  })
  try {
    const one = await make({ origin: server.origin, token: tokenOf })
    if (one !== undefined) return compare(name, await measure(server.origin, one, redis))
    console.log(`\n${name}: not there`)
    return true
  } finally {
    await server.stop()
    await redis?.remove()
    await sandbox.stop()
    directory.remove()
  }
}

let isSame = true
for (const one of CASES) if (given.case === undefined || given.case === one.name) isSame = (await run(one)) && isSame
process.exitCode = isSame ? 0 : 1
