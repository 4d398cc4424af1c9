import { ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { createEncryption } from '../../src/adapters/crypto/aes-encryption.ts'
import { countKeys } from '../../src/adapters/persistence/rotation/count-keys.ts'
import { rotateKeys, type SealedDatabase } from '../../src/adapters/persistence/rotation/rotate-keys.ts'
import { SEALED_COLUMNS } from '../../src/adapters/persistence/rotation/sealed-columns.ts'
import { TABLES, type Value } from '../../src/adapters/persistence/schema.ts'
import type { Store } from '../../src/adapters/persistence/store.ts'
import type { Encryption } from '../../src/application/encryption.ts'
import { placeOfPiece } from '../../src/application/reconciliation/bill-repository.ts'
import { codeFromRandom } from '../../src/domain/access-code.ts'
import {
  accessProduct,
  availableCode,
  discrepancy,
  entityId,
  keptBill,
  minute,
  outTradeNo,
  pendingPayment,
  webhookEndpoint,
} from '../support/builders.ts'
import { commit, insertPayment, present } from './store/under-test.ts'

type RotatedStore = {
  open(encryption: Encryption): Promise<Store>
  sealed(): Promise<SealedDatabase>
  /** A hand in the database. */
  rows(sql: string, values?: readonly Value[]): Promise<readonly object[]>
  remove(): Promise<void>
}

const [OLD, NEW] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const
const before = createEncryption([OLD])
const during = createEncryption([NEW, OLD])
const after = createEncryption([NEW])
const [OLD_ID] = before.keyIds
const [NEW_ID] = after.keyIds

const CODE = codeFromRandom(new Uint8Array(15).fill(9))
const PAYER = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'
const USE = { caller: "用户 '1", route: 'POST /orders', key: 'a:b/"c', requestHash: 'h' } as const
const ANSWER = { status: 201, body: '{"data":"回答"}' } as const

/** What every database does while its values are sealed anew. `create` gives an empty one for each test. */
export const rotationContract = (name: string, create: () => Promise<RotatedStore>): void => {
  describe(`a rotation of the keys on ${name}`, () => {
    const test = (behaviour: string, body: (database: RotatedStore) => Promise<void>): void =>
      it(behaviour, async () => {
        const database = await create()
        try {
          await body(database)
        } finally {
          await database.remove()
        }
      })

    test('leaves nothing that the new key alone does not open and find', async (database) => {
      await planted(database, before)
      const { replaced, unreadable } = await rotated(database)
      expect(unreadable).toEqual([])
      expect(replaced).toBe(SEALED_COLUMNS.length)
      for (const { column, keys } of await counted(database)) expect([column, keys]).toEqual([column, { [NEW_ID]: 1 }])
      await expectEverything(database, after)
    })

    test('knows every column that something was sealed in', async (database) => {
      await planted(database, before)
      const found = await columnsThatHoldSealed(database)
      expect(found).toEqual(SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`).toSorted())
    })

    test('tells how much is still under which key', async (database) => {
      await planted(database, before)
      for (const { column, keys } of await counted(database)) expect([column, keys]).toEqual([column, { [OLD_ID]: 1 }])
    })

    test('leaves everything readable at each step, and goes on where it was broken off', async (database) => {
      await planted(database, before)
      for (let steps = 1; steps < SEALED_COLUMNS.length; steps += 1) {
        await expect(brokenOff(database, 1)).rejects.toThrow('killed')
        const keys = (await counted(database)).map((column) => Object.keys(column.keys)[0])
        expect(keys.filter((key) => key === NEW_ID)).toHaveLength(steps)
        await expectEverything(database, during)
      }
      expect((await rotated(database)).replaced).toBe(1)
      expect((await rotated(database)).replaced).toBe(0)
      await expectEverything(database, after)
    })

    test('does not write over what a service has written meanwhile', async (database) => {
      await planted(database, before)
      const store = await database.open(during)
      const sealed = await database.sealed()
      const secret = 'whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY='
      let written = false
      await rotateKeys(
        {
          ...sealed,
          // Comes between the reading of the old secret and its replacement.
          async durably(work) {
            const [count] = await database.rows(`select count(*) as n from webhook_endpoints where secret like ?`, [
              `v1.${OLD_ID}.%`,
            ])
            if (!written && present(count as { n: number }).n === 1 && (await isAtEndpoints(database))) {
              written = true
              await commit(store, async ({ webhookEndpoints }) => {
                const found = present(await webhookEndpoints.find(webhookEndpoint().id))
                const signing = { secretId: entityId(0x40), secret, previous: undefined }
                expect(await webhookEndpoints.replace(found, { ...found.value, signing }, minute(9))).toBe(true)
              })
            }
            return sealed.durably(work)
          },
        },
        during,
      )
      await sealed.close()
      expect(written).toBe(true)
      const endpoint = present(await store.readers.webhookEndpoints.find(webhookEndpoint().id))
      expect(endpoint.value.signing).toEqual({ secretId: entityId(0x40), secret, previous: undefined })
      await store.close()
      expect((await rotated(database)).unreadable).toEqual([])
    })

    test('finds codes by their text whichever key their hash is of', async (database) => {
      await planted(database, before)
      // As an earlier version left it: sealed with the first key, found by the last one.
      const [row] = await database.rows('select id from access_codes')
      const id = present(row as { id: string }).id
      const place = { table: 'access_codes', column: 'text', row: id }
      await database.rows('update access_codes set text = ?', [during.seal(CODE, place)])
      const codes = (await counted(database)).find(({ column }) => column === 'access_codes.text')
      expect(codes?.keys).toEqual({ [OLD_ID]: 1 })
      await expectEverything(database, during)
      await rotated(database)
      await expectEverything(database, after)
    })

    test('names what no key opens, and seals the rest', async (database) => {
      await planted(database, before)
      await database.rows(`update payment_transactions set payer = concat('v1.', substr(payer, 4, 12), '.AAAA')`)
      const { replaced, unreadable } = await rotated(database)
      expect(unreadable).toEqual([`payment_transactions.payer ${entityId(5)}`])
      expect(replaced).toBe(SEALED_COLUMNS.length - 1)
    })

    test('keeps no value in a place where it was moved to', async (database) => {
      await planted(database, before)
      await database.rows('update notifications set headers = body')
      expect((await rotated(database)).unreadable).toEqual([`notifications.headers ${entityId(6)}`])
    })
  })
}

const isAtEndpoints = async (database: RotatedStore): Promise<boolean> => {
  const codes = await database.rows(`select id from access_codes where text like ?`, [`v1.${NEW_ID}.%`])
  return codes.length === 1
}

const rotated = async (database: RotatedStore) => {
  const sealed = await database.sealed()
  try {
    return await rotateKeys(sealed, during)
  } finally {
    await sealed.close()
  }
}

/** Ends as a killed process does: so many batches were committed, and one more was not. */
const brokenOff = async (database: RotatedStore, batches: number): Promise<void> => {
  const sealed = await database.sealed()
  let left = batches
  try {
    await rotateKeys(
      {
        ...sealed,
        durably(work) {
          left -= 1
          if (left < 0) throw new Error('killed')
          return sealed.durably(work)
        },
      },
      during,
    )
  } finally {
    await sealed.close()
  }
}

const counted = async (database: RotatedStore) => {
  const sealed = await database.sealed()
  try {
    return await countKeys(sealed.reader, during)
  } finally {
    await sealed.close()
  }
}

const columnsThatHoldSealed = async (database: RotatedStore): Promise<readonly string[]> => {
  const found: string[] = []
  for (const [table, kinds] of Object.entries(TABLES))
    for (const column of Object.keys(kinds)) {
      const rows = await database.rows(`select 1 as x from ${table} where \`${column}\` like ? limit 1`, [
        `v1.${OLD_ID}.%`,
      ])
      if (rows.length > 0) found.push(`${table}.${column}`)
    }
  return found.toSorted()
}

const place = (id: string) => placeOfPiece(id, 0)

/** One value in each sealed column. */
const planted = async (database: RotatedStore, encryption: Encryption): Promise<void> => {
  const store = await database.open(encryption)
  const request = { ...pendingPayment().request, openid: PAYER }
  const payment = await insertPayment(store, pendingPayment({ request }))
  await commit(store, async (repositories) => {
    await repositories.transactions.insert({
      id: entityId(5),
      provider: 'wechat',
      transactionId: '4200000001202603010000000001',
      outTradeNo: outTradeNo(1),
      paymentId: payment.id,
      orderId: payment.orderId,
      identity: payment.identity,
      amount: payment.amount,
      currency: 'CNY',
      disposition: 'settled',
      payer: PAYER,
      source: 'notification',
      paidAt: minute(5),
      createdAt: minute(6),
    })
    await repositories.notifications.insert({
      id: entityId(6),
      provider: 'wechat',
      kind: 'payment',
      notificationId: 'message',
      outTradeNo: outTradeNo(1),
      orderId: payment.orderId,
      verdict: 'settled',
      raw: { headers: { 'wechatpay-nonce': 'n' }, body: Buffer.from([0, 255, 1]) },
      eventAt: minute(5),
      receivedAt: minute(6),
      retries: 0,
    })
    await repositories.products.insert(accessProduct())
    await repositories.accessCodes.insert([{ code: availableCode(), text: CODE }])
    const previous = { secret: 'whsec_b2xk', validUntil: minute(60) }
    const endpoint = webhookEndpoint()
    const signing = { ...endpoint.signing, previous }
    await repositories.webhookEndpoints.insert({ ...endpoint, signing })
    await repositories.discrepancies.insert(discrepancy({ rowText: '`一行,99.00' }), entityId(700), undefined)
    await repositories.bills.begin(keptBill())
    await repositories.bills.addPiece(keptBill().id, 0, encryption.sealBytes(Buffer.from([7, 0]), place(keptBill().id)))
    return ok(undefined)
  })
  await store.idempotencyKeys.claim(USE, entityId(9), minute(0), 60_000)
  await store.idempotencyKeys.complete(USE, ANSWER, minute(0))
  await store.close()
}

/** As services read it, with these keys alone. */
const expectEverything = async (database: RotatedStore, encryption: Encryption): Promise<void> => {
  const store = await database.open(encryption)
  const { readers } = store
  const payment = pendingPayment()
  expect(present(await readers.payments.find(payment.id)).value.request.openid).toBe(PAYER)
  const [receipt] = await readers.transactions.listByOrder(payment.orderId)
  expect(receipt?.payer).toBe(PAYER)
  const [message] = await readers.notifications.listByOrder(payment.orderId)
  const record = present(await readers.notifications.find(present(message).id))
  expect([record.raw.headers, [...record.raw.body]]).toEqual([{ 'wechatpay-nonce': 'n' }, [0, 255, 1]])
  const found = await commit(store, ({ accessCodes }) => accessCodes.findByText(CODE))
  expect(found?.value.id).toBe(availableCode().id)
  const issued = await readers.accessCodes.listByOrder(payment.orderId)
  expect(issued.map(({ text }) => text)).toEqual([CODE])
  const { signing } = present(await readers.webhookEndpoints.find(webhookEndpoint().id)).value
  expect([signing.secret, signing.previous?.secret]).toEqual([webhookEndpoint().signing.secret, 'whsec_b2xk'])
  expect(present(await readers.discrepancies.find(discrepancy().id)).value.rowText).toBe('`一行,99.00')
  const piece = present(await readers.bills.readPiece(keptBill().id, 0))
  expect([...encryption.openBytes(piece, place(keptBill().id))]).toEqual([7, 0])
  const again = await store.idempotencyKeys.claim(USE, entityId(10), minute(1), 60_000)
  expect(again).toEqual({ state: 'answered', answer: ANSWER })
  await store.close()
}
