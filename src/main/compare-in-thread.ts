import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { ComparisonPart } from '../application/reconciliation/compare-bill.ts'
import type { CompareBills } from './compare-bills.ts'
import type { CompareThreadData } from './compare-thread.ts'

type Source = Omit<CompareThreadData, 'request'>

/** Short-lived objects are collected before they take much room, whatever the size of the bill. */
const YOUNG_MB = 8

/** In a thread with a connection of its own, so that whoever waits for an answer meanwhile does not wait for a bill. */
export const compareInThread =
  (source: Source): CompareBills =>
  () =>
    async function* (request) {
      const workerData: CompareThreadData = { ...source, request }
      const thread = new Worker(new URL('./compare-thread.ts', import.meta.url), {
        workerData,
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      })
      const isBroken = once(thread, 'error').then(([error]) => {
        throw error
      })
      isBroken.catch(() => undefined) // Told to whoever waits for the next part.
      try {
        for (;;) {
          // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
          thread.postMessage('next')
          // What the thread posts, and nothing else.
          const [part] = (await Promise.race([once(thread, 'message'), isBroken])) as [IteratorResult<ComparisonPart>]
          if (part.done === true) return
          yield part.value
        }
      } finally {
        await thread.terminate()
      }
    }
