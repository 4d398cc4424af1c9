/** Where a sealed value lives; opening it elsewhere fails, so a value moved to another row is noticed. */
export type SealContext = { readonly table: string; readonly column: string; readonly row: string }

/** Encrypts personal data and codes at rest with an authenticated cipher; several keys may open, the first one seals. */
export interface Encryption {
  seal(plain: string, context: SealContext): string
  /** Throws where the value was altered, moved or sealed with a key that is no longer held. */
  open(sealed: string, context: SealContext): string
  /** A keyed hash for looking a secret up without storing it. */
  lookupHash(secret: string, purpose: string): string
}
