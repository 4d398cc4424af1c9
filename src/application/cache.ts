/** Keeps answers that may be a little old, such as the catalogue. No money decision reads it. */
export interface Cache<V> {
  /** The kept value, or the loaded one; callers of one key that come together share one load. */
  get(key: string, load: () => Promise<V>): Promise<V>
  invalidate(key: string): Promise<void>
}

export type SharedAnswer<V> =
  | { readonly found: true; readonly value: V }
  /** `keep` is given what was loaded after this answer; it keeps nothing that was invalidated meanwhile. */
  | { readonly found: false; readonly keep: (value: V) => Promise<void> }

/** What several processes keep together. Out of order it finds and keeps nothing; it never fails its callers. */
export interface SharedLevel<V> {
  find(key: string): Promise<SharedAnswer<V>>
  /** Forgets the key and tells the other processes. */
  invalidate(key: string): Promise<void>
  /** Calls the listener with each key that another process invalidated, and without one where keys may have been missed. */
  whenInvalidated(listener: (key: string | undefined) => void): void
  /** Whether every invalidation reaches this process now, and those of this process reach the others. */
  isWhole(): boolean
}
