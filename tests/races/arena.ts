import { expect } from 'vitest'
import type { Books } from '../support/books.ts'
import { ledgerOf } from '../support/sandbox-ledger.ts'
import type { Running } from '../support/service.ts'
import type { RaceStore } from './stores.ts'

/** How often each race is run; the release run asks for more. */
export const ROUNDS = Number(process.env['RACE_ROUNDS'] ?? 50)

const TTL_MS = 1_800_000
/** WeChat Pay wants a minute between two refunds of one payment, and takes no request that is five minutes old. */
const STEP_MS = 10_000

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
        await drained(running, books)
        await verify(true)
        expect(await books.againstLedger(ledgerOf(running.sandbox))).toEqual([])
      } finally {
        await books.close()
        await running.stop()
      }
    },
  }
}

/** Past the end of every order, with every refund through. */
const drained = async (running: Running, books: Books): Promise<void> => {
  running.clock.advance(TTL_MS)
  for (let turn = 0; turn < 1000 && (await books.openWork()) > 0; turn += 1) {
    running.clock.advance(STEP_MS)
    settleRefunds(running)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect(await books.openWork()).toBe(0)
}

/** Ends what WeChat Pay still has under way; there a refund takes its time. */
export const settleRefunds = ({ sandbox }: Running): void => {
  for (const { refunds } of sandbox.wechat.trades())
    for (const { outRefundNo, status } of refunds) if (status === 'PROCESSING') sandbox.wechat.settleRefund(outRefundNo)
}
