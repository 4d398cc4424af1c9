import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { OperatorsCommand } from '../adapters/cli/operators-command.ts'
import { type OperatorsDeps, runOperators } from '../adapters/cli/operators-run.ts'
import { readPassword } from '../adapters/cli/password-input.ts'
import type { ExitCode, Terminal } from '../adapters/cli/terminal.ts'
import { createEncryption } from '../adapters/crypto/aes-encryption.ts'
import { createScryptPasswordHasher } from '../adapters/crypto/scrypt-password-hasher.ts'
import type { Store } from '../adapters/persistence/store.ts'
import { randomIds } from '../adapters/system/random-ids.ts'
import { systemClock } from '../adapters/system/system-clock.ts'
import { systemRandomness } from '../adapters/system/system-randomness.ts'
import { endAllSessions } from '../application/operators/end-sessions.ts'
import { addOperator, changeOperator, resetPassword } from '../application/operators/maintain-operators.ts'
import type { OperatorReader } from '../application/operators/operator-repository.ts'
import type { Cursor, Page } from '../application/page.ts'
import type { OperatorAccount } from '../domain/operator.ts'
import type { Settings } from './config.ts'
import { dataDirectory } from './data-directory.ts'
import { databaseFile, openStore } from './open-store.ts'
import { loadSecrets } from './secrets.ts'

/** Works on the operators in the database directly, so that nobody who has the machine can be locked out. */
export const runOperatorsCommand = async (
  settings: Settings,
  command: OperatorsCommand,
  terminal: Terminal,
): Promise<ExitCode> => {
  const path = databaseFile(settings)
  if (path !== undefined && !existsSync(path)) {
    terminal.tell(`shouyin: there is no database at ${path}; 'shouyin migrate up' makes one`)
    return 1
  }
  const { encryptionKeys } = loadSecrets(settings, dataDirectory(settings))
  const encryption = createEncryption(encryptionKeys)
  const store = await openStore(settings, { encryption, ids: randomIds, migrate: false })
  try {
    return await runOperators(depsOn(store), command, terminal)
  } finally {
    await store.close()
  }
}

const depsOn = ({ transaction, readers }: Store): OperatorsDeps => {
  const hasher = createScryptPasswordHasher()
  const deps = { transaction, clock: systemClock, ids: randomIds, randomness: systemRandomness, hasher }
  const operator = { actor: `cli:${userInfo().username}`, requestId: `cli-${randomIds.entity()}`, ip: undefined }
  return {
    list: () => allOf(readers.operators),
    add: (draft, given) => addOperator(deps)(randomIds.entity(), draft, given, operator),
    reset: (name, given) => resetPassword(deps)(name, given, operator),
    change: (name, changes) => changeOperator(deps)(name, changes, operator),
    signOut: (name) => endAllSessions(deps)(name, operator),
    readPassword: () => readPassword(process.stdin, process.stderr),
  }
}

const allOf = async (operators: OperatorReader): Promise<readonly OperatorAccount[]> => {
  const all: OperatorAccount[] = []
  let after: Cursor | undefined
  do {
    const page: Page<OperatorAccount> = await operators.list({ limit: 100, after })
    all.push(...page.items)
    after = page.next
  } while (after !== undefined)
  return all
}
