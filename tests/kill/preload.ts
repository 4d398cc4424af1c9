import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Loaded before the program. Its wall clock is ahead by so many milliseconds, as if it had been started that much later:
 * leases and due times that a killed program left behind are over then, and nobody has to wait for it. Its test may move
 * it on while it runs.
 */
const now = Date.now
let aheadMs = Number(process.env['CLOCK_AHEAD_MS'] ?? 0)
const later = (): number => now() + aheadMs

globalThis.Date = new Proxy(Date, {
  construct: (target, given, maker) => Reflect.construct(target, given.length === 0 ? [later()] : given, maker),
  get: (target, name, receiver) => (name === 'now' ? later : Reflect.get(target, name, receiver)),
})

process.on('message', (told: { readonly aheadMs?: number; readonly question?: 'heap' }) => {
  aheadMs = told.aheadMs ?? aheadMs
  if (told.question === 'heap') process.send?.({ heapBytes: heapInUse() })
})
process.channel?.unref()

/** What is left once everything that nobody needs is gone. */
const heapInUse = (): number => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void // There once the flag is set.
  collect()
  return process.memoryUsage().heapUsed
}

/** A program whose test is gone has nobody left to end it. */
const parent = process.ppid
setInterval(() => process.ppid === parent || process.exit(1), 1000).unref()
