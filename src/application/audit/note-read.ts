import { ok, type Result } from 'neverthrow'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Readers, Transaction } from '../transaction.ts'

/** What an operator looked at: a kind of look, whom or what at, and by which criteria. */
export type PersonalRead = {
  readonly action: string
  readonly subject: string
  readonly criteria: Readonly<Record<string, unknown>>
}

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'audit'>
  readonly clock: Clock
  /** A collision-free digest of at most 64 characters. */
  readonly digest: (text: string) => string
}

const HOUR_MS = 3_600_000

/**
 * Puts on record that personal data was read, once an hour for the same operator and the same question; resolves when it
 * is durable, so that whoever waits for it before answering shows nothing that is not on record.
 */
export const noteRead =
  ({ transaction, readers, clock, digest }: Deps) =>
  async ({ action, subject, criteria }: PersonalRead, operator: Operator): Promise<void> => {
    const at = clock.now()
    const hour = Math.floor(at.getTime() / HOUR_MS)
    const id = digest(JSON.stringify([operator.actor, action, subject, criteria, hour]))
    if (await readers.audit.has(id)) return
    await transaction.run(async ({ audit }): Promise<Result<void, never>> => {
      if (await audit.has(id)) return ok(undefined)
      const entry = { id, action, subject, before: undefined, after: criteria, at }
      return ok(await audit.append({ reason: undefined, ...operator, ...entry }))
    })
  }
