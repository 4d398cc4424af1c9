import { describe, expect, it, onTestFinished } from 'vitest'
import { createScryptPasswordHasher } from '../../src/adapters/crypto/scrypt-password-hasher.ts'
import { fixedClock } from '../../src/adapters/memory/fixed-clock.ts'
import { createMemoryStore } from '../../src/adapters/memory/memory-store.ts'
import { seededRandomness } from '../../src/adapters/memory/seeded-randomness.ts'
import { randomIds } from '../../src/adapters/system/random-ids.ts'
import { currentSession } from '../../src/application/operators/current-session.ts'
import { addOperator, changeOperator, resetPassword } from '../../src/application/operators/maintain-operators.ts'
import { endAllSessions } from '../../src/application/operators/end-sessions.ts'
import { type SignIn, signIn } from '../../src/application/operators/sign-in.ts'
import { createRecordedStore } from '../support/recorded-store.ts'
import { minute } from '../support/builders.ts'

const PASSWORD = 'seven people wait for a green bus'
const OPERATOR = { actor: 'cli:root', requestId: 'r', ip: undefined }
const LITTLE = { N: 16, r: 8, p: 1 }

const consoleOn = (store: Pick<ReturnType<typeof createMemoryStore>, 'transaction' | 'readers'>, cost = LITTLE) => {
  const clock = fixedClock({ at: minute(1) })
  const hasher = createScryptPasswordHasher({ cost })
  const { transaction, readers } = store
  const deps = { transaction, readers, clock, ids: randomIds, randomness: seededRandomness(1), hasher }
  const chosen = { kind: 'chosen', password: PASSWORD } as const
  return {
    deps,
    clock,
    hire: async (name: string, role: 'viewer' | 'admin' = 'admin', id = deps.ids.entity()) =>
      addOperator(deps)(id, { name, displayName: name, role }, chosen, OPERATOR),
    change: (name: string, changes: Parameters<ReturnType<typeof changeOperator>>[1]) =>
      changeOperator(deps)(name, changes, OPERATOR),
    signIn: (name: string, password = PASSWORD, given: Partial<SignIn> = {}) =>
      signIn(deps)({ name, password, token: undefined, requestId: 'r', ip: '::1', userAgent: undefined, ...given }),
    current: (token: Uint8Array) => currentSession(deps)(token),
  }
}

describe('a sign-in', () => {
  it('asks the database the same whether the name is known, the password right for another, or nobody has it', async () => {
    const { store, statements } = await createRecordedStore()
    onTestFinished(() => store.close())
    const made = consoleOn(store)
    await made.hire('boss')
    await made.hire('gone')
    await made.hire('second')
    await made.change('gone', { status: 'disabled' })
    const work: (readonly string[])[] = []
    for (const [name, password] of [
      ['boss', 'wrong'],
      ['nobody', PASSWORD],
      ['gone', PASSWORD],
      ['no name at all', 'wrong'],
    ] as const) {
      statements.splice(0)
      expect((await made.signIn(name, password))._unsafeUnwrapErr()).toEqual({ code: 'SIGN_IN_REFUSED' })
      work.push(statements.splice(0))
    }
    expect(work[0]?.length).toBeGreaterThan(2)
    for (const other of work) expect(other).toEqual(work[0])
  })

  it('hashes the password anew where it was hashed with less effort', async () => {
    const store = createMemoryStore()
    await consoleOn(store).hire('boss')
    const before = (await store.readers.operators.findByName('boss'))?.value.passwordHash
    const raised = consoleOn(store, { ...LITTLE, N: 32 })
    expect((await raised.signIn('boss')).isOk()).toBe(true)
    const after = (await store.readers.operators.findByName('boss'))?.value.passwordHash
    expect([before, after]).toEqual([expect.stringMatching(/^scrypt\$16\$/), expect.stringMatching(/^scrypt\$32\$/)])
    expect((await raised.signIn('boss')).isOk()).toBe(true)
    expect((await store.readers.operators.findByName('boss'))?.value.passwordHash).toBe(after)
  })

  it('that was checked before the account was disabled begins no session', async () => {
    const store = createMemoryStore()
    const made = consoleOn(store)
    await made.hire('boss')
    await made.hire('second')
    const { hasher } = made.deps
    const slow = {
      ...hasher,
      async check(password: string, hash: string | undefined) {
        const checked = await hasher.check(password, hash)
        await made.change('boss', { status: 'disabled' })
        return checked
      },
    }
    const given = {
      name: 'boss',
      password: PASSWORD,
      token: undefined,
      requestId: 'r',
      ip: '::1',
      userAgent: undefined,
    }
    const signedIn = await signIn({ ...made.deps, hasher: slow })(given)
    expect(signedIn._unsafeUnwrapErr()).toEqual({ code: 'SIGN_IN_REFUSED' })
  })

  it('clears away what has ended', async () => {
    const store = createMemoryStore()
    const made = consoleOn(store)
    await made.hire('boss')
    const { token } = (await made.signIn('boss'))._unsafeUnwrap()
    made.clock.advance(13 * 3_600_000)
    expect(await store.readers.operatorSessions.find(token)).toBeDefined()
    await made.signIn('boss')
    expect(await store.readers.operatorSessions.find(token)).toBeUndefined()
  })
})

