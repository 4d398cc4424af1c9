import type {
  FieldPacket,
  PoolConnection,
  QueryOptions,
  QueryResult,
  ResultSetHeader,
  RowDataPacket,
  TypeCastField,
  TypeCastNext,
} from 'mysql2/promise'
import { isDuplicate } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { isVictim } from './mysql-errors.ts'
import type { Value } from './schema.ts'

/** How long one statement may take before its connection is given up. */
export const STATEMENT_PATIENCE_MS = 2500

/** One connection lent by the pool. Its errors are the driver's; who holds it decides what they mean. */
export class MysqlConnection implements Executor {
  readonly #connection: PoolConnection
  /** The server has ended the transaction by itself: what follows would run outside of any. */
  #rolledBack: unknown
  readonly #patienceMs: number

  constructor(connection: PoolConnection, patienceMs: number) {
    this.#connection = connection
    this.#patienceMs = patienceMs
  }

  async rows(sql: string, values: readonly Value[]): Promise<readonly unknown[]> {
    const [rows] = await this.#send<RowDataPacket[]>({ ...this.#statement(sql, values), typeCast })
    return rows
  }

  async change(sql: string, values: readonly Value[]): Promise<number> {
    const [result] = await this.#send<ResultSetHeader>(this.#statement(sql, values))
    return result.affectedRows
  }

  /** `begin`, `commit` and the like. */
  async command(sql: string): Promise<void> {
    await this.#connection.query(this.#statement(sql, []))
    this.#rolledBack = undefined
  }

  /** Gives it back to the pool for others. */
  release(): void {
    this.#connection.release()
  }

  /** For one whose state is not known: the pool opens another. */
  destroy(): void {
    this.#connection.destroy()
  }

  #statement(sql: string, values: readonly Value[]): QueryOptions {
    return { sql, values: [...values], timeout: this.#patienceMs }
  }

  async #send<R extends QueryResult>(options: QueryOptions): Promise<[R, FieldPacket[]]> {
    if (this.#rolledBack !== undefined) throw this.#rolledBack
    try {
      return await this.#connection.query<R>(options)
    } catch (error) {
      if (isVictim(error) && !isDuplicate(error)) this.#rolledBack = error
      throw error
    }
  }
}

/** A number that JavaScript can't hold exactly must not arrive rounded. */
const typeCast = (field: TypeCastField, next: TypeCastNext): unknown => {
  if (field.type !== 'LONGLONG') return next()
  const text = field.string()
  if (text === null) return null
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`${field.table}.${field.name} holds a number beyond 2^53`)
  return value
}
