import { ok } from 'neverthrow'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEncryption } from '../../src/adapters/crypto/aes-encryption.ts'
import { openSqliteStore } from '../../src/adapters/persistence/sqlite-store.ts'
import type { Store } from '../../src/adapters/persistence/store.ts'
import { randomIds } from '../../src/adapters/system/random-ids.ts'
import { type OrderEvent, transitionOrder } from '../../src/domain/order.ts'
import { fen } from '../../src/domain/money.ts'
import { sqliteDatabase } from '../support/database.ts'
import { type Running, readersOf, startRunning } from '../support/service.ts'
import { call, eventually, GRANT, order, sell } from '../wire/payer.ts'
import { paidOrder } from '../wire/refunder.ts'

describe('what another process commits without a word, as a command on the same books does', () => {
  let running: Running
  let other: Store
  beforeEach(async () => {
    const database = sqliteDatabase()
    running = await startRunning({ database, settings: { SCHEDULER_TICK_MS: '200' } })
    const encryption = createEncryption([Buffer.alloc(32, 7)])
    other = await openSqliteStore({ path: database.path, encryption, ids: randomIds, migrate: false })
  })
  afterEach(async () => {
    await other.close()
    await running.stop()
  })

  /** Changes an order from outside; with its events, as every use case does, or without. */
  const change = async (orderId: string, event: OrderEvent, tells: boolean): Promise<void> => {
    await other.transaction.run(async ({ orders, outbox }) => {
      const before = await orders.find(orderId)
      if (before === undefined) throw new Error('no such order')
      const [after, events] = transitionOrder(before.value, event)._unsafeUnwrap()
      await orders.replace(before, after, event.at)
      const cause = { kind: 'admin', actor: 'test' } as const
      if (tells) await outbox.append({ stream: orderId, events, cause, at: event.at })
      return ok(undefined)
    })
  }

  it('shows on an open page within two seconds', async () => {
    const orderId = await order(running, await sell(running, GRANT))
    const token = await running.token('u1')
    const page = await fetch(`${running.origin}/api/v1/orders/${orderId}/events`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const reading = page.text() // The stream ends with the order's final state.
    await new Promise((resolve) => setTimeout(resolve, 500)) // The page has been looked after for a while.
    const begun = performance.now()
    await change(orderId, { type: 'cancelled', at: running.clock.now() }, false)
    expect(await reading).toContain('"status":"cancelled"')
    expect(performance.now() - begun).toBeLessThan(2000)
  })

  it('shows in a finished order that is kept in memory', async () => {
    const { orderId, token } = await paidOrder(running, 'wechat', await sell(running, GRANT))
    const shown = async () => (await call(running, `/orders/${orderId}`, { token })).json.data
    await eventually(
      () => readersOf(running).events.pending(1),
      (pending) => pending.length === 0,
    )
    const { paymentId, status } = await shown()
    expect(status).toBe('paid')
    await change(orderId, { type: 'refunded', paymentId, total: fen(100), at: running.clock.now() }, true)
    const seen = await eventually(shown, (now) => now.status !== 'paid')
    expect(seen).toMatchObject({ status: 'partially_refunded', refundedAmount: '1.00' })
  })
})
