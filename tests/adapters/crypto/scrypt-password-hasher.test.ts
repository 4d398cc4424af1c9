import { describe, expect, it } from 'vitest'
import { createScryptPasswordHasher, SCRYPT_COST } from '../../../src/adapters/crypto/scrypt-password-hasher.ts'

const LITTLE = { N: 16, r: 8, p: 1 }
const little = createScryptPasswordHasher({ cost: LITTLE })
const hashed = async (password: string, hasher = little) => (await hasher.hash(password))._unsafeUnwrap()
const checked = async (password: string, hash: string | undefined, hasher = little) =>
  (await hasher.check(password, hash))._unsafeUnwrap()

describe('a hashed password', () => {
  it('is known again, and no other is', async () => {
    const hash = await hashed('correct horse')
    expect(await checked('correct horse', hash)).toEqual({ matches: true, isStale: false })
    for (const other of ['correct hors', 'correct horse ', 'Correct horse', ''])
      expect((await checked(other, hash)).matches).toBe(false)
  })

  it('tells nothing: two of one password differ, and neither holds it', async () => {
    const [one, other] = [await hashed('correct horse'), await hashed('correct horse')]
    expect(one).not.toBe(other)
    expect(one).toMatch(/^scrypt\$16\$8\$1\$[\w-]{22}\$[\w-]{43}$/)
  })

  it('is checked with its own parameters, and is stale once others are wanted', async () => {
    const raised = createScryptPasswordHasher({ cost: { ...LITTLE, N: 32 } })
    const hash = await hashed('correct horse')
    expect(await checked('correct horse', hash, raised)).toEqual({ matches: true, isStale: true })
    expect(await checked('correct horse', await hashed('correct horse', raised), raised)).toEqual({
      matches: true,
      isStale: false,
    })
  })

  it('that is broken is a fault, not a wrong password', async () => {
    for (const hash of ['', 'x', 'scrypt$16$8$1$abc$def']) await expect(little.check('x', hash)).rejects.toThrow()
  })

  it('is as costly as OWASP asks for, in 32 MiB', () => {
    expect(SCRYPT_COST).toEqual({ N: 32_768, r: 8, p: 3 })
    expect(128 * SCRYPT_COST.N * SCRYPT_COST.r).toBe(32 * 2 ** 20)
  })
})

describe('where there is nothing to check against', () => {
  it('no password is right, and it takes the work of one that is there', async () => {
    expect((await checked('', undefined)).matches).toBe(false)
    const costly = createScryptPasswordHasher({ cost: { N: 4096, r: 8, p: 1 } })
    const hash = await hashed('correct horse', costly)
    const timed = async (given: string | undefined): Promise<number> => {
      const startedAt = performance.now()
      for (let n = 0; n < 20; n += 1) await checked('wrong', given, costly)
      return performance.now() - startedAt
    }
    await timed(hash)
    const [known, unknown] = [await timed(hash), await timed(undefined)]
    expect(unknown / known).toBeGreaterThan(0.3) // Without the work it would be a thousandth.
  })
})

describe('many at once', () => {
  it('wait for their turn, and those who would wait too long are told so', async () => {
    const hasher = createScryptPasswordHasher({ cost: LITTLE, atOnce: 2 })
    const all = await Promise.all(Array.from({ length: 30 }, () => hasher.hash('correct horse')))
    expect(all.filter((one) => one.isOk())).toHaveLength(22)
    expect(all.at(-1)?._unsafeUnwrapErr()).toEqual({ code: 'HASHER_BUSY' })
    expect((await hasher.hash('correct horse')).isOk()).toBe(true)
  })
})
