import { setTimeout as delay } from 'node:timers/promises'
import { genuineMessages } from './callbacks.ts'
import { type Connection, openConnection } from './connection.ts'
import { bytesOf, describeInput, type Input } from './input.ts'
import { methodicalInputs, someInputs, type Stock } from './inputs.ts'
import { type OpenApi, operationsOf, PAGES } from './operations.ts'
import { faultsOf } from './oracle.ts'
import { openShop, stockShop } from './shop.ts'
import { type Stage, startStage } from './stage.ts'
import { openTally, type Tally } from './tally.ts'

export type Fuzzing = {
  readonly seed: number
  readonly inputs: number
  readonly progress?: (line: string) => void
}

export type Report = {
  /** What was wrong, each with the input that brought it about. */
  readonly faults: readonly string[]
  readonly tally: Tally
  /** In use after a collection, when a tenth was done and at the end. */
  readonly heapBytes: { readonly early: number; readonly end: number }
  /** Invariants of the books that do not hold at the end. */
  readonly violations: readonly unknown[]
  readonly exitCode: number | null
}

const PATIENCE_MS = 5000
const UNFINISHED_MS = 20
const MOST_FAULTS = 25
/** After so many inputs the shop is filled up again: they use up what is there. */
const BATCH = 1000
/** So large a part is methodical, and so large a part meets the limits that are there by default. */
const METHODICAL_PART = 0.1
const LIMITED_PART = 0.02

/** Sends inputs to the real program, one after the other, and judges each answer and what it left behind. */
export const fuzz = async ({ seed, inputs, progress = () => undefined }: Fuzzing): Promise<Report> => {
  const stage = await startStage()
  const run: Run = { stage, tally: openTally(), faults: [], progress }
  await openShop(stage)
  await stage.restart('serve', 'raised')
  let stock = await stocked(stage)
  const methodical = methodicalInputs(stock, Math.floor(inputs * METHODICAL_PART))
  const raised = Math.floor(inputs * (1 - LIMITED_PART))
  let early: number | undefined
  for (let from = 0; from < raised && run.faults.length < MOST_FAULTS; from += BATCH) {
    if (from >= inputs / 10) early ??= await stage.program.heapBytes()
    stock = await stocked(stage)
    const count = Math.min(BATCH, raised - from)
    const planned = methodical.slice(from, from + count)
    await sendAll(run, [...planned, ...someInputs(stock, { seed: seed + from, count: count - planned.length })])
    progress(`${run.tally.total()} of ${inputs} inputs, ${run.faults.length} faults`)
  }
  const heapBytes = { early: early ?? 0, end: await stage.program.heapBytes() }
  await stage.restart('serve', 'default')
  await sendAll(run, someInputs(stock, { seed: seed + raised, count: inputs - raised })) // Filled up before: limits hold for that too.
  const violations = await stage.books.violations({ quiescent: false, now: new Date() })
  return { ...run, heapBytes, violations, exitCode: await stage.end() }
}

const stocked = async (stage: Stage): Promise<Stock> => {
  const shop = await stockShop(stage)
  const answer = await fetch(`${stage.origin}/openapi.json`)
  const document = (await answer.json()) as OpenApi // Written by the service itself, from its schemas.
  const operations = [...operationsOf(document), ...PAGES]
  return { document, operations, shop, messages: genuineMessages(stage.sandbox, shop.attempts) }
}

type Run = Required<Pick<Fuzzing, 'progress'>> & {
  readonly stage: Stage
  readonly tally: Tally
  readonly faults: string[]
}

const sendAll = async ({ stage, tally, faults, progress }: Run, inputs: readonly Input[]): Promise<void> => {
  const connection = openConnection(stage.origin, PATIENCE_MS)
  stage.log.changes() // What was done to fill up the shop is nobody's fault.
  for (const input of inputs) {
    const wrong = await judge(stage, tally, connection, input)
    const found = wrong.map((fault) => `${fault}\n    ${input.about}\n    ${describeInput(input)}`)
    faults.push(...found)
    for (const fault of found) progress(fault)
    if (faults.length >= MOST_FAULTS) break
  }
  connection.close()
}

const judge = async (stage: Stage, tally: Tally, connection: Connection, input: Input): Promise<readonly string[]> => {
  const { method, isWhole, isUnfinished = false } = input
  const outcome = await connection.exchange({ bytes: bytesOf(input), method, isWhole, isUnfinished })
  if (isUnfinished) await delay(UNFINISHED_MS) // Nobody tells when it has been given up.
  if (outcome === 'silent') await delay(PATIENCE_MS) // What it still writes is not the next one's doing.
  tally.add(input.about, outcome)
  return faultsOf({ input, outcome, changes: stage.log.changes() })
}
