import { ok } from 'neverthrow'
import { onTestFinished } from 'vitest'
import { createEncryption } from '../../src/adapters/crypto/aes-encryption.ts'
import { fixedClock } from '../../src/adapters/memory/fixed-clock.ts'
import { createMemoryStore } from '../../src/adapters/memory/memory-store.ts'
import { seededRandomness } from '../../src/adapters/memory/seeded-randomness.ts'
import { openSqliteStore } from '../../src/adapters/persistence/sqlite-store.ts'
import { randomIds } from '../../src/adapters/system/random-ids.ts'
import { activateCode } from '../../src/application/access-codes/activate-code.ts'
import { expireCodes } from '../../src/application/access-codes/expire-codes.ts'
import { revokeCode } from '../../src/application/access-codes/revoke-code.ts'
import { fulfilOrder } from '../../src/application/fulfilment/fulfil-order.ts'
import { syncDelivery } from '../../src/application/fulfilment/sync-delivery.ts'
import type { Readers, Repositories, Transaction } from '../../src/application/transaction.ts'
import { fen } from '../../src/domain/money.ts'
import { type Order, type OrderItem, orderAmount } from '../../src/domain/order.ts'
import { postPoints } from '../../src/domain/points.ts'
import type { Product } from '../../src/domain/product.ts'
import { reserveStock } from '../../src/domain/stock.ts'
import {
  accessProduct,
  codeProduct,
  entityId,
  goodsProduct,
  minute,
  paidOrder,
  pointsProduct,
} from '../support/builders.ts'

type AnyStore = { readonly transaction: Transaction; readonly readers: Readers; close(): Promise<void> }

/** With how many runs of a property each is worth, since opening a database takes its time. */
export const STORES: readonly (readonly [name: string, open: () => Promise<AnyStore>, numRuns: number])[] = [
  ['the memory store', async () => createMemoryStore(), 60],
  [
    'SQLite',
    () =>
      openSqliteStore({
        path: ':memory:',
        encryption: createEncryption([new Uint8Array(32).fill(7)]),
        ids: randomIds,
      }),
    10,
  ],
]

export const PRODUCTS = {
  grant: accessProduct({ id: entityId(0xa1), fulfilment: { type: 'access', delivery: 'grant', validityDays: 365 } }),
  codes: codeProduct({ id: entityId(0xa2) }),
  points: pointsProduct({ id: entityId(0xa3), fulfilment: { type: 'points', points: 1000, bonusPoints: 100 } }),
  goods: goodsProduct({ id: entityId(0xa4), fulfilment: { type: 'goods', sku: 'S' } }),
} as const satisfies Record<string, Product>

export const USER = paidOrder().userId

/** A store with everything on sale and a hundred pieces in stock. */
export const shop = async (open: () => Promise<AnyStore>) => {
  const store = await open()
  onTestFinished(() => store.close())
  const { transaction, readers } = store
  const commit = async <T>(work: (repositories: Repositories) => Promise<T>): Promise<T> =>
    (await transaction.run(async (all) => ok(await work(all))))._unsafeUnwrap()
  await commit(async ({ products, stock }) => {
    for (const product of Object.values(PRODUCTS)) await products.insert(product)
    await stock.replace(await stock.find('S'), { sku: 'S', onHand: 100, reserved: 0 }, minute(0))
  })
  const deps = { ids: randomIds, randomness: seededRandomness(1) }
  /** An order that is paid and delivered. */
  const deliver = async (items: readonly OrderItem[], id = entityId(1)): Promise<Order> => {
    const order = paidOrder({ id, items, amount: orderAmount(items)._unsafeUnwrap() })
    await commit(async (all) => {
      await all.orders.insert(order)
      for (const { fulfilment, quantity } of items) {
        if (fulfilment.type !== 'goods') continue
        const before = await all.stock.find('S')
        const [stock, held] = reserveStock(before.value, id, quantity)._unsafeUnwrap()
        await all.stock.replace(before, stock, minute(1))
        await all.stock.insertReservation(held, minute(1))
      }
      return (await fulfilOrder(deps)(all, order, minute(5)))._unsafeUnwrap()
    })
    return order
  }
  const sync = (order: Order, returned: number, reserved: number, mayFallShort = true, at = minute(10)) =>
    transaction.run((all) =>
      syncDelivery(deps)(all, { order, returned: fen(returned), reserved: fen(reserved), mayFallShort }, at),
    )
  const state = async (order: Order) => ({
    lines: (await readers.fulfilments.listByOrder(order.id)).map(({ status }) => status),
    codes: (await readers.accessCodes.listByOrder(order.id)).map(({ code }) => code.status),
    balance: (await readers.points.account(USER)).value.balance,
    stock: (await readers.stock.find('S')).value,
    access: (await readers.entitlements.listByUser(USER)).map(({ revokedAt }) => revokedAt === undefined),
  })
  const clock = fixedClock({ at: minute(8) })
  return {
    store,
    readers,
    transaction,
    commit,
    deliver,
    sync,
    state,
    activate: (typed: string, userId = 'user-2') =>
      activateCode({ transaction, readers, clock, ids: randomIds })({ typed, userId }),
    expire: expireCodes({ transaction, readers, clock: fixedClock({ at: minute(1e6) }) }),
    revoke: (codeId: string) =>
      revokeCode({ transaction, clock, ids: randomIds })(codeId, {
        actor: 'admin',
        requestId: 'r',
        ip: undefined,
      }),
    spend: (points: number) =>
      commit(async (all) => {
        const before = await all.points.account(USER)
        const posting = {
          id: randomIds.entity(),
          userId: USER,
          kind: 'spend',
          delta: -points,
          source: { type: 'payment', id: randomIds.entity() },
          createdAt: minute(6),
        } as const
        const [account, entry] = postPoints(before.value, posting)._unsafeUnwrap()
        await all.points.post(before, account, entry)
      }),
  }
}
