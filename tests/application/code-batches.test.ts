import { ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import type { IssuedCode } from '../../src/application/access-codes/access-code-repository.ts'
import { expireCodes } from '../../src/application/access-codes/expire-codes.ts'
import { exportCodes } from '../../src/application/access-codes/export-codes.ts'
import { finishBatches } from '../../src/application/access-codes/finish-batches.ts'
import { makeCodes } from '../../src/application/access-codes/make-codes.ts'
import { revokeCode } from '../../src/application/access-codes/revoke-code.ts'
import type { Transaction } from '../../src/application/transaction.ts'
import { normaliseCode } from '../../src/domain/access-code.ts'
import { accessProduct, activatedCode, availableCode, entityId, goodsProduct, minute } from '../support/builders.ts'
import { world } from './world.ts'

const product = accessProduct()
const mug = goodsProduct({ id: entityId(70) })
const operator = { actor: 'boss', requestId: 'r1', ip: '192.0.2.1' }
const ALWAYS = { from: undefined, to: undefined }
const ANY = { batchId: undefined, productId: undefined, status: undefined }

/** The use cases, and what they left on record; the store breaks down before the given part is written. */
const codeRoom = async ({ breaksAt }: { breaksAt?: number } = {}) => {
  const { deps, store, clock } = await world([product, mug])
  let units = 0
  const transaction: Transaction = {
    run: (work) => {
      units += 1
      if (units === breaksAt) return Promise.reject(new Error('the store is down'))
      return store.transaction.run(work)
    },
  }
  const make = makeCodes({ ...deps, transaction })
  const batch = { batchId: 'batch-1', productId: product.id, count: 600, expiresAt: minute(60) }
  const issue = (...codes: readonly IssuedCode[]) =>
    store.transaction.run(async ({ accessCodes }) => ok(await accessCodes.insert(codes)))
  return {
    clock,
    store,
    /** What is on record, the oldest first. */
    audited: async () => {
      const { items } = await store.readers.audit.list(ALWAYS, { limit: 100, after: undefined })
      return items.toReversed()
    },
    issue,
    make: (given: Partial<typeof batch> = {}) => make({ ...batch, ...given }, operator),
    revoke: (id: string) => revokeCode({ ...deps, transaction })(id, operator),
    exported: (id: string) => exportCodes({ ...deps, transaction })(id, operator),
    expire: expireCodes({ ...deps, transaction }),
    finish: finishBatches({ ...deps, transaction }),
    codes: async () => (await store.readers.accessCodes.list(ANY, { limit: 20_000, after: undefined })).items,
  }
}

describe('making a batch of codes', () => {
  it('makes as many as asked for, all different, and records it once', async () => {
    const { make, codes, audited } = await codeRoom()
    const batch = (await make())._unsafeUnwrap()
    expect(batch).toMatchObject({ id: 'batch-1', count: 600, made: 600, validityDays: 365, createdAt: minute(0) })
    const made = await codes()
    expect(new Set(made.map(({ text }) => normaliseCode(text))).size).toBe(600)
    for (const { code } of made)
      expect(code).toMatchObject({
        status: 'available',
        origin: { type: 'batch', batchId: 'batch-1' },
        validityDays: 365,
      })
    expect(await audited()).toMatchObject([{ ...operator, action: 'access_code.make_batch', subject: 'batch-1' }])
    for (const { text } of made) expect(JSON.stringify(await audited())).not.toContain(text)
  })

  it('makes no second one when it is asked again, nor when many ask together', async () => {
    const { make, codes, audited } = await codeRoom()
    const answers = await Promise.all(Array.from({ length: 5 }, () => make()))
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(await make()).toEqual(answers[0])
    expect(await codes()).toHaveLength(600)
    expect(await audited()).toHaveLength(1)
  })

  it('shows nothing of one that broke off, and goes on with it when it is asked again', async () => {
    const { make, codes, exported, audited } = await codeRoom({ breaksAt: 3 })
    await expect(make()).rejects.toThrow('down')
    expect(await codes()).toEqual([])
    expect((await exported('batch-1'))._unsafeUnwrapErr()).toEqual({ code: 'NOT_FOUND' })
    expect((await make())._unsafeUnwrap().made).toBe(600)
    expect(await codes()).toHaveLength(600)
    expect(await audited()).toHaveLength(1)
  })

  it('is finished by itself where its request never came back', async () => {
    const { make, codes, exported, finish, clock, audited } = await codeRoom({ breaksAt: 3 })
    await expect(make()).rejects.toThrow('down')
    expect(await finish()).toBe(0) // Its request may still be at it.
    clock.advance(60_001)
    expect(await Promise.all([finish(), finish()])).toEqual([1, 1])
    expect(await finish()).toBe(0)
    expect(await codes()).toHaveLength(600)
    expect((await exported('batch-1')).isOk()).toBe(true)
    expect((await audited()).map(({ action }) => action)).toEqual(['access_code.make_batch', 'access_code.export'])
  })

  it.each([
    [{ productId: entityId(99) }, 'PRODUCT_NOT_FOUND'],
    [{ productId: mug.id }, 'PRODUCT_GIVES_NO_ACCESS'],
    [{ expiresAt: minute(0) }, 'EXPIRY_IN_THE_PAST'],
  ])('refuses %j', async (given, code) => {
    const { make, store } = await codeRoom()
    expect((await make(given))._unsafeUnwrapErr()).toEqual({ code })
    expect(await store.readers.codeBatches.find('batch-1')).toBeUndefined()
  })
})

describe('exporting a batch', () => {
  it('is on record before it hands out every code once', async () => {
    const { make, codes, exported, audited } = await codeRoom()
    await make()
    const parts = (await exported('batch-1'))._unsafeUnwrap()
    expect((await audited()).at(-1)).toMatchObject({ ...operator, action: 'access_code.export', subject: 'batch-1' })
    const all: IssuedCode[] = []
    for await (const part of parts) all.push(...part)
    expect(all).toEqual(await codes())
    expect((await exported('batch-2'))._unsafeUnwrapErr()).toEqual({ code: 'NOT_FOUND' })
  })
})

describe('revoking a code', () => {
  it('is done once, announced and on record', async () => {
    const { issue, revoke, store, audited } = await codeRoom()
    const code = availableCode()
    await issue({ code, text: 'A' })
    const revoked = (await revoke(code.id))._unsafeUnwrap()
    expect(revoked).toEqual({ ...code, status: 'revoked' })
    expect((await revoke(code.id))._unsafeUnwrap()).toEqual(revoked)
    const events = await store.readers.events.eventsOf(entityId(0x0a))
    expect(events.map(({ event, cause }) => [event.type, cause])).toEqual([
      ['access_code.revoked', { kind: 'admin', actor: 'boss' }],
    ])
    const [entry] = await audited()
    expect(entry).toMatchObject({ ...operator, action: 'access_code.revoke', subject: code.id })
    expect([entry?.before, entry?.after]).toMatchObject([{ status: 'available' }, { status: 'revoked' }])
  })

  it('is refused where it is used or unknown', async () => {
    const { issue, revoke, audited } = await codeRoom()
    await issue({ code: activatedCode(), text: 'A' })
    expect((await revoke(activatedCode().id))._unsafeUnwrapErr()).toEqual({ code: 'ACCESS_CODE_INVALID' })
    expect((await revoke(entityId(99)))._unsafeUnwrapErr()).toEqual({ code: 'NOT_FOUND' })
    expect(await audited()).toEqual([])
  })
})

describe('expiring codes', () => {
  it('marks those that have lapsed, once, and no others', async () => {
    const { issue, expire, clock, store } = await codeRoom()
    const origin = { type: 'batch', batchId: entityId(77) } as const
    const [early, late] = [
      availableCode({ id: entityId(1), origin, expiresAt: minute(10) }),
      availableCode({ id: entityId(2), origin, expiresAt: minute(11) }),
    ]
    await issue({ code: early, text: 'A' }, { code: late, text: 'B' })
    expect(await expire()).toBe(0)
    clock.advance(10 * 60_000)
    expect([await expire(), await expire()]).toEqual([1, 0])
    expect((await store.readers.accessCodes.find(early.id))?.value).toEqual({ ...early, status: 'expired' })
    expect((await store.readers.accessCodes.find(late.id))?.value).toEqual(late)
    const events = await store.readers.events.eventsOf(early.id)
    expect(events.map(({ event, cause }) => [event.type, cause.kind])).toEqual([['access_code.expired', 'timer']])
  })

  it('marks each once where several do it at the same time', async () => {
    const { issue, expire, clock, store } = await codeRoom()
    const code = availableCode({ origin: { type: 'batch', batchId: entityId(77) }, expiresAt: minute(1) })
    await issue({ code, text: 'A' })
    clock.advance(60_000)
    expect(await Promise.all([expire(), expire(), expire()])).toEqual([1, 0, 0])
    expect(await store.readers.events.eventsOf(code.id)).toHaveLength(1)
  })
})
