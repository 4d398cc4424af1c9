import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { z } from 'zod'
import type { Clock } from '../../application/clock.ts'

/** The key set can't be had, so nobody can tell a good token from a bad one. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable'
}

const FETCH_PAUSE_MS = 60_000
const FRESH_MS = 600_000
const TIMEOUT_MS = 3000

const keySetSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) })

/**
 * The keys of a JWKS address. It is fetched once a minute at most, however many unknown key ids come and however
 * often it fails, and the last good set stays in use while it can't be reached.
 */
export const remoteKeys = (url: string, clock: Clock): JWTVerifyGetKey => {
  let keys: ReturnType<typeof createLocalJWKSet> | undefined
  let loadedAt = Number.NEGATIVE_INFINITY
  let triedAt = Number.NEGATIVE_INFINITY
  let loading: Promise<void> | undefined

  const load = async (): Promise<void> => {
    triedAt = clock.monotonicMs()
    const fetched = await fetchKeySet(url)
    if (fetched === undefined) return
    keys = createLocalJWKSet(fetched)
    loadedAt = triedAt
  }
  const refresh = async (): Promise<void> => {
    if (loading === undefined && clock.monotonicMs() - triedAt < FETCH_PAUSE_MS) return
    loading ??= load().finally(() => {
      loading = undefined
    })
    await loading
  }
  return async (header, token) => {
    if (clock.monotonicMs() - loadedAt > FRESH_MS) await refresh()
    if (keys === undefined) throw new KeysUnavailable('the JWKS address gives no keys')
    const before = keys
    try {
      return await before(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      await refresh()
      if (keys === before) throw error
      return await keys(header, token)
    }
  }
}

const fetchKeySet = async (url: string): Promise<JSONWebKeySet | undefined> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' })
    return response.ok ? keySetSchema.parse(await response.json()) : undefined
  } catch {
    return undefined // Unreachable, slow or no key set: for the caller all the same.
  }
}
