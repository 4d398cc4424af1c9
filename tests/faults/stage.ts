import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { openShop, type Shop, visit } from '../kill/customers.ts'
import { Promises } from '../kill/promises.ts'
import { LEASES_OVER_MS, ORDERS_OVER_MS } from '../kill/world.ts'
import { type Fleet, type FleetOptions, startFleet } from '../races/fleet.ts'
import { rolling } from '../support/dice.ts'
import { drain } from '../support/drain.ts'
import { ledgerOf } from '../support/sandbox-ledger.ts'
import { call, GRANT, METHOD, sell } from '../wire/payer.ts'

/** How often each fault strikes; the release run asks for more. */
export const TRIALS = Number(process.env['FAULT_TRIALS'] ?? 5)

const CUSTOMERS = 8
const BACK_WITHIN_MS = 30_000

/** A fleet in business, with customers who come as long as they are let in. */
export type Stage = {
  readonly fleet: Fleet
  readonly dice: () => number
  /**
   * Customers come, the fault strikes after a while and is mended by what it gives back; then both servers have to be
   * back within half a minute, and everything that was ever promised has to hold.
   */
  trial(strike: () => Promise<() => Promise<void>>): Promise<void>
  /** Lets everything come to its end, compares with the gateways' own books, and closes. */
  end(): Promise<void>
}

export const startStage = async (options: FleetOptions & { readonly seed: number }): Promise<Stage> => {
  const fleet = await startFleet({
    ...options,
    settings: { RECOVERY_SCHEDULE: '3s,500ms,1s,1m', ...options.settings },
  })
  const books = fleet.database.books()
  const dice = rolling(options.seed)
  const stage = {
    get origin() {
      return fleet.origin
    },
    sandbox: fleet.sandbox,
    books,
    token: (user: string, admin?: boolean) => fleet.token(user, admin),
  }
  const promises = new Promises(stage, () => undefined)
  const shop = await openShop(stage, promises, dice)
  const product = await sell(fleet, GRANT)
  let trials = 0
  const verify = async (quiescent: boolean) =>
    expect(await books.violations({ quiescent, now: fleet.clock.now() })).toEqual([])
  return {
    fleet,
    dice,
    async trial(strike) {
      trials += 1
      const crowd = comeAndGo(shop, `guest-${trials}`)
      await sleep(300 + dice() * 1500)
      const mend = await strike()
      await mend()
      const mendedAt = performance.now()
      await Promise.all(fleet.servers.map((_, n) => backInBusiness(fleet, product, n, mendedAt)))
      await crowd.leave()
      fleet.clock.advance(LEASES_OVER_MS) // What a dead process had in hand is free again.
      expect(await promises.askAgain()).toEqual([])
      expect(await promises.broken()).toEqual([])
      await verify(false)
    },
    async end() {
      try {
        fleet.clock.advance(ORDERS_OVER_MS)
        await drain(fleet, books)
        await verify(true)
        expect(await promises.broken()).toEqual([])
        expect(await books.againstLedger(ledgerOf(fleet.sandbox))).toEqual([])
      } finally {
        await books.close()
        await fleet.stop()
      }
    },
  }
}

/** Customers one after another, several side by side, until they are told that the shop closes. */
const comeAndGo = (shop: Shop, name: string) => {
  const closing = new AbortController()
  let visitors = 0
  const lane = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      visitors += 1
      await visit(shop, `${name}-${visitors}`).catch(() => sleep(20)) // It fails while what it needs is away.
    }
  }
  const lanes = Array.from({ length: CUSTOMERS }, lane)
  return {
    async leave() {
      closing.abort()
      await Promise.all(lanes)
    },
  }
}

/** An order can be made and a payment opened at this server. */
const backInBusiness = async (fleet: Fleet, productId: string, server: number, since: number): Promise<void> => {
  const user = `after-${server}-${Math.round(since)}`
  const given = async () => ({ token: await fleet.token(user) })
  for (;;) {
    const origin = fleet.servers[server]?.program.origin ?? ''
    try {
      const ordered = await call({ origin }, '/orders', {
        ...(await given()),
        body: { items: [{ productId, quantity: 1 }] },
      })
      const body = { orderId: ordered.json.data?.id, method: METHOD.wechat }
      const opened = await call({ origin }, '/payments/wechat/create', { ...(await given()), body })
      if (opened.status === 201) return
    } catch {
      // It refuses connections still.
    }
    if (performance.now() - since > BACK_WITHIN_MS) throw new Error(`server ${server} was not back in time`)
    await sleep(100)
  }
}
