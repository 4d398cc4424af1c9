import { err, ok, type Result } from 'neverthrow'

/** 32 characters without I, L, O and U, which people misread. */
export const CODE_ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** 15 random characters (75 bits) and one check character. */
export const CODE_RANDOM_LENGTH = 15
export const CODE_LENGTH = CODE_RANDOM_LENGTH + 1

const CODE = new RegExp(`^[${CODE_ALPHABET}]{${CODE_LENGTH}}$`)

export type AccessCodeFacts = {
  readonly id: string
  readonly productId: string
  readonly validityDays: number
  /** The order that bought it, or the batch it was made in. */
  readonly origin:
    | { readonly type: 'order'; readonly orderId: string; readonly userId: string }
    | { readonly type: 'batch'; readonly batchId: string }
  /** The first moment at which it can no longer be activated; none where it never lapses. */
  readonly expiresAt: Date | undefined
  readonly createdAt: Date
}

export type AccessCode = AccessCodeFacts &
  (
    | { readonly status: 'available' }
    /** Nobody can use it while a refund of all its order cost is under way; to its owner it is still available. */
    | { readonly status: 'frozen' }
    | { readonly status: 'activated'; readonly activatedBy: string; readonly activatedAt: Date }
    | { readonly status: 'expired' }
    | { readonly status: 'revoked' }
  )

export type AccessCodeStatus = AccessCode['status']
/** What owners and operators are told. */
export type ShownCodeStatus = Exclude<AccessCodeStatus, 'frozen'>

export type AccessCodeEvent =
  | { readonly type: 'activated'; readonly userId: string; readonly at: Date }
  | { readonly type: 'frozen'; readonly at: Date }
  | { readonly type: 'unfrozen'; readonly at: Date }
  | { readonly type: 'expired'; readonly at: Date }
  | { readonly type: 'revoked'; readonly at: Date }

type CodeNamed<T> = { readonly type: T; readonly codeId: string; readonly at: Date }
export type AccessCodeDomainEvent =
  | CodeNamed<'access_code.issued'>
  | (CodeNamed<'access_code.activated'> & { readonly userId: string })
  | CodeNamed<'access_code.frozen'>
  | CodeNamed<'access_code.unfrozen'>
  | CodeNamed<'access_code.expired'>
  | CodeNamed<'access_code.revoked'>

export type AccessCodeError =
  | { readonly code: 'CODE_LAPSED' }
  | { readonly code: 'CODE_NOT_AVAILABLE'; readonly status: AccessCodeStatus }

export type AccessCodeTransition = readonly [AccessCode, readonly AccessCodeDomainEvent[]]
type On<T extends AccessCodeEvent['type']> = Extract<AccessCodeEvent, { type: T }>
type Outcome = Result<AccessCodeTransition, AccessCodeError>

/** The access code's machine: total, silent on repeats, one activation by one user. */
export const transitionAccessCode = (code: AccessCode, event: AccessCodeEvent): Outcome => {
  switch (event.type) {
    case 'activated':
      return activated(code, event)
    case 'frozen':
      return frozen(code, event)
    case 'unfrozen':
      return unfrozen(code, event)
    case 'expired':
      return expired(code, event)
    case 'revoked':
      return revoked(code, event)
  }
}

/** The parts of a code that no event changes. */
export const accessCodeFacts = (code: AccessCode): AccessCodeFacts => ({
  id: code.id,
  productId: code.productId,
  validityDays: code.validityDays,
  origin: code.origin,
  expiresAt: code.expiresAt,
  createdAt: code.createdAt,
})

export const shownStatus = ({ status }: AccessCode): ShownCodeStatus => (status === 'frozen' ? 'available' : status)

/** The stream of the code's events: that of its order where one bought it. */
export const accessCodeStream = ({ id, origin }: AccessCodeFacts): string =>
  origin.type === 'order' ? origin.orderId : id

/** A fresh code from 15 random bytes: the low five bits of each pick a character, so none is likelier. */
export const codeFromRandom = (bytes: Uint8Array): string => {
  if (bytes.length < CODE_RANDOM_LENGTH) throw new RangeError('a code needs 15 random bytes')
  const payload = Array.from(bytes.subarray(0, CODE_RANDOM_LENGTH), (byte) => CODE_ALPHABET.charAt(byte & 31)).join('')
  return payload + checkCharacter(payload)
}

