import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { err, ok, type Result } from 'neverthrow'
import { isForwarded, peerOf } from './client-address.ts'
import type { Context } from './context.ts'
import type { HttpDeps } from './deps.ts'
import type { ApiError } from './problem.ts'

const NEIGHBOURS: ReadonlySet<string> = new Set(['loopback', 'private', 'linkLocal', 'uniqueLocal'])

/**
 * Lets in whoever has the token. Where none is set, a neighbour: this machine or its private network. What came through a
 * proxy that we do not trust may come from anywhere, whatever the address of the proxy.
 */
export const admitWatcher = (
  { metrics }: Pick<HttpDeps, 'metrics'>,
  ctx: Context,
  bearer: string | undefined,
): Result<undefined, ApiError> => {
  const token = metrics?.token
  if (token !== undefined)
    return bearer !== undefined && isSame(bearer, token) ? ok(undefined) : err({ code: 'UNAUTHENTICATED' })
  const isPeer = ctx.state.ip === peerOf(ctx.req)
  return isNeighbour(ctx.state.ip) && !(isForwarded(ctx.req) && isPeer) ? ok(undefined) : err({ code: 'FORBIDDEN' })
}

/** In the same time wherever they differ. */
const isSame = (given: string, wanted: string): boolean => timingSafeEqual(digest(given), digest(wanted))

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const isNeighbour = (address: string): boolean => isIP(address) !== 0 && NEIGHBOURS.has(ipaddr.process(address).range())
