import { createPool, type Pool, type PoolConnection } from 'mysql2/promise'
import { StoreUnavailable } from '../../application/transaction.ts'
import { MysqlConnection, STATEMENT_PATIENCE_MS } from './mysql-connection.ts'
import { mysqlError } from './mysql-errors.ts'
import { type Isolation, mysqlOptions } from './mysql-url.ts'

export type MysqlServerOptions = {
  /** As `readMysqlUrl` has it. */
  readonly url: string
  /** Instead of what the address says; more than about eight for each core only wait for one another. */
  readonly connections?: number
}

const CONNECT_PATIENCE_MS = 2000
const QUEUED_UNITS = 1000
/** Two of these are within the time in which a gateway, or a client, wants its answer. */
const LOCK_WAIT_SECONDS = 2
/** Strict, so that nothing is truncated or rounded in silence, and quotes are escaped as the driver does. */
const SQL_MODE = 'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'

/** A pool of connections to MySQL, MariaDB or a server that speaks their protocol, each with a session as we need it. */
export class MysqlServer {
  readonly #pool: Pool
  readonly #isolation: Isolation
  readonly #ready = new WeakSet<object>()
  #closing: Promise<void> | undefined

  constructor({ url, ...given }: MysqlServerOptions) {
    const { connections, isolation } = { ...mysqlOptions(url), ...given }
    this.#isolation = isolation
    this.#pool = createPool({
      ...connectionOptions(url),
      connectionLimit: connections,
      queueLimit: QUEUED_UNITS,
      connectTimeout: CONNECT_PATIENCE_MS,
      enableKeepAlive: true,
    })
  }

  /** A connection of one's own, to be released or destroyed, each statement given so long. Throws `StoreUnavailable` where there is none. */
  async acquire(patienceMs = STATEMENT_PATIENCE_MS): Promise<MysqlConnection> {
    if (this.#closing !== undefined) throw new StoreUnavailable('the store is closed')
    let taken: PoolConnection
    try {
      taken = await this.#pool.getConnection()
    } catch (error) {
      throw new StoreUnavailable('MySQL gives no connection', { cause: error })
    }
    const connection = new MysqlConnection(taken, patienceMs)
    // The pool wraps one and the same connection anew each time it lends it.
    const raw = taken.connection
    if (this.#ready.has(raw)) return connection
    try {
      await this.#prepare(connection)
      this.#ready.add(raw)
      return connection
    } catch (error) {
      connection.destroy()
      throw mysqlError(error)
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#pool.end()
    return this.#closing
  }

  async #prepare(connection: MysqlConnection): Promise<void> {
    await connection.command(
      `set session sql_mode = '${SQL_MODE}', time_zone = '+00:00', innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS}`,
    )
    await connection.command(`set session transaction isolation level ${this.#isolation}`)
  }
}

/** Only what is listed here is taken from the address: the driver's own reading would accept any option. */
export const connectionOptions = (url: string) => {
  const { hostname, port, username, password, pathname } = new URL(url)
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 3306 : Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    charset: 'utf8mb4',
    timezone: 'Z',
    supportBigNumbers: true,
    dateStrings: true,
    jsonStrings: true,
    ...(mysqlOptions(url).ssl && { ssl: { rejectUnauthorized: true } }),
  } as const
}
