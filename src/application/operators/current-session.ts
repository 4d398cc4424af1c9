import { ok } from 'neverthrow'
import type { OperatorAccount } from '../../domain/operator.ts'
import { isOpenSession, isUnseen, type OperatorSession } from '../../domain/operator-session.ts'
import type { Clock } from '../clock.ts'
import type { Readers, Transaction } from '../transaction.ts'

export type CurrentSession = { readonly account: OperatorAccount; readonly session: OperatorSession }

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'operators' | 'operatorSessions'>
  readonly clock: Clock
}

/** Whose session a token is, as the account is now; nobody's where it has ended, was not used for long, or is too old. */
export const currentSession =
  ({ transaction, readers, clock }: Deps) =>
  async (token: Uint8Array): Promise<CurrentSession | undefined> => {
    const at = clock.now()
    const session = await readers.operatorSessions.find(token)
    if (session === undefined || !isOpenSession(session, at)) return undefined
    const account = (await readers.operators.find(session.operatorId))?.value.account
    if (account?.status !== 'active') return undefined
    if (!isUnseen(session, at)) return { account, session }
    await transaction.run(async ({ operatorSessions }) => ok(await operatorSessions.seen(session.id, at)))
    return { account, session: { ...session, seenAt: at } }
  }
