import type { SqliteConnection } from '../../src/adapters/persistence/sqlite-connection.ts'
import type { Ids } from '../../src/application/ids.ts'
import { StoreUnavailable } from '../../src/application/transaction.ts'
import { CODE_ALPHABET } from '../../src/domain/access-code.ts'
import type { Chance } from './chance.ts'
import type { Faults } from './faults.ts'
import type { MachineClock, Timeline } from './timeline.ts'
import type { Trace } from './trace.ts'

export type Violation = { readonly invariant: string; readonly detail: string }

/** What every part of a simulation shares. */
export type World = {
  readonly seed: number
  readonly chance: Chance
  readonly timeline: Timeline
  /** The clock of the service's machine. */
  readonly clock: MachineClock
  /** The right time, as the gateways have it. */
  readonly trueTime: () => Date
  readonly trace: Trace
  readonly faults: Faults
  /** The database, which outlives every instance of the service. */
  readonly database: SqliteConnection
  readonly ids: Ids
  readonly violations: Violation[]
  /** How often each place where a process may die was passed. */
  readonly passed: Map<string, number>
  /** How often a crash hit before and after each call of a port and each commit. */
  readonly crashPoints: Map<string, number>
}

/** The store being away is to be expected; any other throw is a bug, and nobody is to swallow it. */
export const reportUnexpected = ({ violations }: World, where: string, error: unknown): void => {
  if (error instanceof StoreUnavailable) return
  violations.push({
    invariant: 'no unexpected error',
    detail: `${where}: ${error instanceof Error ? error.stack : String(error)}`,
  })
}

const SHANGHAI_MS = 8 * 3_600_000

/** Identifiers in the shape of the real ones, out of the seed. */
export const seededIds = (chance: Chance, now: () => Date): Ids => {
  const numberOf = (prefix: string, at: Date): string => {
    const day = new Date(at.getTime() + SHANGHAI_MS).toISOString().slice(0, 10).replaceAll('-', '')
    return prefix + day + Array.from(chance.bytes(22), (byte) => CODE_ALPHABET.charAt(byte & 31)).join('')
  }
  return {
    entity: () => now().getTime().toString(16).padStart(12, '0') + Buffer.from(chance.bytes(10)).toString('hex'),
    outTradeNo: (at) => numberOf('P', at),
    refundNo: (at) => numberOf('R', at),
  }
}
