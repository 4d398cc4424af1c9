import { err, ok, type Result } from 'neverthrow'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Transaction } from '../transaction.ts'

type Deps = { readonly transaction: Transaction; readonly clock: Clock; readonly ids: Ids }
type NotFound = { readonly code: 'NOT_FOUND' }

/** Ends one session; with `only`, just where it is that operator's. */
export const endSession =
  ({ transaction, clock, ids }: Deps) =>
  (id: string, operator: Operator, only?: string): Promise<Result<void, NotFound>> =>
    transaction.run(async ({ operators, operatorSessions, audit }): Promise<Result<void, NotFound>> => {
      const session = await operatorSessions.findById(id)
      if (session === undefined || (only !== undefined && session.operatorId !== only))
        return err({ code: 'NOT_FOUND' })
      if (!(await operatorSessions.end(id))) return err({ code: 'NOT_FOUND' })
      const subject = (await operators.find(session.operatorId))?.value.account.name ?? session.operatorId
      const entry = { action: 'session.end', subject, before: { sessionId: id }, after: undefined }
      await audit.append({ reason: undefined, ...operator, ...entry, id: ids.entity(), at: clock.now() })
      return ok(undefined)
    })

/** Signs an operator out everywhere. */
export const endAllSessions =
  ({ transaction, clock, ids }: Deps) =>
  (name: string, operator: Operator): Promise<Result<void, NotFound>> =>
    transaction.run(async ({ operators, operatorSessions, audit }): Promise<Result<void, NotFound>> => {
      const account = (await operators.findByName(name))?.value.account
      if (account === undefined) return err({ code: 'NOT_FOUND' })
      await operatorSessions.endAll(account.id)
      const entry = { action: 'operator.sign_out', subject: name, before: account, after: account }
      await audit.append({ reason: undefined, ...operator, ...entry, id: ids.entity(), at: clock.now() })
      return ok(undefined)
    })
