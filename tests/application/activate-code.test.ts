import { ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { activateCode } from '../../src/application/access-codes/activate-code.ts'
import type { Transaction } from '../../src/application/transaction.ts'
import { type AccessCode, codeFromRandom, formatCode } from '../../src/domain/access-code.ts'
import {
  accessProduct,
  activatedCode,
  availableCode,
  entitlement,
  entityId,
  expiredCode,
  minute,
  revokedCode,
} from '../support/builders.ts'
import { world } from './world.ts'

const DAY_MS = 86_400_000
const product = accessProduct()
const batch = { type: 'batch', batchId: entityId(77) } as const
const TEXT = codeFromRandom(new Uint8Array(15).fill(7))
const OTHER = codeFromRandom(new Uint8Array(15).fill(8))

/** The use case, and what it asked the store for. */
const withCode = async (code: AccessCode = availableCode({ origin: batch })) => {
  const { clock, store, deps } = await world([product])
  await store.transaction.run(async ({ accessCodes }) => ok(await accessCodes.insert([{ code, text: TEXT }])))
  const asked: string[] = []
  const { accessCodes, entitlements } = store.readers
  const readers = {
    accessCodes: {
      ...accessCodes,
      findByText: (text: string) => {
        asked.push(`code of ${text.length}`)
        return accessCodes.findByText(text)
      },
    },
    entitlements: {
      ...entitlements,
      listByUser: (userId: string, productId?: string) => {
        asked.push(`entitlements of ${userId}`)
        return entitlements.listByUser(userId, productId)
      },
    },
  }
  const transaction: Transaction = {
    run: (work) => {
      asked.push('transaction')
      return store.transaction.run(work)
    },
  }
  const activate = activateCode({ ...deps, readers, transaction })
  return { clock, store, asked, activate: (typed: string, userId = 'user-1') => activate({ typed, userId }) }
}

describe('activating a code', () => {
  it('grants access once and says so', async () => {
    const { activate, store } = await withCode()
    const granted = (await activate(formatCode(TEXT).toLowerCase()))._unsafeUnwrap()
    expect(granted).toMatchObject({
      userId: 'user-1',
      productId: product.id,
      source: { type: 'access_code', id: availableCode().id },
      expiresAt: new Date(minute(0).getTime() + 365 * DAY_MS),
    })
    expect(await store.readers.entitlements.listByUser('user-1')).toEqual([granted])
    expect((await store.readers.accessCodes.findByText(TEXT))?.value).toEqual(
      activatedCode({ origin: batch, activatedBy: 'user-1', activatedAt: minute(0) }),
    )
    const events = await store.readers.events.eventsOf(availableCode().id)
    expect(events.map(({ event, cause }) => [event, cause])).toEqual([
      [
        { type: 'access_code.activated', codeId: availableCode().id, userId: 'user-1', at: minute(0) },
        { kind: 'request', actor: 'user-1' },
      ],
      [
        { type: 'access.granted', entitlementId: granted.id, at: minute(0) },
        { kind: 'request', actor: 'user-1' },
      ],
    ])
  })

  it('announces a bought one in the stream of its order', async () => {
    const { activate, store } = await withCode(availableCode())
    await activate(TEXT, 'somebody else')
    expect(await store.readers.events.eventsOf(entityId(0x0a))).toHaveLength(2)
  })

  it('answers the same user the same again, and writes nothing more', async () => {
    const { activate, clock, store, asked } = await withCode()
    const first = await activate(TEXT)
    clock.advance(400 * DAY_MS)
    asked.length = 0
    expect(await activate(TEXT)).toEqual(first)
    expect(asked).not.toContain('transaction')
    expect(await store.readers.entitlements.listByUser('user-1')).toHaveLength(1)
  })

  it('begins where access that is there ends', async () => {
    const { activate, store } = await withCode()
    const until = minute(60 * 24 * 30)
    const earlier = entitlement({ expiresAt: until })
    await store.transaction.run(async ({ entitlements }) => ok(await entitlements.insert(earlier)))
    const granted = (await activate(TEXT))._unsafeUnwrap()
    expect(granted.startsAt).toEqual(until)
    expect(granted.expiresAt).toEqual(new Date(until.getTime() + 365 * DAY_MS))
  })

  it('gives nothing out again that was taken back', async () => {
    const { activate, store } = await withCode()
    const { id } = (await activate(TEXT))._unsafeUnwrap()
    await store.transaction.run(async ({ entitlements }) => ok(await entitlements.revoke(id, minute(1))))
    expect((await activate(TEXT))._unsafeUnwrapErr()).toEqual({ code: 'ACCESS_CODE_INVALID' })
  })

  it.each<readonly [string, AccessCode, string]>([
    ['unknown', availableCode({ origin: batch }), OTHER],
    ['empty', availableCode({ origin: batch }), ''],
    ['mistyped', availableCode({ origin: batch }), `${TEXT.slice(0, 15)}${TEXT.endsWith('Z') ? 'Y' : 'Z'}`],
    ['no code at all', availableCode({ origin: batch }), '~'.repeat(16)],
    ['used by another', activatedCode({ origin: batch, activatedBy: 'user-2' }), TEXT],
    ['lapsed', availableCode({ origin: batch, expiresAt: minute(0) }), TEXT],
    ['marked expired', expiredCode({ origin: batch }), TEXT],
    ['revoked', revokedCode({ origin: batch }), TEXT],
  ])('refuses one that is %s, with the same answer after the same reads and no write', async (_, code, typed) => {
    const { activate, asked, store } = await withCode(code)
    expect((await activate(typed))._unsafeUnwrapErr()).toEqual({ code: 'ACCESS_CODE_INVALID' })
    expect(asked).toEqual(['code of 16', 'entitlements of user-1'])
    expect((await store.readers.accessCodes.findByText(TEXT))?.value).toEqual(code)
    expect(await store.readers.entitlements.listByUser('user-1')).toEqual([])
  })

  it('lets one of a hundred have it', async () => {
    const { activate, store } = await withCode()
    const users = Array.from({ length: 100 }, (_, n) => `user-${n}`)
    const results = await Promise.all(users.map((userId) => activate(TEXT, userId)))
    const winners = users.filter((_, n) => results[n]?.isOk())
    expect(winners).toHaveLength(1)
    expect(await store.readers.events.eventsOf(availableCode().id)).toHaveLength(2)
  })
})
