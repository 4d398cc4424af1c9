import type { Command, DatabaseCommand } from '../adapters/cli/command-line.ts'
import { runMigrate } from '../adapters/cli/migrate-command.ts'
import type { ExitCode, Terminal } from '../adapters/cli/terminal.ts'
import { schemaProblem } from '../adapters/persistence/schema-state.ts'
import type { DatabaseSettings } from './config.ts'
import { migrateStore, schemaOf } from './open-store.ts'

export const isDatabaseCommand = (command: Command): command is DatabaseCommand =>
  command.name === 'migrate status' || command.name === 'migrate up'

/** Runs a command on a database as a whole; no service is made, and no other setting is looked at. */
export const runDatabaseCommand = (
  settings: DatabaseSettings,
  command: DatabaseCommand,
  terminal: Terminal,
): Promise<ExitCode> =>
  runMigrate(
    {
      async status() {
        const state = await schemaOf(settings)
        return { ...state, problem: schemaProblem(state) }
      },
      up: (onStep) => migrateStore(settings, onStep),
    },
    command,
    terminal,
  )
