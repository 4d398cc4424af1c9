import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Outcome } from './simulation.ts'

/** Takes an outcome; `true` where no further seed is to be begun. */
type Came = (outcome: Outcome) => boolean | void

/** Runs the seeds on all cores and hands each outcome on as it comes. */
export const runSeeds = async (seeds: readonly number[], came: Came): Promise<void> => {
  const waiting = [...seeds]
  const workers = Array.from({ length: Math.min(availableParallelism(), seeds.length) }, newWorker)
  try {
    await Promise.all(workers.map((worker) => keepBusy(worker, waiting, came)))
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

// Without the arguments of this process: a test runner's own would hinder Node from running TypeScript.
const newWorker = (): Worker => new Worker(new URL('./worker.ts', import.meta.url), { execArgv: [] })

const keepBusy = (worker: Worker, waiting: number[], came: Came): Promise<void> =>
  new Promise((resolve, reject) => {
    const next = (): void => {
      const seed = waiting.shift()
      if (seed === undefined) resolve()
      else worker.postMessage(seed) // oxlint-disable-line unicorn/require-post-message-target-origin -- it is no window
    }
    worker.on('error', reject)
    worker.on('message', (outcome: Outcome) => {
      if (came(outcome) === true) waiting.length = 0
      next()
    })
    next()
  })
