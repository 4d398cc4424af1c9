import { ok } from 'neverthrow'
import { createEncryption } from '../../src/adapters/crypto/aes-encryption.ts'
import { openSqliteStore } from '../../src/adapters/persistence/sqlite-store.ts'
import { randomIds } from '../../src/adapters/system/random-ids.ts'
import { fen } from '../../src/domain/money.ts'
import type { GatewayIdentity, PaymentMethod, Provider } from '../../src/domain/payment.ts'
import { accessProduct, itemOf } from '../support/builders.ts'

export const PRICE_FEN = 9900
const BATCH = 200

export type Seeding = {
  readonly path: string
  readonly encryptionKey: Buffer
  readonly provider: Provider
  readonly method: PaymentMethod
  readonly identity: GatewayIdentity
  readonly count: number
}

/** A database with so many unpaid orders, each with one pending payment; gives their numbers. */
export const seed = async (given: Seeding): Promise<readonly string[]> => {
  const encryption = createEncryption([given.encryptionKey])
  const store = await openSqliteStore({ path: given.path, encryption, ids: randomIds })
  const product = accessProduct({ id: 'bench', price: fen(PRICE_FEN) })
  await store.transaction.run(async ({ products }) => ok(await products.insert(product)))
  const numbers: string[] = []
  for (let from = 0; from < given.count; from += BATCH) {
    const size = Math.min(BATCH, given.count - from)
    numbers.push(...(await seedBatch(given, store, product, size)))
  }
  await store.close()
  return numbers
}

const seedBatch = async (
  { provider, method, identity }: Seeding,
  { transaction }: Awaited<ReturnType<typeof openSqliteStore>>,
  product: ReturnType<typeof accessProduct>,
  size: number,
): Promise<readonly string[]> => {
  const at = new Date()
  const expiresAt = new Date(at.getTime() + 3_600_000)
  const attempts = Array.from({ length: size }, () => ({
    ids: { orderId: randomIds.entity(), id: randomIds.entity(), outTradeNo: randomIds.outTradeNo(at) },
    userId: `user-${randomIds.entity()}`,
  }))
  await transaction.run(async ({ orders, payments, outbox }) => {
    for (const { ids, userId } of attempts) {
      const common = { userId, amount: product.price, currency: 'CNY', expiresAt, createdAt: at } as const
      const { orderId } = ids
      await orders.insert({ ...common, id: orderId, items: [itemOf(product)], status: 'pending' })
      const request = { subject: '会员年卡', notifyUrl: 'http://127.0.0.1/', returnUrl: undefined }
      await payments.insert(
        {
          ...common,
          ...ids,
          provider,
          method,
          identity,
          credentialsVersion: 'bench',
          status: 'pending',
          request: {
            ...request,
            openid: undefined,
            clientIp: undefined,
          },
        },
        expiresAt,
      )
      const created = { type: 'order.created', orderId, at } as const
      const opened = { type: 'payment.created', paymentId: ids.id, orderId, at } as const
      await outbox.append({ stream: orderId, events: [created, opened], cause: { kind: 'request', actor: userId }, at })
    }
    return ok(undefined)
  })
  return attempts.map(({ ids }) => ids.outTradeNo)
}
