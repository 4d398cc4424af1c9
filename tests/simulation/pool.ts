import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Outcome } from './simulation.ts'

/** Takes an outcome; `true` where no further seed is to be begun. */
type Came = (outcome: Outcome) => boolean | void

/** A worker is replaced after so many seeds: what dead processes leave behind is given up with it. */
const SEEDS_PER_WORKER = 50

/** Runs the seeds on all cores and hands each outcome on as it comes. */
export const runSeeds = async (seeds: readonly number[], came: Came): Promise<void> => {
  const waiting = [...seeds]
  const lanes = Array.from({ length: Math.min(availableParallelism(), seeds.length) }, async () => {
    while (waiting.length > 0) await workOff(waiting, came)
  })
  await Promise.all(lanes)
}

/** Has a new worker run some of the seeds that wait. */
const workOff = async (waiting: number[], came: Came): Promise<void> => {
  const worker = newWorker()
  try {
    for (let n = 0; n < SEEDS_PER_WORKER; n += 1) {
      const seed = waiting.shift()
      if (seed === undefined) return
      if (came(await run(worker, seed)) === true) waiting.length = 0
    }
  } finally {
    await worker.terminate()
  }
}

// Without the arguments of this process: a test runner's own would hinder Node from running TypeScript.
const newWorker = (): Worker => new Worker(new URL('./worker.ts', import.meta.url), { execArgv: [] })

const run = (worker: Worker, seed: number): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (outcome: Outcome) => {
      worker.off('error', reject)
      resolve(outcome)
    })
    worker.postMessage(seed) // oxlint-disable-line unicorn/require-post-message-target-origin -- it is no window
  })
