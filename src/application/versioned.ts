/** A stored value with the version it was read at, so that a write can tell whether another came first. */
export type Versioned<T> = { readonly value: T; readonly version: number; readonly updatedAt: Date }
