import { checkInvariants } from '../../src/adapters/persistence/invariants/invariants.ts'
import type { Violation } from '../../src/adapters/persistence/invariants/invariant.ts'
import { checkAgainstLedger } from '../../src/adapters/persistence/invariants/ledger.ts'
import { MysqlServer } from '../../src/adapters/persistence/mysql-server.ts'
import { inSnapshot } from '../../src/adapters/persistence/verify-mysql.ts'
import { type Books, OPEN_WORK, UNDER_WAY_MS } from './books.ts'
import type { Row } from './database.ts'

/** The books of a service on MySQL, read on a connection of one's own. */
export const openMysqlBooks = (url: string): Books => {
  const server = new MysqlServer({ url, connections: 1 })
  const rows: Books['rows'] = async (sql, ...values) => {
    const connection = await server.acquire()
    try {
      return (await connection.rows(sql, values)) as readonly Row[] // Each test knows the columns it asks for.
    } finally {
      connection.release()
    }
  }
  return {
    violations: ({ quiescent, now }): Promise<readonly Violation[]> =>
      inSnapshot(server, (connection) =>
        checkInvariants(connection, { quiescent, now, graceMs: quiescent ? 0 : UNDER_WAY_MS }),
      ),
    againstLedger: (ledger) => inSnapshot(server, (connection) => checkAgainstLedger(connection, ledger)),
    openWork: async () => Number((await rows(OPEN_WORK))[0]?.['open_work']),
    rows,
    close: () => server.close(),
  }
}
