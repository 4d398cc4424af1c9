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
  /** It begins and ends earlier, because what it followed was taken back. */
  | { readonly type: 'access.moved'; readonly entitlementId: string; readonly at: Date }

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

export type EntitlementMove = { readonly before: Entitlement; readonly after: Entitlement }

/**
 * Closes the gap that a revoked one leaves: those of the same user and product that have not begun follow on what is
 * left, or begin now. Each keeps its length, so that the days bought in another order are neither lost nor put off.
 */
export const closeGap = (existing: readonly Entitlement[], at: Date): readonly EntitlementMove[] => {
  let end = at.getTime()
  const moves: EntitlementMove[] = []
  const valid = existing.filter(({ revokedAt }) => revokedAt === undefined)
  for (const before of valid.toSorted(byStart)) {
    const after = before.startsAt.getTime() > end ? { ...before, ...spanFrom(end, before) } : before
    if (after !== before) moves.push({ before, after })
    end = Math.max(end, after.expiresAt.getTime())
  }
  return moves
}

const spanFrom = (start: number, { startsAt, expiresAt }: Entitlement) => ({
  startsAt: new Date(start),
  expiresAt: new Date(start + expiresAt.getTime() - startsAt.getTime()),
})

export const isValidAt = (entitlement: Entitlement, at: Date): boolean =>
  entitlement.revokedAt === undefined && entitlement.startsAt <= at && at < entitlement.expiresAt

/** A time in which a product may be used, whatever the parts it was bought in. */
export type AccessSpan = Pick<Entitlement, 'productId' | 'startsAt' | 'expiresAt'>

/** Access to a product that holds now, with all that follows it without a gap; none where nothing is valid. */
export const currentAccess = (
  productId: string,
  entitlements: readonly Entitlement[],
  at: Date,
): AccessSpan | undefined => {
  const ofProduct = entitlements.filter((one) => one.productId === productId)
  const starts = ofProduct.filter((one) => isValidAt(one, at)).map(({ startsAt }) => startsAt.getTime())
  if (starts.length === 0) return undefined
  let end = at
  for (const { revokedAt, startsAt, expiresAt } of ofProduct.toSorted(byStart))
    if (revokedAt === undefined && startsAt <= end && expiresAt > end) end = expiresAt
  return { productId, startsAt: new Date(Math.min(...starts)), expiresAt: end }
}

/** What a user has of it now or will have: neither over nor taken back. */
export const isLasting = ({ revokedAt, expiresAt }: Entitlement, at: Date): boolean =>
  revokedAt === undefined && expiresAt > at

const byStart = (a: Entitlement, b: Entitlement): number => a.startsAt.getTime() - b.startsAt.getTime()
