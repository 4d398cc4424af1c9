import type { StoredEvent } from '../../../application/outbox.ts'
import { toStoredEvent } from '../event-row.ts'
import type { Executor } from '../executor.ts'
import type { Row } from '../schema.ts'
import { MAX_VIOLATIONS, type Violation } from './invariant.ts'
import { type Actor, codeActor, orderActor, type Part, partOf, paymentActor, refundActor } from './replay-actors.ts'

/** Histories that are in memory at a time. */
const PAGE = 200

/**
 * Walks the machines along the stored events, history after history. `I10`: what the machines do not allow. `I09`: where
 * they end somewhere else than the row.
 */
export const replay = async (on: Executor): Promise<readonly Violation[]> => {
  const found: Violation[] = []
  for (const histories of [orderHistories, batchCodeHistories])
    for await (const history of histories(on)) {
      found.push(...follow(history))
      if (found.length >= MAX_VIOLATIONS) return found.slice(0, MAX_VIOLATIONS)
    }
  return found
}

/** Who has a part in a stream, and what happened there. */
type History = {
  readonly stream: string
  readonly makers: readonly (() => Actor)[]
  readonly events: readonly Row<'events'>[]
}

const follow = ({ stream, makers, events }: History): readonly Violation[] => {
  const found: Violation[] = []
  const actors = new Map<string, Actor>()
  for (const make of makers) {
    const actor = readable(make)
    if (actor === undefined) found.push({ invariant: 'I09', subject: stream, detail: `a row of it can't be read` })
    else actors.set(keyOf(actor), actor)
  }
  for (const row of events) {
    const stored = readable(() => toStoredEvent(row))
    if (stored === undefined)
      found.push({ invariant: 'I09', subject: stream, detail: `event ${row.seq} can't be read` })
    else found.push(...walk(stream, actors, stored))
  }
  return [...found, ...[...actors.values()].flatMap(ending)]
}

/** A row that no code of ours could have written throws; here that is a finding and no bug. */
const readable = <T>(read: () => T): T | undefined => {
  try {
    return read()
  } catch {
    return undefined
  }
}

const walk = (
  stream: string,
  actors: ReadonlyMap<string, Actor>,
  { seq, event }: StoredEvent,
): readonly Violation[] => {
  const part = partOf(event)
  if (part === undefined) return []
  const actor = actors.get(keyOf(part))
  const what = `event ${seq} (${event.type})`
  if (actor === undefined)
    return [
      { invariant: 'I09', subject: stream, detail: `${what} is about a ${part.kind} that is not there: ${part.id}` },
    ]
  const refusal = actor.walk(event)
  return refusal === undefined ? [] : [{ invariant: 'I10', subject: part.id, detail: `${what}: ${refusal}` }]
}

const ending = (actor: Actor): readonly Violation[] => {
  const difference = actor.difference()
  return difference === undefined ? [] : [{ invariant: 'I09', subject: actor.id, detail: difference }]
}

const keyOf = ({ kind, id }: Part): string => `${kind} ${id}`

type Rows<T extends 'orders' | 'payments' | 'refunds' | 'access_codes' | 'events'> = readonly Row<T>[]

/** Page after page of orders, each with all that has a machine in its stream. */
const orderHistories = async function* (on: Executor): AsyncGenerator<History> {
  const page = `(select id from orders where id > ? order by id limit ${PAGE}) o`
  let after = ''
  for (;;) {
    // The rows have the columns of their tables, as in `statement`.
    const orders = (await on.rows(`select * from orders where id > ? order by id limit ${PAGE}`, [
      after,
    ])) as Rows<'orders'>
    const of = async (table: string, column: string): Promise<readonly unknown[]> =>
      on.rows(`select t.* from ${page} join ${table} t on t.${column} = o.id`, [after])
    const payments = groupBy((await of('payments', 'order_id')) as Rows<'payments'>, (row) => row.order_id)
    const refunds = groupBy((await of('refunds', 'order_id')) as Rows<'refunds'>, (row) => row.order_id)
    const codes = groupBy((await of('access_codes', 'order_id')) as Rows<'access_codes'>, (row) => row.order_id ?? '')
    const events = groupBy((await of('events', 'stream')) as Rows<'events'>, (row) => row.stream)
    for (const order of orders) {
      const { id } = order
      const makers = [
        () => orderActor(order),
        ...(payments.get(id) ?? []).map((row) => () => paymentActor(row)),
        ...(refunds.get(id) ?? []).map((row) => () => refundActor(row)),
        ...(codes.get(id) ?? []).map((row) => () => codeActor(row)),
      ]
      yield { stream: id, makers, events: bySeq(events.get(id)) }
    }
    const last = orders.at(-1)
    if (last === undefined || orders.length < PAGE) return
    after = last.id
  }
}

/** Codes of batches have streams of their own. */
const batchCodeHistories = async function* (on: Executor): AsyncGenerator<History> {
  const page = `select * from access_codes where id > ? and batch_id is not null order by id limit ${PAGE}`
  let after = ''
  for (;;) {
    const codes = (await on.rows(page, [after])) as Rows<'access_codes'> // As above.
    const found = await on.rows(`select e.* from (${page}) c join events e on e.stream = c.id`, [after])
    const events = groupBy(found as Rows<'events'>, (row) => row.stream)
    for (const code of codes)
      yield { stream: code.id, makers: [() => codeActor(code)], events: bySeq(events.get(code.id)) }
    const last = codes.at(-1)
    if (last === undefined || codes.length < PAGE) return
    after = last.id
  }
}

const groupBy = <T>(rows: readonly T[], key: (row: T) => string): ReadonlyMap<string, readonly T[]> =>
  Map.groupBy(rows, key)

const bySeq = (events: Rows<'events'> = []): Rows<'events'> => [...events].sort((a, b) => a.seq - b.seq)
