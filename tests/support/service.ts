import { join } from 'node:path'
import { fixedClock } from '../../src/adapters/memory/fixed-clock.ts'
import { signToken } from '../../src/adapters/cli/sign-token.ts'
import { makeSandboxKeys, type Sandbox, type SandboxOptions, startSandbox } from '../../src/adapters/sandbox/sandbox.ts'
import { randomIds } from '../../src/adapters/system/random-ids.ts'
import { systemRandomness } from '../../src/adapters/system/system-randomness.ts'
import { loadSettings } from '../../src/main/config.ts'
import { type Service, startService, type System } from '../../src/main/start.ts'
import { tokens } from '../../src/main/tokens.ts'
import { sandboxSettings } from '../../src/main/sandbox.ts'
import { freePort } from './free-port.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const JWT_SECRET = 'a secret for tests only, 32 bytes and more'

export type Running = {
  readonly origin: string
  readonly sandbox: Sandbox
  readonly service: Service
  readonly databasePath: string
  readonly clock: ReturnType<typeof fixedClock>
  token(user: string, admin?: boolean): Promise<string>
  stop(): Promise<void>
}

export type RunningOptions = {
  readonly settings?: Readonly<Record<string, string>>
  readonly sandbox?: SandboxOptions
  /** How soon a gateway that does not answer is left alone; by default as in production. */
  readonly timings?: System['timings']
}

let keys: ReturnType<typeof makeSandboxKeys> | undefined // Made once for each test file.

/** The whole service on a database file of its own and a fixed clock, its gateways being a sandbox on the same clock. */
export const startRunning = async (options: RunningOptions = {}): Promise<Running> => {
  const directory = temporaryDirectory()
  const databasePath = join(directory.path, 'shouyin.db')
  const clock = fixedClock({ at: new Date('2026-11-20T04:00:00.000Z') })
  keys ??= makeSandboxKeys(clock.now())
  const sandbox = await startSandbox({
    callbackSpeed: 1000,
    keys: await keys,
    now: () => clock.now(),
    ...options.sandbox,
  })
  const settings = loadSettings({
    PORT: String(await freePort()),
    DATABASE_URL: `sqlite:${databasePath}`,
    LOG_LEVEL: 'silent',
    JWT_SECRET,
    DATA_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
    SCHEDULER_TICK_MS: '20',
    RECOVERY_SCHEDULE: '10ms',
    RATE_LIMIT_PAYMENTS_PER_USER: '1000/60s',
    RATE_LIMIT_PAYMENTS_PER_IP: '10000/60s',
    ...sandboxSettings(sandbox),
    ...options.settings,
  })._unsafeUnwrap()
  const { timings = {} } = options
  const started = await startService(settings, { clock, ids: randomIds, randomness: systemRandomness, timings })
  const service = started._unsafeUnwrap()
  return {
    origin: service.origin,
    sandbox,
    service,
    databasePath,
    clock,
    token: (user, admin = false) =>
      signToken(
        JWT_SECRET,
        {
          user,
          admin,
          seconds: 3600,
          issuer: undefined,
          audience: undefined,
        },
        clock.now(),
      ),
    async stop() {
      await service.stop()
      await sandbox.stop()
      directory.remove()
    },
  }
}

export const readersOf = ({ service }: Running) => service.container.get(tokens.readers)
export const storeOf = ({ service }: Running) => service.container.get(tokens.store)
