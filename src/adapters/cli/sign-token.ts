import { SignJWT } from 'jose'

export type TokenClaims = {
  readonly user: string
  readonly admin: boolean
  readonly seconds: number
  readonly issuer: string | undefined
  readonly audience: string | undefined
}

/** A bearer token as the service accepts it: HS256 with the shared secret, always with an end. */
export const signToken = (secret: string, claims: TokenClaims, now: Date): Promise<string> => {
  const issuedAt = Math.floor(now.getTime() / 1000)
  const token = new SignJWT({ role: claims.admin ? 'admin' : 'user' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(claims.user)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + claims.seconds)
  if (claims.issuer !== undefined) token.setIssuer(claims.issuer)
  if (claims.audience !== undefined) token.setAudience(claims.audience)
  return token.sign(Buffer.from(secret))
}
