import { parentPort, workerData } from 'node:worker_threads'
import { billOpener } from '../adapters/bills/bill-archive.ts'
import { createEncryption } from '../adapters/crypto/aes-encryption.ts'
import type { Executor } from '../adapters/persistence/executor.ts'
import { billStatements, KyselyBillRepository } from '../adapters/persistence/kysely-bill-repository.ts'
import { dayBooksStatements, KyselyDayBooks } from '../adapters/persistence/kysely-day-books.ts'
import { isMysqlUrl } from '../adapters/persistence/mysql-url.ts'
import { systemRandomness } from '../adapters/system/system-randomness.ts'
import { type CompareRequest, compareBill } from '../application/reconciliation/compare-bill.ts'
import type { Kysely } from 'kysely'
import type { DB } from '../adapters/persistence/schema.ts'
import { readerOf } from './compare-bills.ts'

/** What the thread is started with. */
export type CompareThreadData = {
  readonly databaseUrl: string
  readonly encryptionKeys: readonly Uint8Array[]
  readonly request: CompareRequest
}

type Opened = { readonly on: Executor; readonly builder: Kysely<DB>; readonly close: () => Promise<void> }

/** A connection of its own that only reads. What is never looked at again is not kept in memory. */
const SMALL_CACHE_KIB = 4096

const open = async (databaseUrl: string): Promise<Opened> => {
  if (isMysqlUrl(databaseUrl)) {
    const { MysqlServer } = await import('../adapters/persistence/mysql-server.ts')
    const { mysqlReader } = await import('../adapters/persistence/mysql-reader.ts')
    const { mysqlBuilder } = await import('../adapters/persistence/mysql-builder.ts')
    const server = new MysqlServer({ url: databaseUrl, connections: 1 })
    return { on: mysqlReader(server), builder: mysqlBuilder(), close: () => server.close() }
  }
  const { SqliteConnection } = await import('../adapters/persistence/sqlite-connection.ts')
  const { sqliteBuilder } = await import('../adapters/persistence/sqlite-builder.ts')
  const connection = new SqliteConnection(databaseUrl.replace(/^sqlite:/, ''), 'read', SMALL_CACHE_KIB)
  return { on: connection, builder: sqliteBuilder(connection.database), close: async () => connection.close() }
}

/** Gives a part of the comparison for each time it is asked for one. */
const serve = async (port: NonNullable<typeof parentPort>, data: CompareThreadData): Promise<void> => {
  const { on, builder, close } = await open(data.databaseUrl)
  const bills = new KyselyBillRepository(billStatements(builder), on)
  const compare = compareBill({
    archive: { open: billOpener({ bills, encryption: createEncryption(data.encryptionKeys) }) },
    books: new KyselyDayBooks(dayBooksStatements(builder), on),
    readBill: readerOf,
    randomness: systemRandomness,
  })
  const parts = compare(data.request)[Symbol.asyncIterator]()
  port.on('message', () => {
    parts.next().then(
      (part) => port.postMessage(part),
      (error: unknown) => {
        throw error // Ends the thread, which whoever waits for it is told.
      },
    )
  })
  port.once('close', () => void close())
}

if (parentPort !== null) await serve(parentPort, workerData as CompareThreadData) // Started by `compareInThread` alone.
