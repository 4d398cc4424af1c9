import { describe, expect } from 'vitest'
import type { OperatorRecord } from '../../../src/application/operators/operator-repository.ts'
import { OPERATOR_ROLES, OPERATOR_STATUSES } from '../../../src/domain/operator.ts'
import { SESSION_IDLE_MS, SESSION_MS } from '../../../src/domain/operator-session.ts'
import { entityId, minute, operatorAccount, operatorSession } from '../../support/builders.ts'
import { allPages, type CreateStore, commit, present, read, type StoreUnderTest, TEXTS, testsOn } from './under-test.ts'

export const operatorContract = (create: CreateStore): void => {
  describe('operators', () => operators(create))
  describe('sessions of operators', () => sessions(create))
}

const record = (account: Parameters<typeof operatorAccount>[0] = {}, passwordHash = 'scrypt$x'): OperatorRecord => ({
  account: operatorAccount(account),
  passwordHash,
})

const insert = (store: StoreUnderTest, one: OperatorRecord): Promise<boolean> =>
  commit(store, ({ operators: all }) => all.insert(one))

const operators = (create: CreateStore): void => {
  const test = testsOn(create)

  test('are not there at first', async (store) => {
    expect(await read(store, ({ operators: all }) => all.find(entityId(1)))).toBeUndefined()
    expect(await read(store, ({ operators: all }) => all.findByName('boss'))).toBeUndefined()
    expect(await read(store, ({ operators: all }) => all.countActiveAdmins())).toBe(0)
  })

  test('come back as they were, by id and by name', async (store) => {
    for (const [n, role] of OPERATOR_ROLES.entries())
      for (const [m, status] of OPERATOR_STATUSES.entries()) {
        const id = entityId(10 * n + m)
        const displayName = TEXTS[(2 * n + m) % TEXTS.length] ?? ''
        const facts = { id, name: `o-${role}.${status}`, role, status, displayName, mustChangePassword: m === 1 }
        const one = record({ ...facts, passwordChangedAt: minute(3) }, `hash of ${id}`)
        expect(await insert(store, one)).toBe(true)
        const stored = { value: one, version: 1, updatedAt: one.account.createdAt }
        expect(await read(store, ({ operators: all }) => all.find(id))).toEqual(stored)
        expect(await read(store, ({ operators: all }) => all.findByName(one.account.name))).toEqual(stored)
      }
  })

  test('share neither their id nor their name', async (store) => {
    const one = record()
    await insert(store, one)
    expect(await insert(store, record({ id: entityId(9) }))).toBe(false)
    expect(await insert(store, record({ name: 'other' }))).toBe(false)
    expect((await read(store, ({ operators: all }) => all.findByName(one.account.name)))?.value).toEqual(one)
    expect(await read(store, ({ operators: all }) => all.findByName('other'))).toBeUndefined()
  })

  test('are written by one of those who read the same', async (store) => {
    const one = record()
    await insert(store, one)
    const before = present(await store.readers.operators.find(one.account.id))
    const after = record({ role: 'viewer', status: 'disabled', displayName: '小王', mustChangePassword: true }, 'new')
    const write = () => commit(store, ({ operators: all }) => all.replace(before, after, minute(9)))
    expect([await write(), await write()]).toEqual([true, false])
    const stored = await read(store, ({ operators: all }) => all.find(one.account.id))
    expect(stored).toEqual({ value: after, version: 2, updatedAt: minute(9) })
  })

  test('are counted as admins while they may sign in', async (store) => {
    for (const [n, status] of (['active', 'active', 'disabled'] as const).entries())
      await insert(store, record({ id: entityId(n), name: `admin${n}`, role: 'admin', status }))
    await insert(store, record({ id: entityId(8), name: 'finance', role: 'finance' }))
    expect(await read(store, ({ operators: all }) => all.countActiveAdmins())).toBe(2)
  })

  test('are listed in pages, the newest first', async (store) => {
    for (const n of [2, 4, 1, 3])
      await insert(store, record({ id: entityId(n), name: `name${n}`, createdAt: minute(n) }))
    const all = await allPages(3, (page) => read(store, (readers) => readers.operators.list(page)))
    expect(all.map(({ name }) => name)).toEqual(['name4', 'name3', 'name2', 'name1'])
  })
}

