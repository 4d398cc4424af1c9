import type { DatabaseCommand } from '../adapters/cli/command-line.ts'
import { type MigrateDeps, runMigrate } from '../adapters/cli/migrate-command.ts'
import type { ExitCode, Terminal } from '../adapters/cli/terminal.ts'
import { schemaProblem } from '../adapters/persistence/schema-state.ts'
import { systemClock } from '../adapters/system/system-clock.ts'
import type { Clock } from '../application/clock.ts'
import type { DatabaseSettings } from './config.ts'
import { migrateStore, schemaOf } from './open-store.ts'
import { runCopyCommand } from './run-copy.ts'

/** Runs a command on a database as a whole; no service is made, and no other setting is looked at. */
export const runDatabaseCommand = (
  settings: DatabaseSettings,
  command: DatabaseCommand,
  terminal: Terminal,
  clock: Clock = systemClock,
): Promise<ExitCode> =>
  command.name === 'copy'
    ? runCopyCommand(command, terminal, clock)
    : runMigrate(migration(settings), command, terminal)

const migration = (settings: DatabaseSettings): MigrateDeps => ({
  async status() {
    const state = await schemaOf(settings)
    return { ...state, problem: schemaProblem(state) }
  },
  up: (onStep) => migrateStore(settings, onStep),
})