describe('a session in use', () => {
  it('is written down once a minute and no oftener', async () => {
    const store = createMemoryStore()
    const made = consoleOn(store)
    await made.hire('boss')
    const { token } = (await made.signIn('boss'))._unsafeUnwrap()
    const seen = async () => (await store.readers.operatorSessions.find(token))?.seenAt
    made.clock.advance(59_000)
    await made.current(token)
    expect(await seen()).toEqual(minute(1))
    made.clock.advance(1000)
    await made.current(token)
    expect(await seen()).toEqual(minute(2))
  })

  it('ends with all others at a sign-out everywhere', async () => {
    const made = consoleOn(createMemoryStore())
    await made.hire('boss')
    const all = await Promise.all([1, 2, 3].map(async () => (await made.signIn('boss'))._unsafeUnwrap().token))
    await endAllSessions(made.deps)('boss', OPERATOR)
    for (const token of all) expect(await made.current(token)).toBeUndefined()
    expect((await endAllSessions(made.deps)('nobody', OPERATOR))._unsafeUnwrapErr()).toEqual({ code: 'NOT_FOUND' })
  })
})

describe('adding an operator', () => {
  it('again under the same id, after a request that broke off, is the same operator', async () => {
    const store = createMemoryStore()
    const made = consoleOn(store)
    const first = (await made.hire('boss', 'admin', 'id1'))._unsafeUnwrap().account
    expect((await made.hire('boss', 'admin', 'id1'))._unsafeUnwrap().account).toEqual(first)
    expect((await made.hire('boss', 'admin', 'id2'))._unsafeUnwrapErr()).toEqual({ code: 'NAME_TAKEN' })
  })

  it('takes no password that breaks the rules', async () => {
    const made = consoleOn(createMemoryStore())
    const draft = { name: 'boss', displayName: 'x', role: 'admin' } as const
    const added = await addOperator(made.deps)('id1', draft, { kind: 'chosen', password: 'boss12345678' }, OPERATOR)
    expect(added._unsafeUnwrapErr()).toEqual({ code: 'PASSWORD_REFUSED', flaw: 'too_common' })
  })
})

describe('the last admin', () => {
  it('stays when two demote each other at the same moment', async () => {
    const store = createMemoryStore()
    const made = consoleOn(store)
    for (const name of ['one', 'two']) await made.hire(name)
    const both = await Promise.all(['one', 'two'].map((name) => made.change(name, { role: 'viewer' })))
    expect(both.filter((one) => one.isOk())).toHaveLength(1)
    expect(await store.readers.operators.countActiveAdmins()).toBe(1)
  })

  it('who is refused leaves everything as it was', async () => {
    const store = createMemoryStore()
    const made = consoleOn(store)
    await made.hire('boss')
    const { token } = (await made.signIn('boss'))._unsafeUnwrap()
    expect((await made.change('boss', { status: 'disabled' }))._unsafeUnwrapErr()).toEqual({ code: 'LAST_ADMIN' })
    expect((await made.current(token))?.account.status).toBe('active')
    expect((await made.change('boss', { displayName: '掌柜' })).isOk()).toBe(true)
  })
})

describe('resetting a password', () => {
  it('is not done to one’s own', async () => {
    const made = consoleOn(createMemoryStore())
    await made.hire('boss')
    const own = { ...OPERATOR, actor: 'operator:boss' }
    const reset = await resetPassword(made.deps)('boss', { kind: 'one_time' }, own)
    expect(reset._unsafeUnwrapErr()).toEqual({ code: 'OWN_PASSWORD' })
  })
})