const token = (n: number): Uint8Array => new Uint8Array(32).fill(n)
const begin = (store: StoreUnderTest, n: number, given: Parameters<typeof operatorSession>[0] = {}): Promise<void> =>
  commit(store, ({ operatorSessions }) =>
    operatorSessions.insert(operatorSession({ id: entityId(n), ...given }), token(n)),
  )

const sessions = (create: CreateStore): void => {
  const test = testsOn(create)
  const find = (store: StoreUnderTest, n: number) =>
    read(store, ({ operatorSessions }) => operatorSessions.find(token(n)))

  test('are found by their token and by their id, as they were', async (store) => {
    await begin(store, 1, { userAgent: undefined })
    await begin(store, 2, { userAgent: TEXTS.join('') })
    expect(await find(store, 1)).toEqual(operatorSession({ id: entityId(1), userAgent: undefined }))
    expect(await find(store, 2)).toEqual(operatorSession({ id: entityId(2), userAgent: TEXTS.join('') }))
    expect(await find(store, 3)).toBeUndefined()
    expect(await read(store, ({ operatorSessions }) => operatorSessions.findById(entityId(2)))).toMatchObject({
      id: entityId(2),
    })
    expect(await read(store, ({ operatorSessions }) => operatorSessions.find(token(1).slice(1)))).toBeUndefined()
  })

  test('do not share a token', async (store) => {
    await begin(store, 1)
    const again = operatorSession({ id: entityId(2) })
    await expect(commit(store, (all) => all.operatorSessions.insert(again, token(1)))).rejects.toThrow()
  })

  test('remember the last time they were used', async (store) => {
    await begin(store, 1, { createdAt: minute(1), seenAt: minute(1) })
    for (const at of [5, 3]) await commit(store, (all) => all.operatorSessions.seen(entityId(1), minute(at)))
    expect((await find(store, 1))?.seenAt).toEqual(minute(5))
  })

  test('end once', async (store) => {
    await begin(store, 1)
    const end = () => commit(store, ({ operatorSessions }) => operatorSessions.end(entityId(1)))
    expect([await end(), await end()]).toEqual([true, false])
    expect(await find(store, 1)).toBeUndefined()
    expect(await read(store, ({ operatorSessions }) => operatorSessions.findById(entityId(1)))).toBeUndefined()
  })

  test('end together for one operator, but for the one that goes on', async (store) => {
    for (const n of [1, 2, 3]) await begin(store, n)
    await begin(store, 4, { operatorId: entityId(99) })
    const { operatorId } = operatorSession()
    await commit(store, ({ operatorSessions }) => operatorSessions.endAll(operatorId, entityId(2)))
    const left = async () => (await Promise.all([1, 2, 3, 4].map((n) => find(store, n)))).map((one) => one?.id)
    expect(await left()).toEqual([undefined, entityId(2), undefined, entityId(4)])
    await commit(store, ({ operatorSessions }) => operatorSessions.endAll(operatorId))
    expect(await left()).toEqual([undefined, undefined, undefined, entityId(4)])
  })

  test('are forgotten when their time is over', async (store) => {
    for (const n of [1, 2, 3]) await begin(store, n, { expiresAt: minute(100 + n) })
    await commit(store, ({ operatorSessions }) => operatorSessions.endExpired(minute(102)))
    expect([await find(store, 1), await find(store, 2)]).toEqual([undefined, undefined])
    expect(await find(store, 3)).toBeDefined()
  })

  test('are listed for one operator as far as they let in, the newest first', async (store) => {
    const at = new Date(minute(0).getTime() + SESSION_MS)
    const seenAt = new Date(at.getTime() - SESSION_IDLE_MS + 1)
    for (const n of [2, 4, 1, 3])
      await begin(store, n, { createdAt: minute(n), seenAt, expiresAt: new Date(minute(n).getTime() + SESSION_MS) })
    await begin(store, 5, { seenAt: new Date(seenAt.getTime() - 1), createdAt: minute(1) })
    await begin(store, 6, { seenAt, expiresAt: at })
    await begin(store, 7, { seenAt, operatorId: entityId(99) })
    const { operatorId } = operatorSession()
    const all = await allPages(3, (page) =>
      read(store, ({ operatorSessions }) => operatorSessions.listOpen(operatorId, at, page)),
    )
    expect(all.map(({ id }) => id)).toEqual([4, 3, 2, 1].map(entityId))
  })
}
