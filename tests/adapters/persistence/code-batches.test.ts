import { ok } from 'neverthrow'
import { describe, expect, it, onTestFinished } from 'vitest'
import { randomIds } from '../../../src/adapters/system/random-ids.ts'
import { systemClock } from '../../../src/adapters/system/system-clock.ts'
import { systemRandomness } from '../../../src/adapters/system/system-randomness.ts'
import { exportCodes } from '../../../src/application/access-codes/export-codes.ts'
import { makeCodes } from '../../../src/application/access-codes/make-codes.ts'
import { accessProduct, pendingOrder } from '../../support/builders.ts'
import { openStore, temporaryFile } from './support.ts'

const operator = { actor: 'boss', requestId: 'r1', ip: undefined }

describe('a batch of ten thousand codes', () => {
  it('is made and exported whole, and lets other work in between', async () => {
    const file = temporaryFile()
    onTestFinished(() => file.remove())
    const store = await openStore({ path: file.path })
    onTestFinished(() => store.close())
    const { transaction, readers } = store
    await transaction.run(async ({ products }) => ok(await products.insert(accessProduct())))
    const deps = { transaction, readers, clock: systemClock, ids: randomIds, randomness: systemRandomness }
    const expiresAt = new Date(Date.now() + 86_400_000)
    const input = { batchId: 'batch-1', productId: accessProduct().id, count: 10_000, expiresAt }
    let isMade = false
    const making = makeCodes(deps)(input, operator).then((batch) => {
      isMade = true
      return batch
    })
    await transaction.run(async ({ orders }) => ok(await orders.insert(pendingOrder())))
    expect(isMade).toBe(false)
    expect((await making)._unsafeUnwrap().made).toBe(10_000)
    const texts = new Set<string>()
    for await (const part of (await exportCodes(deps)('batch-1', operator))._unsafeUnwrap())
      for (const { text } of part) texts.add(text)
    expect(texts.size).toBe(10_000)
  })
})
