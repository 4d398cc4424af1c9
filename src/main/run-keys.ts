import { existsSync } from 'node:fs'
import { type KeysCommand, runKeys } from '../adapters/cli/keys-command.ts'
import type { ExitCode, Terminal } from '../adapters/cli/terminal.ts'
import { createEncryption } from '../adapters/crypto/aes-encryption.ts'
import { countKeys, rowsToWalk } from '../adapters/persistence/rotation/count-keys.ts'
import { rotateKeys } from '../adapters/persistence/rotation/rotate-keys.ts'
import type { Settings } from './config.ts'
import { dataDirectory } from './data-directory.ts'
import { databaseFile, openSealed } from './open-store.ts'
import { loadSecrets } from './secrets.ts'

type OnProgress = (done: number, total: number) => void

/** Seals everything anew under the first key, or tells what is under which; services may run beside it. */
export const runKeysCommand = async (
  settings: Settings,
  command: KeysCommand,
  terminal: Terminal,
): Promise<ExitCode> => {
  const path = databaseFile(settings)
  if (path !== undefined && !existsSync(path)) {
    terminal.tell(`shouyin: there is no database at ${path}`)
    return 1
  }
  const encryption = createEncryption(loadSecrets(settings, dataDirectory(settings)).encryptionKeys)
  const database = await openSealed(settings)
  const telling = async (onProgress: OnProgress) => {
    const total = await rowsToWalk(database.reader)
    let done = 0
    onProgress(done, total)
    return (rows: number): void => {
      done += rows
      onProgress(done, total)
    }
  }
  try {
    return await runKeys(
      {
        keyIds: encryption.keyIds,
        rotate: async (onProgress) => rotateKeys(database, encryption, await telling(onProgress)),
        count: async (onProgress) => countKeys(database.reader, encryption, await telling(onProgress)),
      },
      command,
      terminal,
    )
  } finally {
    await database.close()
  }
}
