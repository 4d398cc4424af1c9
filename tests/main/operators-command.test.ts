import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ENCRYPTION_KEY, type RunningHere, startRunning } from '../support/service.ts'

const SHOUYIN = fileURLToPath(new URL('../../src/main/shouyin.ts', import.meta.url))
const PASSWORD = 'seven people wait for a green bus'

describe('shouyin operators, beside a running service', () => {
  let running: RunningHere
  beforeAll(async () => {
    running = await startRunning()
  })
  afterAll(() => running.stop())

  const shouyin = (words: readonly string[], typed = ''): Promise<{ code: number; printed: string; told: string }> =>
    new Promise((resolve) => {
      const env = {
        PATH: process.env['PATH'],
        DATABASE_URL: running.database.url,
        DATA_ENCRYPTION_KEY: ENCRYPTION_KEY.toString('base64'),
        JWT_SECRET: 'x'.repeat(32),
      }
      const run = execFile(process.execPath, [SHOUYIN, 'operators', ...words], { env }, (error, printed, told) =>
        resolve({ code: error === null ? 0 : Number(error.code), printed, told }),
      )
      run.stdin?.end(typed)
    })
  const signIn = (name: string, password: string) =>
    fetch(`${running.origin}/api/v1/admin/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, password }),
    })

  it('makes the first admin, who is let in at once', async () => {
    const added = await shouyin(['add', '--name', 'owner', '--role', 'admin'], `${PASSWORD}\n`)
    expect([added.code, added.printed, added.told]).toEqual([0, 'owner: admin, active\n', ''])
    const answer = await signIn('owner', PASSWORD)
    expect(answer.status).toBe(200)
    expect(
      await running.database.rows(`select actor, action, subject from audit where action = 'operator.add'`),
    ).toEqual([{ actor: expect.stringMatching(/^cli:\w+/), action: 'operator.add', subject: 'owner' }])
    const [{ password_hash: hash } = {}] = await running.database.rows('select password_hash from operators')
    expect(hash).toMatch(/^scrypt\$32768\$8\$3\$/)
  })

  it('gives one-time passwords, ends sessions, and changes what people may do', async () => {
    const added = JSON.parse(
      (await shouyin(['add', '--name', 'li.lei', '--role', 'viewer', '--generate', '--json'])).printed,
    )
    const answer = await signIn('li.lei', added.oneTimePassword)
    const cookie = answer.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ')
    const status = async () => (await fetch(`${running.origin}/api/v1/admin/session`, { headers: { cookie } })).status
    expect([answer.status, await status()]).toEqual([200, 200])
    expect((await shouyin(['sign-out', '--name', 'li.lei'])).code).toBe(0)
    expect(await status()).toBe(401)
    expect((await shouyin(['role', '--name', 'li.lei', '--role', 'finance'])).printed).toBe('li.lei: finance, active\n')
    expect((await shouyin(['disable', '--name', 'li.lei'])).printed).toBe('li.lei: finance, disabled\n')
    expect((await signIn('li.lei', added.oneTimePassword)).status).toBe(401)
    const listed = JSON.parse((await shouyin(['list', '--json'])).printed)
    expect(listed.map(({ name, status: is }: Record<string, string>) => [name, is]).sort()).toEqual([
      ['li.lei', 'disabled'],
      ['owner', 'active'],
    ])
    expect(JSON.stringify(listed)).not.toContain('scrypt')
  })

  it('helps an owner who has forgotten the password, whatever strangers do meanwhile', async () => {
    for (let n = 0; n < 11; n += 1) await signIn('owner', 'wrong')
    expect((await signIn('owner', PASSWORD)).status).toBe(429)
    expect((await shouyin(['password', '--name', 'owner'], 'eleven umbrellas beside the lake')).code).toBe(0)
  })

  it('refuses a common password, and to leave no admin', async () => {
    const common = await shouyin(['add', '--name', 'other', '--role', 'viewer'], 'password1234')
    expect([common.code, common.told]).toEqual([1, expect.stringContaining('too common')])
    expect(await shouyin(['disable', '--name', 'owner'])).toMatchObject({
      code: 1,
      told: expect.stringContaining('last admin'),
    })
    expect(await shouyin(['enable', '--name', 'nobody'])).toMatchObject({ code: 1 })
  })
}, 120_000)
