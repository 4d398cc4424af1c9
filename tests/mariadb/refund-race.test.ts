import { ok } from 'neverthrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Isolation } from '../../src/adapters/persistence/mysql-url.ts'
import { openMysqlStore } from '../../src/adapters/persistence/mysql-store.ts'
import type { Store } from '../../src/adapters/persistence/store.ts'
import { randomIds } from '../../src/adapters/system/random-ids.ts'
import type { Gateways } from '../../src/application/payments/payment-gateway.ts'
import { approveRefund, retryRefund } from '../../src/application/refunds/decide-refund.ts'
import { requestRefund } from '../../src/application/refunds/request-refund.ts'
import { sendRefund } from '../../src/application/refunds/send-refund.ts'
import { fen } from '../../src/domain/money.ts'
import { refundedOf } from '../../src/domain/payment.ts'
import { refundTotals } from '../../src/domain/refund.ts'
import { fixedClock } from '../../src/adapters/memory/fixed-clock.ts'
import { encryption } from '../adapters/persistence/support.ts'
import { scriptedGateway } from '../application/world.ts'
import { failedRefund, minute, paidOrder, paidPayment, pendingRefund } from '../support/builders.ts'
import { type MariadbDatabase, mariadbDatabase, withMariadb } from './database.ts'

const ROUNDS = 4
const PAID = fen(9900)
const { id: orderId } = paidOrder()
const { id: paymentId } = paidPayment()

/** One process: a store of its own on the common database, and a gateway that says of every refund that it is done. */
const processOn = (store: Store) => {
  const { gateway, script } = scriptedGateway()
  const gateways: Gateways = { find: () => gateway, configured: ['wechat'] }
  const clock = fixedClock({ at: minute(10) })
  const deps = { transaction: store.transaction, readers: store.readers, clock, ids: randomIds, gateways }
  const refunds = {
    ...deps,
    leaseMs: 15_000,
    fourEyesAbove: undefined,
    sendRefund: sendRefund({ ...deps, scheduleMs: [15_000] }),
  }
  script.refund = () => ok({ state: 'success', refundId: undefined, amount: fen(1000), at: minute(10) })
  const operator = { actor: 'boss', requestId: 'r', ip: undefined }
  const decision = (refundNo: string) => ({ refundNo, actionId: randomIds.entity(), operator })
  return {
    request: (refundNo?: string) =>
      requestRefund({ ...refunds, approval: 'auto', windowMs: 86_400_000 })({
        requester: { kind: 'user', userId: 'user-1' },
        provider: 'wechat',
        orderId,
        amount: fen(1000),
        reason: '退',
        refundNo,
        resourceId: randomIds.entity(),
      }),
    approve: (refundNo: string) => approveRefund(refunds)(decision(refundNo)),
    retry: (refundNo: string) => retryRefund(refunds)(decision(refundNo)),
  }
}

/** Twenty calls, each process doing its share of them. */
const twentyOn = <P, R>(processes: readonly P[], call: (process: P) => R): readonly R[] =>
  Array.from({ length: 20 / processes.length }, () => processes.map(call)).flat()

const racesUnder = (isolation: Isolation) =>
  describe(`refunds raced by two processes on MariaDB under ${isolation}`, () => {
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

    const paid = async (): Promise<void> => {
      await database.wipe()
      await stores[0]?.transaction.run(async ({ orders, payments }) => {
        await orders.insert(paidOrder({ amount: PAID }))
        await payments.insert(paidPayment({ amount: PAID }), minute(1))
        return ok(undefined)
      })
    }

    const expectConserved = async (): Promise<number> => {
      const [store] = stores
      const payment = (await store?.readers.payments.find(paymentId))?.value
      if (store === undefined || payment === undefined) throw new Error('no payment')
      const refunds = (await store.readers.refunds.listByPayment(paymentId)).map(({ value }) => value)
      const { returned, reserved } = refundTotals(refunds)
      expect(returned + reserved).toBeLessThanOrEqual(PAID)
      expect(refundedOf(payment)).toBe(returned)
      return returned
    }

    it('never take more than was paid when twenty come at once, and exactly nine fit', async () => {
      const processes = stores.map(processOn)
      for (let round = 0; round < ROUNDS; round += 1) {
        await paid()
        const all = await Promise.all(twentyOn(processes, (process) => process.request()))
        expect(all.filter((one) => one.isOk())).toHaveLength(9)
        expect(await expectConserved()).toBe(9000)
      }
    })

    it('are one refund when one number comes twenty times at once', async () => {
      const processes = stores.map(processOn)
      for (let round = 0; round < ROUNDS; round += 1) {
        await paid()
        const all = await Promise.all(twentyOn(processes, (process) => process.request('ONE')))
        expect(all.every((one) => one.isOk())).toBe(true)
        expect(await expectConserved()).toBe(1000)
      }
    })

    it('take their room once when requests, approvals and retries meet', async () => {
      const processes = stores.map(processOn)
      for (let round = 0; round < ROUNDS; round += 1) {
        await paid()
        await stores[0]?.transaction.run(async ({ refunds }) => {
          await refunds.insert(pendingRefund({ refundNo: 'WAITS', amount: fen(1000) }))
          for (const no of ['F1', 'F2', 'F3']) await refunds.insert(failedRefund({ refundNo: no, amount: fen(1000) }))
          return ok(undefined)
        })
        const [one, two] = processes
        await Promise.all([
          ...Array.from({ length: 8 }, (_, n) => processes[n % 2]?.request()),
          one?.approve('WAITS'),
          two?.approve('WAITS'),
          ...['F1', 'F2', 'F3', 'F1'].map((no, n) => processes[n % 2]?.retry(no)),
        ])
        expect(await expectConserved()).toBe(9000)
      }
    })
  })

withMariadb(() => {
  racesUnder('read committed')
  racesUnder('repeatable read')
})
