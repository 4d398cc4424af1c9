import Database from 'better-sqlite3'
import { openSealedSqlite } from '../../../src/adapters/persistence/rotation/sealed-sqlite.ts'
import { rotationContract } from '../../contracts/rotation-contract.ts'
import { openStore, temporaryFile } from './support.ts'

rotationContract('SQLite', async () => {
  const file = temporaryFile()
  const { path } = file
  return {
    open: (encryption) => openStore({ path, encryption }),
    sealed: () => openSealedSqlite(path),
    async rows(sql, values = []) {
      const database = new Database(path)
      try {
        const prepared = database.prepare(sql)
        if (prepared.reader) return prepared.all(...values) as readonly object[] // As every row.
        prepared.run(...values)
        return []
      } finally {
        database.close()
      }
    },
    remove: async () => file.remove(),
  }
})
