import { once } from 'node:events'
import { createHash } from 'node:crypto'
import { createGunzip } from 'node:zlib'

/** A hash over the bytes of a file as they are when it is unpacked. */
export type PlainHash = {
  update(chunk: Uint8Array): Promise<void>
  /** In hexadecimal; undefined where it can't be unpacked. */
  digest(): Promise<string | undefined>
  /** Nobody wants it any more. */
  drop(): void
}

export const plainHash = (algorithm: 'sha1', isPacked: boolean): PlainHash => {
  const hash = createHash(algorithm)
  if (!isPacked)
    return {
      update: async (chunk) => void hash.update(chunk),
      digest: async () => hash.digest('hex'),
      drop: () => undefined,
    }
  const gunzip = createGunzip()
  let isBroken = false
  gunzip.on('data', (chunk: Buffer) => hash.update(chunk))
  gunzip.on('error', () => {
    isBroken = true // What follows can't be unpacked either; the digest tells.
  })
  const isDone = new Promise<void>((resolve) => gunzip.once('close', resolve))
  return {
    async update(chunk) {
      if (isBroken || gunzip.write(chunk)) return
      await Promise.race([once(gunzip, 'drain'), isDone])
    },
    async digest() {
      gunzip.end()
      await isDone
      return isBroken ? undefined : hash.digest('hex')
    },
    drop: () => gunzip.destroy(),
  }
}
