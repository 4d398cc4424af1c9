/** Where a sealed value lives; opening it elsewhere fails, so a value moved to another row is noticed. */
export type SealContext = { readonly table: string; readonly column: string; readonly row: string }

/** Encrypts personal data and codes at rest with an authenticated cipher; several keys may open, the first one seals. */
export interface Encryption {
  seal(plain: string, context: SealContext): string
  /** Throws where the value was altered, moved or sealed with a key that is no longer held. */
  open(sealed: string, context: SealContext): string
  /** The same for bytes, such as those of a file. */
  sealBytes(plain: Uint8Array, context: SealContext): string
  openBytes(sealed: string, context: SealContext): Uint8Array
  /**
   * Keyed hashes for looking a secret up without storing it, one for each key: the first is the one to store, and what
   * was stored earlier may be any of them.
   */
  lookupHashes(secret: string, purpose: string): readonly [string, ...string[]]
}

/** The keys an encryption holds, by names that tell nothing of them. */
export interface KeyRing {
  /** The one that seals comes first. */
  readonly keyIds: readonly [string, ...string[]]
  /** The key of a sealed value, held or not, told by its first 32 characters; undefined for what was never sealed. */
  keyIdOf(sealed: string): string | undefined
}
