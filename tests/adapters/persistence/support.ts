import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEncryption } from '../../../src/adapters/crypto/aes-encryption.ts'
import { openSqliteStore, type SqliteStoreOptions } from '../../../src/adapters/persistence/sqlite-store.ts'
import type { Store } from '../../../src/adapters/persistence/store.ts'
import { randomIds } from '../../../src/adapters/system/random-ids.ts'

export const encryption = createEncryption([new Uint8Array(32).fill(7)])

export type TemporaryFile = { readonly path: string; remove(): void }

/** The path of a database in a directory of its own; the file is not there yet. */
export const temporaryFile = (): TemporaryFile => {
  const directory = mkdtempSync(join(tmpdir(), 'shouyin-store-'))
  return { path: join(directory, 'data', 'shouyin.db'), remove: () => rmSync(directory, { recursive: true }) }
}

export const openStore = (options: Partial<SqliteStoreOptions> = {}): Promise<Store> =>
  openSqliteStore({ path: ':memory:', encryption, ids: randomIds, ...options })
