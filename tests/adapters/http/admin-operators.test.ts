import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ONE_TIME_PASSWORD_MS } from '../../../src/domain/operator.ts'
import { hire, PASSWORD, signedIn, TestBrowser } from './console.ts'
import { adminToken, type Reply, type Service, startService } from './service.ts'

let service: Service
let boss: TestBrowser
beforeEach(async () => {
  service = await startService()
  await hire(service, 'boss', 'admin')
  boss = await signedIn(service, 'boss')
})
afterEach(() => service.stop())

const OPERATORS = '/api/v1/admin/operators'
const SESSION = '/api/v1/admin/session'
const OTHER = 'eleven umbrellas beside the lake'
const codeOf = ({ status, json }: Reply) => [status, json.code]
const pathsOf = ({ json }: Reply) => json.errors.map(({ path }: { path: string }) => path)
const changePassword = (browser: TestBrowser, currentPassword: string, newPassword: string) =>
  browser.call('POST', `${SESSION}/password`, { body: { currentPassword, newPassword } })

describe('a new operator', () => {
  it('gets a one-time password, and may do nothing with it but choose another', async () => {
    const added = await boss.call('POST', OPERATORS, { body: { name: 'Li.Lei', displayName: '李雷', role: 'support' } })
    expect([added.status, added.json.data]).toEqual([
      201,
      {
        name: 'li.lei',
        displayName: '李雷',
        role: 'support',
        status: 'active',
        mustChangePassword: true,
        passwordChangedAt: '2026-03-01T04:00:00.000Z',
        createdAt: '2026-03-01T04:00:00.000Z',
        oneTimePassword: expect.stringMatching(/^([0-9a-z]{5}-){3}[0-9a-z]{5}$/),
      },
    ])
    const { oneTimePassword } = added.json.data
    const browser = new TestBrowser(service)
    expect((await browser.signIn('li.lei', oneTimePassword)).json.data.operator.mustChangePassword).toBe(true)
    expect(codeOf(await browser.call('GET', '/api/v1/admin/orders'))).toEqual([403, 'FORBIDDEN'])
    expect((await browser.call('GET', SESSION)).status).toBe(200)
    expect((await changePassword(browser, oneTimePassword, OTHER)).json.data.mustChangePassword).toBe(false)
    expect((await browser.call('GET', '/api/v1/admin/orders')).status).toBe(200)
    expect((await new TestBrowser(service).signIn('li.lei', oneTimePassword)).status).toBe(401)
    expect((await new TestBrowser(service).signIn('li.lei', OTHER)).status).toBe(200)
  })

  it('has three days for that', async () => {
    const { data } = (await boss.call('POST', OPERATORS, { body: { name: 'late', role: 'viewer' } })).json
    service.clock.advance(ONE_TIME_PASSWORD_MS)
    expect((await new TestBrowser(service).signIn('late', data.oneTimePassword)).status).toBe(401)
  })

  it('has a name nobody else has, in whatever case', async () => {
    const added = await boss.call('POST', OPERATORS, { body: { name: 'BOSS', role: 'viewer' } })
    expect([...codeOf(added), pathsOf(added)]).toEqual([400, 'VALIDATION_FAILED', ['name']])
  })

  it.each([
    { name: 'ab', role: 'viewer' },
    { name: 'a b c', role: 'viewer' },
    { name: 'fine', role: 'owner' },
    { name: 'fine' },
    { name: 'fine', role: 'viewer', password: OTHER },
  ])('can not be %j', async (body) => {
    expect(codeOf(await boss.call('POST', OPERATORS, { body }))).toEqual([400, 'VALIDATION_FAILED'])
  })

  it('is one for one Idempotency-Key, with the same password', async () => {
    const given = { body: { name: 'once', role: 'viewer' }, headers: { 'idempotency-key': 'k1' } }
    const [first, again] = [await boss.call('POST', OPERATORS, given), await boss.call('POST', OPERATORS, given)]
    expect([again.json, again.headers.get('idempotent-replayed')]).toEqual([first.json, 'true'])
  })

  it('is in the list, without any password', async () => {
    await boss.call('POST', OPERATORS, { body: { name: 'li.lei', role: 'support' } })
    const { data } = (await boss.call('GET', OPERATORS)).json
    expect(data.map(({ name }: { name: string }) => name).sort()).toEqual(['boss', 'li.lei'])
    expect(JSON.stringify(data)).not.toMatch(/scrypt|password"|oneTime/)
  })
})

describe('a change of an operator', () => {
  it('of the role ends every session, and the next one has it', async () => {
    await hire(service, 'li.lei', 'admin')
    const theirs = await signedIn(service, 'li.lei')
    expect((await boss.call('PATCH', `${OPERATORS}/LI.LEI`, { body: { role: 'viewer' } })).json.data.role).toBe(
      'viewer',
    )
    expect((await theirs.call('GET', SESSION)).status).toBe(401)
    await theirs.signIn('li.lei')
    expect(codeOf(await theirs.call('GET', '/api/v1/admin/orders'))).toEqual([403, 'FORBIDDEN'])
  })

  it('to disabled ends every session, and enabled again the password is still right', async () => {
    await hire(service, 'li.lei', 'support')
    const theirs = await signedIn(service, 'li.lei')
    await boss.call('PATCH', `${OPERATORS}/li.lei`, { body: { status: 'disabled' } })
    expect((await theirs.call('GET', SESSION)).status).toBe(401)
    expect((await theirs.signIn('li.lei')).status).toBe(401)
    await boss.call('PATCH', `${OPERATORS}/li.lei`, { body: { status: 'active' } })
    expect((await theirs.signIn('li.lei')).status).toBe(200)
  })

  it('of the name alone ends none', async () => {
    expect(
      (await boss.call('PATCH', `${OPERATORS}/boss`, { body: { displayName: '掌柜' } })).json.data.displayName,
    ).toBe('掌柜')
    expect((await boss.call('GET', SESSION)).json.data.operator.displayName).toBe('掌柜')
  })

  it('never takes away the last admin who may sign in', async () => {
    for (const body of [{ role: 'finance' }, { status: 'disabled' }]) {
      const reply = await boss.call('PATCH', `${OPERATORS}/boss`, { body })
      expect(codeOf(reply)).toEqual([400, 'VALIDATION_FAILED'])
    }
    expect((await boss.call('GET', SESSION)).json.data.operator).toMatchObject({ role: 'admin', status: 'active' })
    await hire(service, 'second', 'admin')
    expect((await boss.call('PATCH', `${OPERATORS}/second`, { body: { status: 'disabled' } })).status).toBe(200)
    expect((await boss.call('PATCH', `${OPERATORS}/boss`, { body: { role: 'finance' } })).status).toBe(400)
    await boss.call('PATCH', `${OPERATORS}/second`, { body: { status: 'active' } })
    expect((await boss.call('PATCH', `${OPERATORS}/boss`, { body: { role: 'finance' } })).status).toBe(200)
  })

  it('of nobody is not found', async () => {
    expect(codeOf(await boss.call('PATCH', `${OPERATORS}/nobody`, { body: {} }))).toEqual([404, 'NOT_FOUND'])
    expect(codeOf(await boss.call('POST', `${OPERATORS}/nobody/password`))).toEqual([404, 'NOT_FOUND'])
  })

  it('is in the audit log under the operator’s name, told from the subject of a token', async () => {
    await hire(service, 'li.lei', 'support')
    await boss.call('PATCH', `${OPERATORS}/li.lei`, { body: { role: 'finance' } })
    const body = { role: 'viewer' }
    await service.call('PATCH', `${OPERATORS}/li.lei`, { token: await adminToken(), body })
    const { data } = (await boss.call('GET', '/api/v1/admin/audit?subject=li.lei&action=operator.change')).json
    const roles = data.map((entry: { actor: string; before: { role: string }; after: { role: string } }) => [
      entry.actor,
      entry.before.role,
      entry.after.role,
    ])
    expect(roles.sort()).toEqual([
      ['boss', 'finance', 'viewer'],
      ['operator:boss', 'support', 'finance'],
    ])
    expect(JSON.stringify(data)).not.toContain('scrypt')
  })
})

describe('a password', () => {
  it('is reset by an admin: every session ends, and the new one is of one use', async () => {
    await hire(service, 'li.lei', 'support')
    const theirs = await signedIn(service, 'li.lei')
    const { data } = (await boss.call('POST', `${OPERATORS}/li.lei/password`)).json
    expect((await theirs.call('GET', SESSION)).status).toBe(401)
    expect((await theirs.signIn('li.lei')).status).toBe(401)
    expect((await theirs.signIn('li.lei', data.oneTimePassword)).json.data.operator.mustChangePassword).toBe(true)
  })

  it('of one’s own is not reset, but changed by whoever knows it', async () => {
    expect(codeOf(await boss.call('POST', `${OPERATORS}/boss/password`))).toEqual([403, 'FORBIDDEN'])
    const wrong = await changePassword(boss, 'wrong', OTHER)
    expect([...codeOf(wrong), pathsOf(wrong)]).toEqual([400, 'VALIDATION_FAILED', ['currentPassword']])
  })

  it('that was changed ends every other session', async () => {
    const elsewhere = await signedIn(service, 'boss')
    expect((await changePassword(boss, PASSWORD, OTHER)).status).toBe(200)
    expect((await boss.call('GET', SESSION)).status).toBe(200)
    expect((await elsewhere.call('GET', SESSION)).status).toBe(401)
  })

  it.each(['short', 'password1234', 'boss-boss-2026', 'x'.repeat(200), PASSWORD])('can not be %s', async (typed) => {
    const refused = await changePassword(boss, PASSWORD, typed)
    expect([...codeOf(refused), pathsOf(refused)]).toEqual([400, 'VALIDATION_FAILED', ['newPassword']])
    expect((await new TestBrowser(service).signIn('boss')).status).toBe(200)
  })
})
