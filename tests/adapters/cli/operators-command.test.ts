import { PassThrough } from 'node:stream'
import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { parseCommand } from '../../../src/adapters/cli/command-line.ts'
import { type OperatorsDeps, runOperators } from '../../../src/adapters/cli/operators-run.ts'
import { readPassword } from '../../../src/adapters/cli/password-input.ts'
import { operatorAccount } from '../../support/builders.ts'
import { recordingTerminal } from '../../support/terminal.ts'

const parsed = (line: string) => parseCommand(line.split(' '))

describe('shouyin operators', () => {
  it.each([
    ['operators list --json', { name: 'operators list', json: true }],
    [
      'operators add --name Boss --role admin --generate',
      {
        name: 'operators add',
        draft: { name: 'boss', displayName: 'boss', role: 'admin' },
        generate: true,
        json: false,
      },
    ],
    [
      'operators add --name li.lei --role viewer --display-name 李雷',
      {
        name: 'operators add',
        draft: { name: 'li.lei', displayName: '李雷', role: 'viewer' },
        generate: false,
        json: false,
      },
    ],
    ['operators password --name boss', { name: 'operators password', operator: 'boss', generate: false, json: false }],
    ['operators disable --name boss', { name: 'operators status', operator: 'boss', status: 'disabled', json: false }],
    ['operators enable --name boss', { name: 'operators status', operator: 'boss', status: 'active', json: false }],
    ['operators sign-out --name boss', { name: 'operators sign-out', operator: 'boss', json: false }],
    [
      'operators role --name boss --role finance',
      { name: 'operators role', operator: 'boss', role: 'finance', json: false },
    ],
  ])('reads %s', (line, command) => {
    expect(parsed(line)._unsafeUnwrap()).toEqual(command)
  })

  it.each([
    'operators',
    'operators remove --name boss',
    'operators add --name boss',
    'operators add --role admin',
    'operators add --name b --role admin',
    'operators add --name boss --role owner',
    'operators add --name boss --role admin --password x',
    'operators role --name boss',
    'operators disable',
    'operators disable boss',
  ])('does not guess what %s is to mean', (line) => {
    expect(parsed(line)._unsafeUnwrapErr().code).toBe('USAGE')
  })
})

const account = operatorAccount({ displayName: '掌柜' })
const deps: OperatorsDeps = {
  list: async () => [account],
  add: async () => ok({ account, oneTimePassword: 'aaaaa-bbbbb' }),
  reset: async () => err({ code: 'PASSWORD_REFUSED', flaw: 'too_short' }),
  change: async () => err({ code: 'LAST_ADMIN' }),
  signOut: async () => ok(undefined),
  readPassword: async () => undefined,
}
const run = async (line: string) => {
  const terminal = recordingTerminal()
  const command = parsed(line)._unsafeUnwrap()
  if (!command.name.startsWith('operators ')) throw new Error(`${line} is another command`)
  // Told by its name, which a union of names does not say.
  const code = await runOperators(deps, command as Parameters<typeof runOperators>[1], terminal)
  return { code, printed: terminal.printed(), told: terminal.told() }
}

describe('what it prints', () => {
  it('is a table of those who may sign in', async () => {
    const { code, printed } = await run('operators list')
    expect([code, printed.split('\n')[1]]).toEqual([0, expect.stringMatching(/^boss +掌柜 +admin +active +2026-/)])
    expect(JSON.parse((await run('operators list --json')).printed)).toMatchObject([{ name: 'boss', role: 'admin' }])
  })

  it('has a one-time password once, and nothing of one that was typed', async () => {
    const { code, printed } = await run('operators add --name boss --role admin --generate')
    expect([code, printed]).toEqual([0, expect.stringContaining('aaaaa-bbbbb')])
    const json = (await run('operators add --name boss --role admin --generate --json')).printed
    expect(JSON.parse(json)).toEqual({ name: 'boss', role: 'admin', status: 'active', oneTimePassword: 'aaaaa-bbbbb' })
  })

  it('says why something was not done, in both languages', async () => {
    expect(await run('operators disable --name boss')).toMatchObject({
      code: 1,
      told: expect.stringContaining('last admin'),
    })
    expect((await run('operators password --name boss --generate')).told).toMatch(/too short.*密码/)
    expect((await run('operators password --name boss')).told).toMatch(/differ.*不一致/)
    expect((await run('operators role --name boss --role viewer --json')).printed).toContain('"LAST_ADMIN"')
  })
})

describe('a password at the terminal', () => {
  const typing = (...typed: readonly string[]) => {
    const input = Object.assign(new PassThrough(), { isTTY: true as const, setRawMode: () => input as never })
    const shown: string[] = []
    const write = (text: string): void => {
      shown.push(text)
      if (!text.endsWith(': ')) return
      const next = typed[shown.filter((one) => one.endsWith(': ')).length - 1] ?? ''
      setImmediate(() => void input.write(next))
    }
    return { read: readPassword(input, { write }), shown }
  }

  it('is typed twice and never shown', async () => {
    const { read, shown } = typing('a green bus\r', 'a green bus\r')
    expect(await read).toBe('a green bus')
    expect(shown.join('')).not.toContain('green')
  })

  it('may be corrected, and is none where the two times differ', async () => {
    expect(await typing('a gran\u007F\u007Feen bus\n', 'a green bus\n').read).toBe('a green bus')
    expect(await typing('a green bus\n', 'a red bus\n').read).toBeUndefined()
  })

  it('is not asked for any more after an interrupt', async () => {
    await expect(typing('a gr\u0003').read).rejects.toThrow('interrupted')
  })

  it('is the first line of what is piped in', async () => {
    const input = new PassThrough()
    input.end('a green bus\r\nanother line\n')
    expect(await readPassword(input, { write: () => undefined })).toBe('a green bus')
  })
})
