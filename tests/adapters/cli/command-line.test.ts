import { describe, expect, it } from 'vitest'
import { parseCommand } from '../../../src/adapters/cli/command-line.ts'

describe('the command line', () => {
  it('serves when nothing is said', () => {
    expect(parseCommand([])._unsafeUnwrap()).toEqual({ name: 'serve' })
  })

  it('reads the user, the role and the lifetime of a token', () => {
    expect(parseCommand(['token', '--user', 'u1', '--admin', '--ttl', '60'])._unsafeUnwrap()).toEqual({
      name: 'token',
      user: 'u1',
      admin: true,
      seconds: 60,
    })
  })

  it.each([
    [['pay']],
    [['serve', 'now']],
    [['token']],
    [['token', '--user', '']],
    [['token', '--user', 'u1', '--root']],
    [['token', '--user', 'u1', '--ttl', '0']],
    [['token', '--user', 'u1', '--ttl', '1e9']],
  ])('refuses %j instead of guessing', (words) => {
    expect(parseCommand(words)._unsafeUnwrapErr().code).toBe('USAGE')
  })
})