/** Shown as `XXXX-XXXX-XXXX-XXXX`. */
export const formatCode = (code: string): string => code.match(/.{4}/g)?.join('-') ?? code

/** What a person typed, without case, blanks and hyphens, O read as 0, I and L as 1; undefined where it can't be a code. */
export const normaliseCode = (typed: string): string | undefined => {
  const text = typed.replace(/[\s-]/g, '').toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1')
  if (!CODE.test(text)) return undefined
  const payload = text.slice(0, CODE_RANDOM_LENGTH)
  return checkCharacter(payload) === text.slice(CODE_RANDOM_LENGTH) ? text : undefined
}

/**
 * The check character inside the same alphabet: positions weighted by powers of 2 in GF(32),
 * which finds each single wrong character and each swap of two different neighbours.
 */
const checkCharacter = (payload: string): string => {
  let check = 0
  for (const character of payload) check = timesTwo(check ^ CODE_ALPHABET.indexOf(character))
  return CODE_ALPHABET.charAt(check)
}

/** Multiplication by x in GF(2^5) with the primitive polynomial x^5 + x^2 + 1. */
const timesTwo = (value: number): number => {
  const doubled = value << 1
  return (doubled & 32) === 0 ? doubled : (doubled ^ 0b100101) & 31
}

const activated = (code: AccessCode, event: On<'activated'>): Outcome => {
  switch (code.status) {
    case 'available':
      if (code.expiresAt !== undefined && event.at >= code.expiresAt) return err({ code: 'CODE_LAPSED' })
      return ok([
        { ...accessCodeFacts(code), status: 'activated', activatedBy: event.userId, activatedAt: event.at },
        [{ type: 'access_code.activated', codeId: code.id, userId: event.userId, at: event.at }],
      ])
    case 'activated':
      return code.activatedBy === event.userId
        ? ok([code, []])
        : err({ code: 'CODE_NOT_AVAILABLE', status: code.status })
    case 'frozen':
    case 'expired':
    case 'revoked':
      return err({ code: 'CODE_NOT_AVAILABLE', status: code.status })
  }
}

const frozen = (code: AccessCode, event: On<'frozen'>): Outcome => {
  switch (code.status) {
    case 'available':
      return ok([
        { ...accessCodeFacts(code), status: 'frozen' },
        [{ type: 'access_code.frozen', codeId: code.id, at: event.at }],
      ])
    case 'frozen':
      return ok([code, []])
    case 'activated':
    case 'expired':
    case 'revoked':
      return err({ code: 'CODE_NOT_AVAILABLE', status: code.status })
  }
}

const unfrozen = (code: AccessCode, event: On<'unfrozen'>): Outcome => {
  switch (code.status) {
    case 'frozen':
      return ok([
        { ...accessCodeFacts(code), status: 'available' },
        [{ type: 'access_code.unfrozen', codeId: code.id, at: event.at }],
      ])
    case 'available':
      return ok([code, []])
    case 'activated':
    case 'expired':
    case 'revoked':
      return err({ code: 'CODE_NOT_AVAILABLE', status: code.status })
  }
}

const expired = (code: AccessCode, event: On<'expired'>): Outcome => {
  switch (code.status) {
    case 'available':
    case 'frozen':
    case 'activated':
      return ok([
        { ...accessCodeFacts(code), status: 'expired' },
        [{ type: 'access_code.expired', codeId: code.id, at: event.at }],
      ])
    case 'expired':
      return ok([code, []])
    case 'revoked':
      return err({ code: 'CODE_NOT_AVAILABLE', status: code.status })
  }
}

const revoked = (code: AccessCode, event: On<'revoked'>): Outcome => {
  switch (code.status) {
    case 'available':
    case 'frozen':
      return ok([
        { ...accessCodeFacts(code), status: 'revoked' },
        [{ type: 'access_code.revoked', codeId: code.id, at: event.at }],
      ])
    case 'revoked':
      return ok([code, []])
    case 'activated':
    case 'expired':
      return err({ code: 'CODE_NOT_AVAILABLE', status: code.status })
  }
}
