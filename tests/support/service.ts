import { fixedClock, type FixedClock } from '../../src/adapters/memory/fixed-clock.ts'
import { signToken } from '../../src/adapters/cli/sign-token.ts'
import type { Store } from '../../src/adapters/persistence/store.ts'
import { makeSandboxKeys, type Sandbox, type SandboxOptions, startSandbox } from '../../src/adapters/sandbox/sandbox.ts'
import { randomIds } from '../../src/adapters/system/random-ids.ts'
import { systemRandomness } from '../../src/adapters/system/system-randomness.ts'
import { loadSettings } from '../../src/main/config.ts'
import { sandboxSettings } from '../../src/main/sandbox.ts'
import { type Service, startService, type System } from '../../src/main/start.ts'
import { tokens } from '../../src/main/tokens.ts'
import { type TestDatabase, testDatabase } from './database.ts'
import { freePort } from './free-port.ts'
import { watchOutput } from './watched-output.ts'

export const JWT_SECRET = 'a secret for tests only, 32 bytes and more'
export const ENCRYPTION_KEY = Buffer.alloc(32, 7)

/** A service that is up, in this process or in several others, and what a test has of it. */
export type Running = {
  /** Where to call the API; of several servers one after another. */
  readonly origin: string
  readonly sandbox: Sandbox
  readonly database: TestDatabase
  /** The rows as the service reads them. */
  readonly store: Store
  readonly clock: FixedClock
  token(user: string, admin?: boolean): Promise<string>
  stop(): Promise<void>
}

/** One that runs in this very process. */
export type RunningHere = Running & { readonly service: Service }

export type RunningOptions = {
  /** One that was made before; it is removed at the stop all the same. */
  readonly database?: TestDatabase
  readonly settings?: Readonly<Record<string, string>>
  readonly sandbox?: SandboxOptions
  /** How soon a gateway that does not answer is left alone; by default as in production. */
  readonly timings?: System['timings']
}

let keys: ReturnType<typeof makeSandboxKeys> | undefined // Made once for each worker.

/** Both gateways on the clock of the test, whose callbacks come at once. */
export const startTestSandbox = async (clock: FixedClock, options: SandboxOptions = {}): Promise<Sandbox> => {
  keys ??= makeSandboxKeys(clock.now())
  return startSandbox({ callbackSpeed: 1000, keys: await keys, now: () => clock.now(), ...options })
}

/** Settings under which what is due is due soon, and nobody is told to come back later. */
export const testSettings = (database: TestDatabase, sandbox: Sandbox): Readonly<Record<string, string>> => ({
  DATABASE_URL: database.url,
  LOG_LEVEL: 'trace',
  JWT_SECRET,
  DATA_ENCRYPTION_KEY: ENCRYPTION_KEY.toString('base64'),
  SCHEDULER_TICK_MS: '20',
  RECOVERY_SCHEDULE: '10ms',
  RATE_LIMIT_ORDERS_PER_USER: '1000/60s',
  RATE_LIMIT_ORDERS_PER_IP: '10000/60s',
  RATE_LIMIT_PAYMENTS_PER_USER: '1000/60s',
  RATE_LIMIT_PAYMENTS_PER_IP: '10000/60s',
  ...sandboxSettings(sandbox),
})

export const tokenAt = (clock: FixedClock, user: string, admin = false): Promise<string> => {
  const claims = { user, admin, seconds: 3600, issuer: undefined, audience: undefined }
  return signToken(JWT_SECRET, claims, clock.now())
}

/** The whole service on a database of its own and a fixed clock, its gateways being a sandbox on the same clock. */
export const startRunning = async (options: RunningOptions = {}): Promise<RunningHere> => {
  const database = options.database ?? (await testDatabase())
  const clock = fixedClock({ at: new Date('2026-11-20T04:00:00.000Z') })
  const sandbox = await startTestSandbox(clock, options.sandbox)
  const environment = { PORT: String(await freePort()), ...testSettings(database, sandbox), ...options.settings }
  const settings = loadSettings(environment)._unsafeUnwrap()
  const { timings = {} } = options
  const logTo = watchOutput(environment)
  const started = await startService(settings, { clock, ids: randomIds, randomness: systemRandomness, timings, logTo })
  const service = started._unsafeUnwrap()
  return {
    origin: service.origin,
    sandbox,
    service,
    store: service.container.get(tokens.store),
    database,
    clock,
    token: (user, admin) => tokenAt(clock, user, admin),
    async stop() {
      await service.stop()
      await sandbox.stop()
      await database.remove()
      logTo.verify()
    },
  }
}

export const readersOf = ({ store }: Pick<Running, 'store'>) => store.readers
export const storeOf = ({ store }: Pick<Running, 'store'>) => store
