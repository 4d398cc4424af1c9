import { describe, expect, it } from 'vitest'
import { rolling } from '../support/dice.ts'
import { openShop, visit } from './customers.ts'
import { Promises } from './promises.ts'
import { LEASES_OVER_MS, ORDERS_OVER_MS, startWorld, type World } from './world.ts'

/** How often the program is killed in all; the release run asks for more. */
const TRIALS = Number(process.env['KILL_TRIALS'] ?? 30)
const LANES = [1, 2, 3] as const
const CUSTOMERS = 12
/** A step is an answer to a customer, or a call that has come to a gateway. */
const MOST_STEPS = 60

describe('killed at a random moment, again and again', () => {
  const title = 'keeps every promise and every invariant: seed %i'
  it.concurrent.for(LANES)(title, { timeout: 600_000 }, async (seed, { onTestFinished }) => {
    const dice = rolling(seed)
    const world = await startWorld()
    onTestFinished(() => world.kill())
    const fuse = fuseOf(world, dice)
    const promises = new Promises(world, fuse.step)
    const shop = await openShop(world, promises, dice)
    world.gate.watch(fuse.step)
    for (let trial = 0; trial < TRIALS / LANES.length; trial += 1) {
      fuse.light(1 + Math.floor(dice() * MOST_STEPS))
      await Promise.allSettled(Array.from({ length: CUSTOMERS }, (_, n) => visit(shop, `guest-${trial}-${n}`)))
      fuse.putOut()
      await world.kill() // Where the visits were over before.
      await world.restart(LEASES_OVER_MS)
      await world.verify()
      expect(await promises.broken()).toEqual([])
      expect(await promises.askAgain()).toEqual([])
      expect(await world.books.rows(ORDERED_TWICE)).toEqual([])
    }
    await world.kill()
    await world.restart(ORDERS_OVER_MS)
    await world.verifyAtRest()
    expect(await promises.broken()).toEqual([])
    await world.end()
  })
})

/** No customer wants anything twice: that would be a request that was repeated instead of finished. */
const ORDERED_TWICE = `select o.user_id, i.product_id from orders o join order_items i on i.order_id = o.id
  group by o.user_id, i.product_id having count(*) > 1`

/** Burns a step at a time, and at its end the program is killed, within a few milliseconds. */
const fuseOf = (world: World, dice: () => number) => {
  let left = 0
  return {
    light(steps: number) {
      left = steps
    },
    putOut() {
      left = 0 // The next step leaves less than nothing.
    },
    step: (): void => {
      left -= 1
      if (left === 0) setTimeout(() => void world.kill(), dice() * 5)
    },
  }
}
