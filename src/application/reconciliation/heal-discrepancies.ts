import { err, ok, type Result } from 'neverthrow'
import { type DiscrepancyEvent, transitionDiscrepancy } from '../../domain/discrepancy.ts'
import type { Clock } from '../clock.ts'
import { nextTurn, workOffDue } from '../due-work.ts'
import { type Repositories, type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import type { AskGateway } from './ask-gateway.ts'
import type { DueDiscrepancy } from './discrepancy-repository.ts'
import { judgeRest } from './judge-run.ts'
import type { SendReturn } from './send-return.ts'

type Deps = {
  readonly transaction: Transaction
  readonly clock: Clock
  readonly askGateway: AskGateway
  readonly sendReturn: SendReturn
  /** The gaps between questions about one discrepancy (`RECOVERY_SCHEDULE`). */
  readonly scheduleMs: readonly number[]
}

/**
 * Asks the gateways about discrepancies that their own answers may settle, and goes on with money that is on its way
 * back. What they do not settle waits for an operator. Gives how many were looked at.
 */
export const healDiscrepancies = (deps: Deps) => (): Promise<number> =>
  workOffDue(
    deps,
    ({ discrepancies }, ...claim) => discrepancies.claimDue(...claim),
    (due) => heal(deps, due),
  )

const heal = async (deps: Deps, { discrepancy: { value }, attempts }: DueDiscrepancy): Promise<void> => {
  if (value.status !== 'open') return
  // It was sent once by whoever wanted it: from here on the gateway is asked first.
  if (value.returning !== undefined) return deps.sendReturn(value.id, attempts + 1)
  const asked = await deps.askGateway(value)
  switch (asked.outcome) {
    case 'agrees': {
      const { note } = asked
      return write(deps, value.id, { type: 'resolved', resolution: 'healed', note, by: 'system', at: deps.clock.now() })
    }
    case 'differs':
      await write(deps, value.id, { type: 'asked', note: asked.note })
      return postpone(deps, value.id, undefined)
    case 'unknown':
      return postpone(
        deps,
        value.id,
        attempts > deps.scheduleMs.length ? undefined : nextTurn(deps, deps.scheduleMs, attempts - 1),
      )
  }
}

const write = async ({ transaction, clock }: Deps, id: string, event: DiscrepancyEvent): Promise<void> => {
  await transaction.run((repositories) => writeDiscrepancy(repositories, id, event, clock.now()))
}

/** Takes a discrepancy one step further, unless it can't be; nothing is written where nothing changes. */
const writeDiscrepancy = async (
  repositories: Repositories,
  id: string,
  event: DiscrepancyEvent,
  at: Date,
): Promise<Result<void, WriteConflict>> => {
  const { discrepancies } = repositories
  const before = await discrepancies.find(id)
  if (before === undefined) throw new Error(`discrepancy ${id} is gone`)
  const after = transitionDiscrepancy(before.value, event)
  if (after.isErr() || after.value === before.value) return ok(undefined)
  if (!(await discrepancies.replace(before, after.value, at))) return err(WRITE_CONFLICT)
  if (after.value.status !== 'open') await judgeRest(repositories, after.value, at)
  return ok(undefined)
}

const postpone = async ({ transaction }: Deps, id: string, until: Date | undefined): Promise<void> => {
  await transaction.run(
    async ({ discrepancies }): Promise<Result<void, never>> => ok(await discrepancies.postpone(id, until)),
  )
}
