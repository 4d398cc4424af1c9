import { ok } from 'neverthrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openMysqlStore } from '../../src/adapters/persistence/mysql-store.ts'
import type { Isolation } from '../../src/adapters/persistence/mysql-url.ts'
import type { Store } from '../../src/adapters/persistence/store.ts'
import { randomIds } from '../../src/adapters/system/random-ids.ts'
import { systemRandomness } from '../../src/adapters/system/system-randomness.ts'
import { settlePayment } from '../../src/application/payments/settle-payment.ts'
import { encryption } from '../adapters/persistence/support.ts'
import { receiptFor } from '../application/world.ts'
import { minute, pendingOrder, pendingPayment } from '../support/builders.ts'
import { type MariadbDatabase, mariadbDatabase, withMariadb } from './database.ts'

const ROUNDS = 10
const SOURCES = ['notification', 'query'] as const

const racesUnder = (isolation: Isolation) =>
  describe(`one receipt told by callbacks and questions at two processes on MariaDB under ${isolation}`, () => {
    let database: MariadbDatabase
    let stores: readonly Store[]
    beforeAll(async () => {
      database = await mariadbDatabase()
      const options = { url: database.urlUnder(isolation), encryption, ids: randomIds }
      stores = [await openMysqlStore(options), await openMysqlStore({ ...options, migrate: false })]
    }, 180_000)
    afterAll(async () => {
      for (const store of stores) await store.close()
      await database.remove()
    })

    it('is booked once, and nobody takes the others for a contradiction', async () => {
      const order = pendingOrder()
      const payment = pendingPayment()
      const settle = settlePayment({ ids: randomIds, randomness: systemRandomness, latePaymentPolicy: 'refund' })
      for (let round = 0; round < ROUNDS; round += 1) {
        await database.wipe()
        await stores[0]?.transaction.run(async ({ orders, payments }) => {
          await orders.insert(order)
          await payments.insert(payment, minute(1))
          return ok(undefined)
        })
        const told = stores.flatMap((store) =>
          Array.from({ length: 5 }, (_, n) => SOURCES[n % 2] ?? 'query').map((source) =>
            store.transaction.run((all) =>
              settle(all, {
                provider: payment.provider,
                receipt: receiptFor(payment),
                source,
                isReturned: false,
                cause: { kind: 'query', actor: payment.provider },
                at: minute(2),
              }),
            ),
          ),
        )
        const verdicts = (await Promise.all(told)).map((one) => one._unsafeUnwrap().verdict)
        expect(verdicts.toSorted()).toEqual([...Array.from({ length: 9 }, () => 'repeated'), 'settled'])
        const readers = stores[0]?.readers
        expect(await readers?.incidents.listByOrder(order.id)).toEqual([])
        expect(await readers?.transactions.listByOrder(order.id)).toHaveLength(1)
      }
    })
  })

withMariadb(() => {
  racesUnder('read committed')
  racesUnder('repeatable read')
})
