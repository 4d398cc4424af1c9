import { join } from 'node:path'
import { expect } from 'vitest'
import { signToken } from '../../src/adapters/cli/sign-token.ts'
import { makeSandboxKeys, type Sandbox, startSandbox } from '../../src/adapters/sandbox/sandbox.ts'
import { sandboxSettings } from '../../src/main/sandbox.ts'
import { type Books, openSqliteBooks } from '../support/books.ts'
import { freePort } from '../support/free-port.ts'
import { ledgerOf } from '../support/sandbox-ledger.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { type Gate, startGate } from './gate.ts'
import { type Program, startProgram } from './program.ts'

const JWT_SECRET = 'a secret for tests only, 32 bytes and more'
const DAYS = 86_400
/** More than any lease: what a killed program had in hand is free again. */
export const LEASES_OVER_MS = 61_000
export const ORDERS_OVER_MS = 1_800_000 + LEASES_OVER_MS

/** A service on which customers can do things, and what can be known of it besides. */
export type Stage = {
  readonly origin: string
  readonly sandbox: Sandbox
  readonly books: Books
  token(user: string, admin?: boolean): Promise<string>
}

/** A program that can be killed, its file, and the gateways that live on. */
export type World = Stage & {
  readonly gate: Gate
  kill(): Promise<void>
  /** Starts the program again on the same file, by so much later. */
  restart(laterMs: number): Promise<void>
  /** Fails with every invariant that does not hold now. */
  verify(): Promise<void>
  /** Waits until nothing is left to do, then compares everything with the gateways' own books. */
  verifyAtRest(): Promise<void>
  /** Ends it as its operator would; a program that can't be ended in order fails. */
  end(): Promise<void>
}

let keys: ReturnType<typeof makeSandboxKeys> | undefined // Made once; RSA takes its time.

export const startWorld = async (): Promise<World> => {
  const directory = temporaryDirectory()
  const databasePath = join(directory.path, 'shouyin.db')
  let aheadMs = 0
  const now = () => new Date(Date.now() + aheadMs)
  keys ??= makeSandboxKeys()
  const sandbox = await startSandbox({ callbackSpeed: 1000, keys: await keys, now })
  const gate = await startGate(sandbox.origin)
  const port = await freePort()
  const environment = { ...settings(port, databasePath), ...sandboxSettings(sandbox), ...through(gate) }
  const start = () => startProgram(environment, { directory: directory.path, aheadMs })
  let program: Program = await start()
  const books = openSqliteBooks(databasePath)
  const verify = async (quiescent: boolean) => expect(await books.violations({ quiescent, now: now() })).toEqual([])
  return {
    origin: `http://127.0.0.1:${port}`,
    sandbox,
    gate,
    books,
    token: (user, admin = false) =>
      signToken(JWT_SECRET, { user, admin, seconds: DAYS, issuer: undefined, audience: undefined }, now()),
    kill: () => program.kill(),
    async restart(laterMs) {
      aheadMs += laterMs
      program = await start()
    },
    verify: () => verify(false),
    async verifyAtRest() {
      await until(async () => (await books.openWork()) === 0)
      await verify(true)
      expect(await books.againstLedger(ledgerOf(sandbox))).toEqual([])
    },
    async end() {
      await books.close()
      expect(await program.stop()).toBe(0)
      await gate.close()
      await sandbox.stop()
      directory.remove()
    },
  }
}

const settings = (port: number, databasePath: string) => ({
  PORT: String(port),
  DATABASE_URL: `sqlite:${databasePath}`,
  LOG_LEVEL: 'info',
  JWT_SECRET,
  DATA_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
  SCHEDULER_TICK_MS: '100',
  RECOVERY_SCHEDULE: '3s,200ms,500ms,1m', // The first gap is what a test has for paying one order twice.
  GATEWAY_TIMEOUT_MS: '10000', // A call that stands still is to be killed, not to be given up.
  RATE_LIMIT_ORDERS_PER_USER: '100000/60s',
  RATE_LIMIT_ORDERS_PER_IP: '100000/60s',
  RATE_LIMIT_PAYMENTS_PER_USER: '100000/60s',
  RATE_LIMIT_PAYMENTS_PER_IP: '100000/60s',
})

const through = ({ origin }: Gate) => ({ WECHAT_BASE_URL: origin, ALIPAY_GATEWAY_URL: `${origin}/gateway.do` })

/** Waits until something holds that happens by itself; fails after half a minute. */
export const until = async (holds: () => Promise<boolean> | boolean): Promise<void> => {
  for (let turn = 0; turn < 600; turn += 1) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`it did not come to hold: ${holds.toString()}`)
}
