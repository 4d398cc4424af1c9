import { readFileSync } from 'node:fs'
import { err, ok, type Result } from 'neverthrow'
import { type CopyCommand, runCopy } from '../adapters/cli/copy-command.ts'
import type { ExitCode, Terminal } from '../adapters/cli/terminal.ts'
import { copyDatabase } from '../adapters/persistence/copy/copy-database.ts'
import { INVARIANTS } from '../adapters/persistence/invariants/invariants.ts'
import type { Clock } from '../application/clock.ts'
import { verifyBooks } from './open-store.ts'
import { databaseUrl } from './setting-types.ts'

/** While a copy is made nothing is done, so it is no fault of the books that what is due has waited. */
const GRACE_MS = 30 * 86_400_000

/** Copies one database into another, or compares them. */
export const runCopyCommand = async (command: CopyCommand, terminal: Terminal, clock: Clock): Promise<ExitCode> => {
  const from = addressOf('--from', command.from)
  const to = addressOf('--to', command.to)
  for (const address of [from, to]) if (address.isErr()) terminal.tell(`shouyin: ${address.error}`)
  if (from.isErr() || to.isErr()) return 1
  const addresses = { from: from.value, to: to.value }
  return runCopy(
    {
      copy: async (onProgress) =>
        (await copyDatabase({ ...addresses, check: command.check, onProgress })).mapErr(({ reason }) => reason),
      verify(onProgress) {
        let done = 0
        return verifyBooks(
          { DATABASE_URL: addresses.to },
          { quiescent: false, now: clock.now(), graceMs: GRACE_MS },
          () => {
            done += 1
            onProgress(done, INVARIANTS.length)
          },
        )
      },
    },
    command,
    terminal,
  )
}

/** An address with a password in it is better read from a file: everybody on a machine sees the words of a command. */
const addressOf = (option: string, given: string): Result<string, string> => {
  const text = given.startsWith('@') ? contentOf(given.slice(1)) : given
  if (text === undefined) return err(`${option}: the file can't be read`)
  const parsed = databaseUrl.safeParse(text)
  return parsed.success
    ? ok(parsed.data)
    : err(`${option}: ${parsed.error.issues.map(({ message }) => message).join(', ')}`)
}

const contentOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined // The caller says so.
  }
}
