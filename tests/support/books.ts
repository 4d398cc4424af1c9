import { checkInvariants } from '../../src/adapters/persistence/invariants/invariants.ts'
import type { Violation } from '../../src/adapters/persistence/invariants/invariant.ts'
import { checkAgainstLedger, type LedgerRow } from '../../src/adapters/persistence/invariants/ledger.ts'
import { SqliteConnection } from '../../src/adapters/persistence/sqlite-connection.ts'
import type { Value } from '../../src/adapters/persistence/schema.ts'
import type { Row } from './database.ts'

/** The books of a service, read beside it on a connection of one's own. */
export type Books = {
  /** What is wrong in them, all of it as of one moment; `quiescent` where nothing is under way any more. */
  violations(options: { readonly quiescent: boolean; readonly now: Date }): Promise<readonly Violation[]>
  /** Where they differ from the gateways' own. */
  againstLedger(ledger: readonly LedgerRow[]): Promise<readonly Violation[]>
  /** How many orders, payments, refunds and events wait for something to happen. */
  openWork(): Promise<number>
  rows(sql: string, ...values: readonly Value[]): Promise<readonly Row[]>
  close(): Promise<void>
}

/** Longer than any test lets something lie: while work is under way only lost work may count. */
export const UNDER_WAY_MS = 86_400_000

export const openSqliteBooks = (path: string): Books => {
  const connection = new SqliteConnection(path, 'read')
  const atOneMoment = async <T>(read: () => Promise<T>): Promise<T> => {
    connection.command('begin')
    try {
      return await read()
    } finally {
      connection.command('rollback')
    }
  }
  const rows: Books['rows'] = async (sql, ...values) => (await connection.rows(sql, values)) as readonly Row[] // As above.
  return {
    violations: ({ quiescent, now }) =>
      atOneMoment(() => checkInvariants(connection, { quiescent, now, graceMs: quiescent ? 0 : UNDER_WAY_MS })),
    againstLedger: (ledger) => atOneMoment(() => checkAgainstLedger(connection, ledger)),
    openWork: async () => Number((await rows(OPEN_WORK))[0]?.['open_work']),
    rows,
    close: async () => connection.close(),
  }
}

export const OPEN_WORK = `select (select count(*) from orders where status = 'pending')
  + (select count(*) from payments where status = 'pending')
  + (select count(*) from refunds where status in ('pending', 'processing'))
  + (select count(*) from events where published_at is null)
  + (select count(*) from broker_queue) as open_work`
