import { PassThrough } from 'node:stream'
import type { Versioned } from '../../application/versioned.ts'
import { isFinal, type Order } from '../../domain/order.ts'
import type { HttpDeps } from './deps.ts'

type Followed = {
  readonly first: Versioned<Order>
  readonly write: (order: Versioned<Order>) => string
  readonly requestId: string
}
type Deps = Pick<HttpDeps, 'readers' | 'orderFeed' | 'log' | 'timings'>

const HEARTBEAT_MS = 15_000
const REREAD_MS = 5000
const RETRY_MS = 3000
/** A reader that has stopped reading is not fed from memory without end. */
const MAX_UNREAD_BYTES = 65_536

/** Server-sent events with an order as it is now and after each change; ends when nothing more happens by itself. */
export const streamOrder = (deps: Deps, { first, write, requestId }: Followed): PassThrough => {
  const stream = new PassThrough()
  const orderId = first.value.id
  let sent = -1

  const send = (chunk: string): void => {
    if (stream.writableEnded || stream.destroyed) return
    stream.write(chunk)
    if (stream.writableLength + stream.readableLength > MAX_UNREAD_BYTES) stream.destroy()
  }
  const announce = (order: Versioned<Order>): void => {
    if (order.version === sent) return
    sent = order.version
    send(`event: order\ndata: ${write(order)}\n\n`)
    if (isFinal(order.value)) stream.end()
  }
  const reread = oneAtATime(async () => {
    try {
      const order = await deps.readers.orders.find(orderId)
      if (order !== undefined) announce(order)
    } catch (error) {
      deps.log.warn({ requestId, err: error }, 'an order stream could not read its order; it will try again')
    }
  })
  const unsubscribe = deps.orderFeed.subscribe(orderId, reread)
  const timers = [
    setInterval(reread, deps.timings?.streamRereadMs ?? REREAD_MS),
    setInterval(() => send(': still here\n\n'), deps.timings?.streamHeartbeatMs ?? HEARTBEAT_MS),
  ]
  stream.once('close', () => {
    unsubscribe()
    for (const timer of timers) clearInterval(timer)
  })
  send(`retry: ${RETRY_MS}\n\n`)
  announce(first)
  reread() // What happened between the first reading and the subscription.
  return stream
}

/** Runs one at a time; a call that comes meanwhile makes it run once more. */
const oneAtATime = (work: () => Promise<void>): (() => void) => {
  let running = false
  let again = false
  const run = async (): Promise<void> => {
    running = true
    do {
      again = false
      await work()
    } while (again)
    running = false
  }
  return () => {
    if (running) again = true
    else void run()
  }
}
