import type { Executor } from './executor.ts'
import { isLost, mysqlError } from './mysql-errors.ts'
import type { MysqlServer } from './mysql-server.ts'

/** Reads committed state, each statement on any connection; a connection that breaks is asked again on another. */
export const mysqlReader = (server: MysqlServer): Executor => {
  const read = async (sql: string, values: Parameters<Executor['rows']>[1]): Promise<readonly unknown[]> => {
    const connection = await server.acquire()
    try {
      const rows = await connection.rows(sql, values)
      connection.release()
      return rows
    } catch (error) {
      if (isLost(error)) connection.destroy()
      else connection.release()
      throw error
    }
  }
  return {
    async rows(sql, values) {
      try {
        return await read(sql, values).catch((error: unknown) => {
          if (isLost(error)) return read(sql, values)
          throw error
        })
      } catch (error) {
        throw mysqlError(error)
      }
    },
    change: () => Promise.reject(new Error('a reader writes nothing')),
  }
}
