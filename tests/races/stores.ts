import { type Books, openSqliteBooks } from '../support/books.ts'
import type { Running } from '../support/service.ts'

/** A kind of database that the races are run on, each time a fresh one. */
export type RaceStore = {
  readonly name: string
  create(): Promise<{
    /** What the service has to be told to use it. */
    readonly settings: Readonly<Record<string, string>>
    books(running: Running): Books
    drop(): Promise<void>
  }>
}

const sqlite: RaceStore = {
  name: 'SQLite',
  create: async () => ({
    settings: {}, // A file of its own is what a running service has anyway.
    books: ({ databasePath }) => openSqliteBooks(databasePath),
    drop: async () => undefined,
  }),
}

export const STORES: readonly RaceStore[] = [sqlite]
