import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify, type JWTVerifyOptions } from 'jose'
import type { Clock } from '../../application/clock.ts'
import { isOperatorActor } from '../../domain/operator.ts'
import { remoteKeys } from './remote-keys.ts'

export type Identity = { readonly userId: string; readonly role: 'user' | 'admin'; readonly expiresAt: Date }

/** Who a bearer token speaks for; `undefined` whatever is wrong with it. */
export type Authenticator = (token: string) => Promise<Identity | undefined>

export type AuthenticatorSettings = {
  /** For HS256; at least 32 bytes. */
  readonly secret?: string | undefined
  /** For RS256 and ES256. Exactly one of the two is given. */
  readonly jwksUrl?: string | undefined
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  readonly clock: Clock
}

const MIN_SECRET_BYTES = 32
/** Issuers' clocks differ by a moment: that a token comes from the near future is no fault yet. */
const SKEW_S = 5
/** Headers that would let a token bring its own key, or change how it is read. */
const FORBIDDEN_HEADERS = ['crit', 'jku', 'jwk', 'x5u', 'x5c', 'b64'] as const
const USER_ID = /^[^\p{C}\p{Z}]{1,128}$/u

type Verify = (token: string, options: JWTVerifyOptions) => Promise<{ readonly payload: JWTPayload }>

/** Accepts tokens of exactly one configured kind; refuses to start without a key that can be trusted. */
export const createAuthenticator = (settings: AuthenticatorSettings): Authenticator => {
  const { issuer, audience, clock } = settings
  const verify = verifierOf(settings)
  return async (token) => {
    if (!hasPlainHeader(token)) return undefined
    try {
      const { payload } = await verify(token, {
        ...(issuer === undefined ? {} : { issuer }),
        ...(audience === undefined ? {} : { audience }),
        requiredClaims: ['exp', 'sub'],
        currentDate: clock.now(),
        clockTolerance: SKEW_S,
      })
      return identityOf(payload, clock.now().getTime() / 1000)
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined
      throw error
    }
  }
}

const verifierOf = ({ secret, jwksUrl, clock }: AuthenticatorSettings): Verify => {
  if (secret !== undefined && jwksUrl !== undefined)
    throw new Error('a JWT secret and a JWKS address exclude each other')
  if (jwksUrl !== undefined) {
    const keys = remoteKeys(jwksUrl, clock)
    return (token, options) => jwtVerify(token, keys, { ...options, algorithms: ['RS256', 'ES256'] })
  }
  const key = new TextEncoder().encode(secret)
  if (key.length < MIN_SECRET_BYTES) throw new Error(`a JWT secret needs at least ${MIN_SECRET_BYTES} bytes`)
  return (token, options) => jwtVerify(token, key, { ...options, algorithms: ['HS256'] })
}

const hasPlainHeader = (token: string): boolean => {
  try {
    const header = decodeProtectedHeader(token)
    return FORBIDDEN_HEADERS.every((name) => !(name in header))
  } catch {
    return false // Not even a token.
  }
}

const identityOf = ({ sub, exp, iat, role = 'user' }: JWTPayload, nowS: number): Identity | undefined => {
  if (typeof sub !== 'string' || !USER_ID.test(sub)) return undefined // jose lets any claim stand for a subject.
  if (isOperatorActor(sub)) return undefined // Records could not tell it from somebody at the console.
  if (exp === undefined || exp <= nowS) return undefined
  if (iat !== undefined && iat > nowS + SKEW_S) return undefined
  return role === 'user' || role === 'admin' ? { userId: sub, role, expiresAt: new Date(exp * 1000) } : undefined
}
