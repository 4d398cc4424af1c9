import { assertMysqlSchema } from '../mysql-migrate.ts'
import { mysqlReader } from '../mysql-reader.ts'
import { MysqlServer } from '../mysql-server.ts'
import { MysqlUnits } from '../mysql-units.ts'
import { durablyOn } from '../store-ports.ts'
import type { SealedDatabase } from './rotate-keys.ts'

/** Opens a database of a server beside the services that work on it. */
export const openSealedMysql = async (url: string): Promise<SealedDatabase> => {
  await assertMysqlSchema(url)
  const server = new MysqlServer({ url, connections: 2 })
  const units = new MysqlUnits(server, { onCommit: () => undefined })
  return {
    reader: mysqlReader(server),
    durably: durablyOn(units),
    async close() {
      await units.close()
      await server.close()
    },
  }
}
