/** Bytes from a cryptographically secure source. */
export interface Randomness {
  bytes(count: number): Uint8Array
}
