import { copyFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll } from 'vitest'
import { storeContract } from '../../contracts/store-contract.ts'
import { openStore, temporaryFile } from './support.ts'

storeContract('The SQLite store in memory', (onCommit) => openStore({ onCommit }))

/** An empty database with its tables: making them anew for each test would take most of the time. */
const template = temporaryFile()
await (await openStore({ path: template.path })).close()
afterAll(() => template.remove())

storeContract('The SQLite store in a file', async (onCommit) => {
  const file = temporaryFile()
  mkdirSync(dirname(file.path), { recursive: true })
  copyFileSync(template.path, file.path)
  const store = await openStore({ path: file.path, onCommit })
  return {
    ...store,
    async close() {
      await store.close()
      file.remove()
    },
  }
})
