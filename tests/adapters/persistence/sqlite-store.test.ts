import { storeContract } from '../../contracts/store-contract.ts'
import { openStore, temporaryFile } from './support.ts'

storeContract('The SQLite store in memory', (onCommit) => openStore({ onCommit }))

storeContract('The SQLite store in a file', async (onCommit) => {
  const file = temporaryFile()
  const store = await openStore({ path: file.path, onCommit })
  return {
    ...store,
    async close() {
      await store.close()
      file.remove()
    },
  }
})
