import { expect } from 'vitest'
import { drain } from '../support/drain.ts'
import { ledgerOf } from '../support/sandbox-ledger.ts'
import type { Running } from '../support/service.ts'
import type { RaceStore } from './stores.ts'

/** How often each race is run; the release run asks for more. */
export const ROUNDS = Number(process.env['RACE_ROUNDS'] ?? 50)

const TTL_MS = 1_800_000

export type Arena = Running & {
  /** Fails with every invariant that does not hold now. */
  verify(): Promise<void>
  /** Lets time pass until nothing is left to do, compares with the gateways' own books, and closes everything. */
  finish(): Promise<void>
}

/** A service with two gateways for one kind of race, on a store that can be read beside it. */
export const startArena = async (store: RaceStore, settings: Readonly<Record<string, string>> = {}): Promise<Arena> => {
  const running = await store.start(settings)
  const books = running.database.books()
  const verify = async (quiescent: boolean) =>
    expect(await books.violations({ quiescent, now: running.clock.now() })).toEqual([])
  return {
    ...running,
    get origin() {
      return running.origin
    },
    verify: () => verify(false),
    async finish() {
      try {
        running.clock.advance(TTL_MS) // Past the end of every order.
        await drain(running, books)
        await verify(true)
        expect(await books.againstLedger(ledgerOf(running.sandbox))).toEqual([])
      } finally {
        await books.close()
        await running.stop()
      }
    },
  }
}
