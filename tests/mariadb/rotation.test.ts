import { openSealedMysql } from '../../src/adapters/persistence/rotation/sealed-mysql.ts'
import { openMysqlStore } from '../../src/adapters/persistence/mysql-store.ts'
import { randomIds } from '../../src/adapters/system/random-ids.ts'
import { rotationContract } from '../contracts/rotation-contract.ts'
import { mariadbTestDatabase } from '../support/mariadb-test-database.ts'
import { withMariadb } from './database.ts'

withMariadb(() =>
  rotationContract('MariaDB', async () => {
    const database = await mariadbTestDatabase()
    const { url } = database
    return {
      open: (encryption) => openMysqlStore({ url, encryption, ids: randomIds, migrate: false }),
      sealed: () => openSealedMysql(url),
      rows: (sql, values = []) => database.rows(sql, ...values),
      remove: () => database.remove(),
    }
  }),
)
