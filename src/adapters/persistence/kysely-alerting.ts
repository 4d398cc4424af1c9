import { ok } from 'neverthrow'
import {
  ACTIVITY_KINDS,
  type Activity,
  type ActivityBook,
  type ActivityCount,
  type ActivityKind,
  type MinuteSpan,
} from '../../application/alerts/activity.ts'
import type { Alerting, AlertTurns, MessageQuota, QuotaDay } from '../../application/alerts/alerting.ts'
import type { AlertingStatements } from './alerting-statements.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor, RunDurably } from './executor.ts'
import { KyselyAlertFigures } from './kysely-alert-figures.ts'

type Parts = { readonly reader: Executor; readonly durably: RunDurably }

export const kyselyAlerting = (sql: AlertingStatements, parts: Parts): Alerting => ({
  figures: new KyselyAlertFigures(sql, parts.reader),
  activity: new KyselyActivityBook(sql.activity, parts),
  turns: alertTurns(sql.turns, parts),
  quota: messageQuota(sql.quota, parts),
})

class KyselyActivityBook implements ActivityBook {
  readonly #sql: AlertingStatements['activity']
  readonly #parts: Parts

  constructor(sql: AlertingStatements['activity'], parts: Parts) {
    this.#sql = sql
    this.#parts = parts
  }

  add(counts: readonly ActivityCount[]): Promise<void> {
    // In one order, so that two processes never wait for each other.
    const sorted = counts.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    return this.#parts.durably(async (on) => {
      for (const one of sorted) await this.#sql.add.change(on, one)
      return ok(undefined)
    })
  }

  async sum(kind: ActivityKind, span: MinuteSpan): Promise<readonly Activity[]> {
    const rows = await this.#sql.sum.rows(this.#parts.reader, { kind, ...span })
    return [...Map.groupBy(rows, ({ subject }) => subject)].map(([subject, own]) => ({
      subject,
      total: own.reduce((sum, { total }) => sum + total, 0),
      bad: own.reduce((sum, { bad }) => sum + bad, 0),
    }))
  }

  async firstMinute(kind: ActivityKind): Promise<number | undefined> {
    return (await this.#sql.first.first(this.#parts.reader, { kind }))?.minute
  }

  forget(before: number): Promise<void> {
    return this.#parts.durably(async (on) => {
      for (const kind of ACTIVITY_KINDS) await this.#sql.forget.change(on, { kind, minute: before })
      return ok(undefined)
    })
  }
}

const keyOf = ({ kind, minute, subject }: ActivityCount): string => `${kind} ${minute} ${subject}`

/** There is one evaluation. */
const ID = 'rules'

const alertTurns = (sql: AlertingStatements['turns'], { reader, durably }: Parts): AlertTurns => ({
  async claim({ now, until }) {
    const turn = { id: ID, now: now.getTime(), until: until.getTime() }
    const known = await sql.find.first(reader, turn)
    // Most looks find nothing to do, and write nothing.
    if (known !== undefined && known.due_at > turn.now && known.due_at <= turn.until) return false
    return durably(async (on) => {
      if ((await sql.claim.change(on, turn)) === 1) return ok(true)
      const someone = async () => (await sql.find.first(on, turn)) !== undefined
      if (await someone()) return ok(false)
      return ok(await insertOnce(() => sql.begin(on, [{ id: ID, due_at: turn.until }]), someone))
    })
  },
})

const messageQuota = (sql: AlertingStatements['quota'], { durably }: Parts): MessageQuota => ({
  take: (quota, count, limit) =>
    durably(async (on) => {
      await begin(sql, on, quota)
      return ok((await sql.take.change(on, { ...quota, count, most: limit - count })) === 1)
    }),
  giveBack: (quota, count) =>
    durably(async (on) => {
      await sql.giveBack.change(on, { ...quota, count })
      return ok(undefined)
    }),
})

const begin = async (sql: AlertingStatements['quota'], on: Executor, quota: QuotaDay): Promise<void> => {
  const isThere = async (): Promise<boolean> => (await sql.find.first(on, quota)) !== undefined
  if (!(await isThere())) await insertOnce(() => sql.begin(on, [{ ...quota, used: 0 }]), isThere)
}
