import { ok } from 'neverthrow'
import { describe, expect, it, onTestFinished } from 'vitest'
import { randomIds } from '../../../src/adapters/system/random-ids.ts'
import { systemClock } from '../../../src/adapters/system/system-clock.ts'
import { activateCode } from '../../../src/application/access-codes/activate-code.ts'
import { codeFromRandom } from '../../../src/domain/access-code.ts'
import { accessProduct, availableCode, entityId } from '../../support/builders.ts'
import { openStore, temporaryFile } from './support.ts'

describe('a hundred activations of one code at the same time', () => {
  it('end with one winner, who alone has access and gets the same answer again', async () => {
    const file = temporaryFile()
    onTestFinished(() => file.remove())
    const stores = [await openStore({ path: file.path }), await openStore({ path: file.path })] as const
    onTestFinished(async () => {
      for (const store of stores) await store.close()
    })
    const [{ transaction, readers }] = stores
    const text = codeFromRandom(new Uint8Array(15).fill(9))
    const origin = { type: 'batch', batchId: entityId(77) } as const
    await transaction.run(async ({ products, accessCodes }) => {
      await products.insert(accessProduct())
      return ok(await accessCodes.insert([{ code: availableCode({ origin, expiresAt: undefined }), text }]))
    })
    const activates = stores.map((store) => activateCode({ ...store, clock: systemClock, ids: randomIds }))
    const users = Array.from({ length: 100 }, (_, n) => `user-${n}`)
    const results = await Promise.all(users.map(async (userId, n) => await activates[n % 2]?.({ typed: text, userId })))
    const winners = users.filter((_, n) => results[n]?.isOk())
    expect(winners).toHaveLength(1)
    for (const userId of users)
      expect(await readers.entitlements.listByUser(userId)).toHaveLength(winners.includes(userId) ? 1 : 0)
    const events = await readers.events.eventsOf(availableCode().id)
    expect(events.map(({ event }) => event.type)).toEqual(['access_code.activated', 'access.granted'])
    const [winner = ''] = winners
    const again = await activates[0]?.({ typed: text, userId: winner })
    expect(again?._unsafeUnwrap()).toEqual(results[users.indexOf(winner)]?._unsafeUnwrap())
  })
})
