import { afterAll, beforeAll } from 'vitest'
import { openMysqlStore } from '../../src/adapters/persistence/mysql-store.ts'
import type { Isolation } from '../../src/adapters/persistence/mysql-url.ts'
import { randomIds } from '../../src/adapters/system/random-ids.ts'
import { storeContract } from '../contracts/store-contract.ts'
import { type MariadbDatabase, mariadbDatabase, withMariadb } from './database.ts'
import { encryption } from '../adapters/persistence/support.ts'

const keepsTheContract = (isolation: Isolation): void => {
  let database: MariadbDatabase
  beforeAll(async () => {
    database = await mariadbDatabase()
    const store = await openMysqlStore({ url: database.url, encryption, ids: randomIds })
    await store.close()
  }, 180_000)
  afterAll(() => database.remove())

  storeContract(`The MySQL store on MariaDB under ${isolation}`, async (onCommit) => {
    await database.wipe()
    const url = database.urlUnder(isolation)
    return openMysqlStore({ url, encryption, ids: randomIds, onCommit, migrate: false })
  })
}

withMariadb(() => {
  keepsTheContract('read committed')
  keepsTheContract('repeatable read')
})
