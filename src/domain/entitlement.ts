/** A user's right to use an access product from one instant until another. */
export type Entitlement = {
  readonly id: string
  readonly userId: string
  readonly productId: string
  /** What it came from: an order line or an activated code. One source grants once. */
  readonly source: { readonly type: 'order_line' | 'access_code'; readonly id: string }
  readonly startsAt: Date
  readonly expiresAt: Date
  readonly revokedAt: Date | undefined
  readonly createdAt: Date
}

export type EntitlementDomainEvent =
  | { readonly type: 'access.granted'; readonly entitlementId: string; readonly at: Date }
  | { readonly type: 'access.revoked'; readonly entitlementId: string; readonly at: Date }

const DAY_MS = 86_400_000

export type GrantRequest = Pick<Entitlement, 'id' | 'userId' | 'productId' | 'source'> & {
  readonly validityDays: number
  readonly at: Date
}

/** Grants days of access; they begin where access the user already has ends, so buying early loses nothing. */
export const grantAccess = (request: GrantRequest, existing: readonly Entitlement[]): Entitlement => {
  const ends = existing
    .filter((one) => one.revokedAt === undefined)
    .filter((one) => one.userId === request.userId && one.productId === request.productId)
    .map((one) => one.expiresAt.getTime())
  const startsAt = new Date(Math.max(request.at.getTime(), ...ends))
  return {
    id: request.id,
    userId: request.userId,
    productId: request.productId,
    source: request.source,
    startsAt,
    expiresAt: new Date(startsAt.getTime() + request.validityDays * DAY_MS),
    revokedAt: undefined,
    createdAt: request.at,
  }
}

/** Takes it back; one already taken back stays as it is. */
export const revokeAccess = (
  entitlement: Entitlement,
  at: Date,
): readonly [Entitlement, readonly EntitlementDomainEvent[]] =>
  entitlement.revokedAt === undefined
    ? [{ ...entitlement, revokedAt: at }, [{ type: 'access.revoked', entitlementId: entitlement.id, at }]]
    : [entitlement, []]

export const isValidAt = (entitlement: Entitlement, at: Date): boolean =>
  entitlement.revokedAt === undefined && entitlement.startsAt <= at && at < entitlement.expiresAt
