import { createEncryption } from '../../src/adapters/crypto/aes-encryption.ts'
import type { FixedClock } from '../../src/adapters/memory/fixed-clock.ts'
import { openMysqlStore } from '../../src/adapters/persistence/mysql-store.ts'
import { randomIds } from '../../src/adapters/system/random-ids.ts'
import { type Program, startProgram } from '../kill/program.ts'
import { AMQP_URL } from '../services/services.ts'
import { type PrivateRedis, privateRedis } from '../services/private-redis.ts'
import { freePort } from '../support/free-port.ts'
import { mariadbTestDatabase } from '../support/mariadb-test-database.ts'
import type { TestDatabase } from '../support/database.ts'
import { ENCRYPTION_KEY, type Running, startTestSandbox, testSettings, tokenAt } from '../support/service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** A place in the fleet, and the process that is on it now. */
export type Seat = {
  readonly role: 'serve' | 'worker'
  readonly program: Program
  /** SIGKILL; nobody takes its place until `start`. */
  kill(): Promise<void>
  start(): Promise<void>
}

export type Fleet = Running & {
  readonly servers: readonly Seat[]
  readonly workers: readonly Seat[]
  readonly redis: PrivateRedis
}

export type FleetOptions = {
  readonly isolation?: 'read-committed' | 'repeatable-read'
  readonly settings?: Readonly<Record<string, string>>
  /** Instead of one on the server that is there for all tests. */
  readonly database?: TestDatabase
}

/** Two servers and two workers, each a process of its own, on one MariaDB, one Redis and one RabbitMQ. */
export const startFleet = async (options: FleetOptions = {}): Promise<Fleet> => {
  const { isolation = 'read-committed', settings = {} } = options
  const directory = temporaryDirectory()
  const database = options.database ?? (await mariadbTestDatabase({ isolation, connections: '8' }))
  const redis = await privateRedis()
  const programs = new Set<Program>()
  const clock = runningClock((aheadMs) => programs.forEach((program) => program.setAhead(aheadMs)))
  const sandbox = await startTestSandbox(clock)
  const environment = {
    ...testSettings(database, sandbox),
    SCHEDULER_TICK_MS: '100',
    RECOVERY_SCHEDULE: '5s,500ms', // Time passes here, and a test wants to be before the first question.
    REDIS_URL: redis.url,
    AMQP_URL,
    AUTO_MIGRATE: 'false',
    LOG_LEVEL: 'info',
    ...settings,
  }
  const launch = async (role: Seat['role'], own: Readonly<Record<string, string>>): Promise<Program> => {
    const place = { directory: directory.path, aheadMs: clock.aheadMs(), role: [role] }
    const program = await startProgram({ ...environment, ...own }, place)
    programs.add(program)
    return program
  }
  const seat = async (role: Seat['role'], port: number, others: number): Promise<Seat> => {
    const own = { PORT: String(port), ...callbacksTo(others) }
    let program = await launch(role, own)
    return {
      role,
      get program() {
        return program
      },
      async kill() {
        programs.delete(program)
        await program.kill()
      },
      async start() {
        program = await launch(role, own)
      },
    }
  }
  const [one, two] = [await freePort(), await freePort()]
  // What is opened at one server is called back at the other.
  const servers = await Promise.all([seat('serve', one, two), seat('serve', two, one)])
  const workers = await Promise.all([seat('worker', await freePort(), one), seat('worker', await freePort(), two)])
  const encryption = createEncryption([ENCRYPTION_KEY])
  const store = await openMysqlStore({ url: database.url, encryption, ids: randomIds, migrate: false })
  let turn = 0
  return {
    get origin() {
      turn += 1
      return servers[turn % 2 === 0 ? 0 : 1].program.origin
    },
    sandbox,
    database,
    store,
    clock,
    redis,
    servers,
    workers,
    token: (user, admin) => tokenAt(clock, user, admin),
    async stop() {
      await Promise.all([...programs].map((program) => program.stop()))
      await sandbox.stop()
      await store.close()
      await redis.remove()
      await database.remove()
      directory.remove()
    },
  }
}

const callbacksTo = (port: number) => {
  const payments = `http://127.0.0.1:${port}/api/v1/payments`
  return {
    WECHAT_NOTIFY_URL: `${payments}/wechat/notify`,
    WECHAT_REFUND_NOTIFY_URL: `${payments}/wechat/refund/notify`,
    ALIPAY_NOTIFY_URL: `${payments}/alipay/notify`,
    ALIPAY_REFUND_NOTIFY_URL: `${payments}/alipay/refund/notify`,
  }
}

/** Time as it passes, and on top of it what the test lets pass. */
const runningClock = (moved: (aheadMs: number) => void): FixedClock & { aheadMs(): number } => {
  let aheadMs = 0
  const move = (ms: number): void => {
    aheadMs = ms
    moved(ms)
  }
  return {
    aheadMs: () => aheadMs,
    now: () => new Date(Date.now() + aheadMs),
    monotonicMs: () => performance.now() + aheadMs,
    advance: (ms) => move(aheadMs + ms),
    set: (date) => move(date.getTime() - Date.now()),
  }
}
