import type { PassThrough } from 'node:stream'
import { z } from 'zod'
import type { RateDecision } from '../../application/rate-limiter.ts'
import { type CallerOf, nameOf, viewerOf } from './access.ts'
import { sendProblem } from './answer.ts'
import { API } from './base-path.ts'
import type { Context } from './context.ts'
import type { HttpDeps } from './deps.ts'
import { idField } from './fields.ts'
import { orderJson } from './order-json.ts'
import { streamOrder } from './order-stream.ts'
import { readCall } from './read-call.ts'
import { admitted, type Route } from './route.ts'

export type OrderEvents = {
  readonly route: Route
  /** Ends every open stream, and each that is opened later as soon as it has said what it knows. */
  closeStreams(): void
}

const MAX_STREAMS = 10
const TOO_MANY: RateDecision = { allowed: false, limit: MAX_STREAMS, remaining: 0, retryAfterMs: 15_000 }
const LONGEST_TIMER_MS = 2_147_483_647

const params = z.strictObject({ orderId: idField })

/** `GET /orders/{orderId}/events`, and what is open of it. */
export const orderEvents = (deps: HttpDeps): OrderEvents => {
  const open = new Map<string, Set<PassThrough>>()
  let closing = false

  const follow = async (ctx: Context, caller: CallerOf['payer'], orderId: string): Promise<void> => {
    const order = await deps.findOrder(viewerOf(caller), orderId)
    if (order.isErr()) return sendProblem(ctx, order.error)
    const mine = open.get(nameOf(caller)) ?? new Set()
    if (mine.size >= MAX_STREAMS) return sendProblem(ctx, { code: 'RATE_LIMITED', decision: TOO_MANY })
    ctx.status = 200
    ctx.set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no', // Else nginx keeps events back until it has a bufferful.
    })
    if (ctx.method === 'HEAD') return
    const stream = streamOrder(deps, {
      first: order.value,
      write: (current) => JSON.stringify(orderJson(deps, caller, current)),
      requestId: ctx.state.requestId,
    })
    open.set(nameOf(caller), mine.add(stream))
    const expiry = endWithToken(deps, stream, caller)
    const leave = deps.orderWatch.follow(orderId)
    stream.once('close', () => {
      leave()
      clearTimeout(expiry)
      mine.delete(stream)
      if (mine.size === 0) open.delete(nameOf(caller))
    })
    if (closing) stream.end()
    ctx.body = stream
  }
  return {
    route: {
      method: 'GET',
      path: `${API}/orders/:orderId/events`,
      doc: {
        summary: '订单变化（SSE）：事件 order，数据为订单；立即发送一次，之后每次变化各一次，终态后结束',
        tag: '订单',
        params,
        answers: { 200: { description: '事件流', type: 'text/event-stream', schema: z.string() } },
        problems: ['ORDER_NOT_FOUND', 'RATE_LIMITED'],
      },
      ...admitted('payer', async (ctx, caller) => {
        const call = await readCall(ctx, { params })
        if (call.isErr()) sendProblem(ctx, call.error)
        else await follow(ctx, caller, call.value.params.orderId)
      }),
    },
    closeStreams() {
      closing = true
      for (const streams of open.values()) for (const stream of streams) stream.end()
    },
  }
}

/** A stream sees no longer than the token that opened it; a cashier link outlives its order anyway. */
const endWithToken = ({ clock }: HttpDeps, stream: PassThrough, caller: CallerOf['payer']) => {
  if (caller.kind === 'cashier') return undefined
  const leftMs = caller.tokenExpiresAt.getTime() - clock.now().getTime()
  return setTimeout(() => stream.end(), Math.min(leftMs, LONGEST_TIMER_MS))
}
