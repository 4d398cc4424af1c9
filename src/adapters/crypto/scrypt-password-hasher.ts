import { randomBytes, scrypt, type ScryptOptions, timingSafeEqual } from 'node:crypto'
import { err, ok, type Result } from 'neverthrow'
import type { HasherBusy, PasswordCheck, PasswordHasher } from '../../application/operators/password-hasher.ts'

export type ScryptCost = { readonly N: number; readonly r: number; readonly p: number }

/** One of the settings that OWASP holds to be equal, with 32 MiB: small machines have to do it several times at once. */
export const SCRYPT_COST: ScryptCost = { N: 2 ** 15, r: 8, p: 3 }

const SALT_BYTES = 16
const KEY_BYTES = 32
/** As much work as one core does in some seconds; whoever comes then is told to come back. */
const MOST_WAITING = 20
const STORED = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]{22})\$([\w-]{43})$/

type Stored = { readonly cost: ScryptCost; readonly salt: Buffer; readonly key: Buffer }

/**
 * scrypt of node:crypto, on its threads. The parameters stand in each hash, so that they can be raised; what was hashed
 * with others is `isStale` and can be hashed anew when its password is there.
 */
export const createScryptPasswordHasher = ({
  cost = SCRYPT_COST,
  atOnce = 2,
}: {
  readonly cost?: ScryptCost
  readonly atOnce?: number
} = {}): PasswordHasher => {
  const inTurn = turns(atOnce)
  /** What a password is checked against where there is none: no password has this key, and it is read like any other. */
  const nobody = written({ cost, salt: randomBytes(SALT_BYTES), key: randomBytes(KEY_BYTES) })
  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES)
      const key = await inTurn(() => derive(password, { cost, salt }))
      return key.map((bytes) => written({ cost, salt, key: bytes }))
    },
    async check(password, hash) {
      const stored = parse(hash ?? nobody)
      const key = await inTurn(() => derive(password, stored))
      return key.map((bytes): PasswordCheck => {
        const isSame = timingSafeEqual(bytes, stored.key)
        return { matches: isSame && hash !== undefined, isStale: !isEqual(stored.cost, cost) }
      })
    },
  }
}

const written = ({ cost: { N, r, p }, salt, key }: Stored): string =>
  ['scrypt', N, r, p, salt.toString('base64url'), key.toString('base64url')].join('$')

const isEqual = (a: ScryptCost, b: ScryptCost): boolean => a.N === b.N && a.r === b.r && a.p === b.p

const parse = (hash: string): Stored => {
  const [, N, r, p, salt = '', key = ''] = STORED.exec(hash) ?? []
  if (key === '') throw new Error('a stored password hash is broken')
  return {
    cost: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  }
}

const derive = (password: string, { cost, salt }: Pick<Stored, 'cost' | 'salt'>): Promise<Buffer> => {
  const options: ScryptOptions = { ...cost, maxmem: 256 * cost.N * cost.r } // Twice what it takes.
  return new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, options, (error, key) => (error === null ? resolve(key) : reject(error)))
  })
}

type InTurn = <T>(work: () => Promise<T>) => Promise<Result<T, HasherBusy>>

/** Lets so many work at once; the others wait, and those who would wait too long don't. */
const turns = (atOnce: number): InTurn => {
  const waiting: (() => void)[] = []
  let working = 0
  return async (work) => {
    if (working >= atOnce) {
      if (waiting.length >= MOST_WAITING) return err({ code: 'HASHER_BUSY' })
      await new Promise<void>((resolve) => void waiting.push(resolve))
    } else working += 1
    try {
      return ok(await work())
    } finally {
      const next = waiting.shift()
      if (next === undefined) working -= 1
      else next() // Who waited takes the place over.
    }
  }
}
