import { randomBytes, randomInt } from 'node:crypto'
import { codeFromRandom, formatCode } from '../../src/domain/access-code.ts'
import { call, codesOf, sell } from '../wire/payer.ts'
import type { OpenApi } from '../fuzz/operations.ts'

export type Place = { readonly origin: string; token(user: string, admin?: boolean): Promise<string> }

/** Something that has to take the same time whatever is asked about. */
export type TimingCase = {
  readonly path: string
  readonly status: number
  /** By what is asked about; a new body for each request. */
  readonly variants: Readonly<Record<string, () => unknown>>
  /** How many refusals one caller may have before it is told to wait. */
  readonly perCaller: number
}

const KNOWN = 100

const anyOf = <T>(values: readonly T[]): T | undefined => values[randomInt(values.length)]
const missingCode = (): string => formatCode(codeFromRandom(randomBytes(15)))
/** One with a check character that does not fit. */
const malformedCode = (): string => {
  const code = missingCode()
  return code.slice(0, -1) + (code.endsWith('0') ? '1' : '0')
}

/** Codes that somebody else used, that were revoked, that nobody ever had, and that are none. */
export const activationCase = async (place: Place): Promise<TimingCase> => {
  const productId = await sell(place, { type: 'access', delivery: 'code', validityDays: 30 })
  const used = await codesOf(place, productId, KNOWN)
  for (const code of used)
    await call(place, '/access-codes/activate', { token: await place.token('first'), body: { code } })
  const revoked = await codesOf(place, productId, KNOWN)
  const token = await place.token('admin', true)
  const { json } = await call(place, `/admin/access-codes?status=available&limit=100`, { token })
  for (const { id } of json.data) await call(place, `/admin/access-codes/${id}/revoke`, { token, body: {} })
  return {
    path: '/api/v1/access-codes/activate',
    status: 404,
    perCaller: 8,
    variants: {
      used: () => ({ code: anyOf(used) }),
      revoked: () => ({ code: anyOf(revoked) }),
      missing: () => ({ code: missingCode() }),
      malformed: () => ({ code: malformedCode() }),
    },
  }
}

const SIGN_IN = '/api/v1/admin/session'

/** Names that are there, that are not, and that may no longer sign in; where people sign in with names at all. */
export const signInCase = async (place: Place): Promise<TimingCase | undefined> => {
  const document = (await (await fetch(`${place.origin}/openapi.json`)).json()) as OpenApi // Written by the service.
  if (document.paths[SIGN_IN]?.['post'] === undefined) return undefined
  const token = await place.token('admin', true)
  for (const name of ['there', 'disabled']) {
    const { status } = await call(place, '/admin/operators', { token, body: { name, role: 'viewer' } })
    if (status !== 201) throw new Error(`no operator: ${status}`)
  }
  const disabled = { token, method: 'PATCH', body: { status: 'disabled' } }
  await call(place, '/admin/operators/disabled', disabled)
  const wrong = (name: () => string) => () => ({ name: name(), password: randomBytes(12).toString('hex') })
  return {
    path: SIGN_IN,
    status: 401,
    perCaller: 1,
    variants: {
      there: wrong(() => 'there'),
      disabled: wrong(() => 'disabled'),
      missing: wrong(() => `x${randomBytes(3).toString('hex')}`),
    },
  }
}
