import { createEncryption } from '../../src/adapters/crypto/aes-encryption.ts'
import type { FixedClock } from '../../src/adapters/memory/fixed-clock.ts'
import { openMysqlStore } from '../../src/adapters/persistence/mysql-store.ts'
import { randomIds } from '../../src/adapters/system/random-ids.ts'
import { type Program, startProgram } from '../kill/program.ts'
import { AMQP_URL } from '../services/services.ts'
import { type PrivateRedis, privateRedis } from '../services/private-redis.ts'
import { freePort } from '../support/free-port.ts'
import { mariadbTestDatabase } from '../support/mariadb-test-database.ts'
import { ENCRYPTION_KEY, type Running, startTestSandbox, testSettings, tokenAt } from '../support/service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

export type Fleet = Running & {
  readonly servers: readonly Program[]
  readonly workers: readonly Program[]
  readonly redis: PrivateRedis
  /** One more process, or one in the place of a dead one. */
  launch(role: 'serve' | 'worker'): Promise<Program>
}

export type FleetOptions = {
  readonly isolation?: 'read-committed' | 'repeatable-read'
  readonly settings?: Readonly<Record<string, string>>
}

/** Two servers and two workers, each a process of its own, on one MariaDB, one Redis and one RabbitMQ. */
export const startFleet = async ({
  isolation = 'read-committed',
  settings = {},
}: FleetOptions = {}): Promise<Fleet> => {
  const directory = temporaryDirectory()
  const database = await mariadbTestDatabase({ isolation })
  const redis = await privateRedis()
  const programs = new Set<Program>()
  const clock = runningClock((aheadMs) => programs.forEach((program) => program.setAhead(aheadMs)))
  const sandbox = await startTestSandbox(clock)
  const [one, two] = [await freePort(), await freePort()]
  const environment = {
    ...testSettings(database, sandbox),
    SCHEDULER_TICK_MS: '100',
    RECOVERY_SCHEDULE: '5s,500ms', // Time passes here, and a test wants to be before the first question.
    REDIS_URL: redis.url,
    AMQP_URL,
    AUTO_MIGRATE: 'false',
    LOG_LEVEL: 'error',
    ...settings,
  }
  const launchAt = async (role: 'serve' | 'worker', port: number, others: number): Promise<Program> => {
    const own = { PORT: String(port), ...callbacksTo(others) }
    const options = { directory: directory.path, aheadMs: clock.aheadMs(), role: [role] }
    const program = await startProgram({ ...environment, ...own }, options)
    programs.add(program)
    return program
  }
  // What is opened at one server is called back at the other.
  const [first, second, ...workers] = await Promise.all([
    launchAt('serve', one, two),
    launchAt('serve', two, one),
    launchAt('worker', await freePort(), one),
    launchAt('worker', await freePort(), two),
  ])
  const encryption = createEncryption([ENCRYPTION_KEY])
  const store = await openMysqlStore({ url: database.url, encryption, ids: randomIds, migrate: false })
  let turn = 0
  return {
    get origin() {
      turn += 1
      return turn % 2 === 0 ? first.origin : second.origin
    },
    sandbox,
    database,
    store,
    clock,
    redis,
    servers: [first, second],
    workers,
    token: (user, admin) => tokenAt(clock, user, admin),
    launch: async (role) => launchAt(role, await freePort(), one),
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
