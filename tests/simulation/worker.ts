import { parentPort } from 'node:worker_threads'
import { simulate } from './simulation.ts'

const port = parentPort
if (port === null) throw new Error('this runs as a worker only')
port.on('message', (seed: number) => {
  simulate(seed).then(
    (outcome) => port.postMessage(outcome),
    (error: unknown) => {
      throw new Error(`SIM_SEED=${seed} could not be run`, { cause: error })
    },
  )
})
