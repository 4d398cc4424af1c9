import { join } from 'node:path'
import { signToken } from '../../src/adapters/cli/sign-token.ts'
import { makeSandboxKeys, type Sandbox, startSandbox } from '../../src/adapters/sandbox/sandbox.ts'
import { sandboxSettings } from '../../src/main/sandbox.ts'
import { type Program, startProgram } from '../kill/program.ts'
import { type Books, openSqliteBooks } from '../support/books.ts'
import { freePort } from '../support/free-port.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { type ChangeLog, openChangeLog } from './change-log.ts'

const JWT_SECRET = 'a secret for tests only, 32 bytes and more'
const DAY_S = 86_400

export type Role = 'all' | 'serve'

/** The real program on a file, its gateways, and what can be known of it from outside. */
export type Stage = {
  readonly origin: string
  readonly sandbox: Sandbox
  readonly program: Program
  readonly books: Books
  /** Only while it serves and does nothing else. */
  readonly log: ChangeLog
  token(user: string, admin?: boolean): Promise<string>
  /** Another process on the same file. */
  restart(role: Role, limits: 'raised' | 'default'): Promise<void>
  end(): Promise<number | null>
}

const RAISED = {
  RATE_LIMIT_ORDERS_PER_USER: '100000/60s',
  RATE_LIMIT_ORDERS_PER_IP: '100000/60s',
  RATE_LIMIT_PAYMENTS_PER_USER: '100000/60s',
  RATE_LIMIT_PAYMENTS_PER_IP: '100000/60s',
}

export const startStage = async (): Promise<Stage> => {
  const directory = temporaryDirectory()
  const path = join(directory.path, 'shouyin.db')
  const sandbox = await startSandbox({ callbackSpeed: 1000, keys: await makeSandboxKeys() })
  sandbox.wechat.configure({ refundDelayMs: 0 })
  const port = await freePort()
  const common = {
    PORT: String(port),
    DATABASE_URL: `sqlite:${path}`,
    LOG_LEVEL: 'info',
    JWT_SECRET,
    DATA_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
    SCHEDULER_TICK_MS: '50',
    RECOVERY_SCHEDULE: '10m',
    REFUND_APPROVAL: 'manual',
    TRUSTED_PROXIES: '127.0.0.1',
    WEBHOOK_ALLOW_PRIVATE: 'true',
    ...sandboxSettings(sandbox),
  }
  const start = (role: Role, limits: Readonly<Record<string, string>>): Promise<Program> =>
    startProgram(
      { ...common, ...limits },
      { directory: directory.path, aheadMs: 0, role: role === 'serve' ? ['serve'] : [] },
    )
  let program = await start('all', RAISED)
  let log: ChangeLog | undefined
  const books = openSqliteBooks(path)
  const stop = async (): Promise<number | null> => {
    log?.close()
    log = undefined
    return program.stop()
  }
  return {
    origin: `http://127.0.0.1:${port}`,
    sandbox,
    books,
    get program() {
      return program
    },
    get log() {
      if (log === undefined) throw new Error('it does more than serve')
      return log
    },
    token: (user, admin = false) =>
      signToken(JWT_SECRET, { user, admin, seconds: DAY_S, issuer: undefined, audience: undefined }, new Date()),
    async restart(role, limits) {
      const code = await stop()
      if (code !== 0) throw new Error(`it ended with ${code}:\n${program.output().slice(-2000)}`)
      program = await start(role, limits === 'raised' ? RAISED : {})
      if (role === 'serve') log = openChangeLog(path)
    },
    async end() {
      const code = await stop()
      await books.close()
      await sandbox.stop()
      directory.remove()
      return code
    },
  }
}
