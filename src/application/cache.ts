/** Keeps answers that may be a little old, such as the catalogue. No money decision reads it. */
export interface Cache<V> {
  /** The kept value, or the loaded one; callers of one key that come together share one load. */
  get(key: string, load: () => Promise<V>): Promise<V>
  invalidate(key: string): Promise<void>
}
