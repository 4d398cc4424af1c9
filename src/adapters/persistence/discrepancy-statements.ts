import type { Kysely } from 'kysely'
import type { DiscrepancyFilter } from '../../application/reconciliation/discrepancy-repository.ts'
import { equalities, pageConditions, type Slice } from './paging.ts'
import { readBy } from './read-by.ts'
import { type DB, kindsOf } from './schema.ts'
import { skipLocked } from './skip-locked.ts'
import { sliceEnd } from './slices.ts'
import { insertion, statement } from './statement.ts'

const CHANGING = [
  'class',
  'about',
  'out_trade_no',
  'refund_no',
  'transaction_id',
  'local_fen',
  'remote_fen',
  'local_status',
  'remote_status',
  'row_text',
  'within_drift',
  'status',
  'resolution',
  'note',
  'resolved_by',
  'resolved_at',
  'return_no',
  'return_fen',
  'updated_at',
] as const

const indexOf = ({ status }: DiscrepancyFilter): string =>
  status === undefined ? 'discrepancies_by_day' : 'discrepancies_by_status'

export const discrepancyStatements = (builder: Kysely<DB>) => {
  const discrepancies = builder.selectFrom('discrepancies').selectAll()
  const open = discrepancies.where('status', '=', 'open')
  const replaced = kindsOf('discrepancies', 'id', 'version', ...CHANGING)
  return {
    find: statement({ id: 'text' }, ({ id }) => discrepancies.where('id', '=', id)),
    findSame: statement(kindsOf('discrepancies', 'provider', 'bill_day', 'subject'), (given) =>
      discrepancies
        .where('provider', '=', given.provider)
        .where('subject', '=', given.subject)
        .where('bill_day', '=', given.bill_day),
    ),
    list: (filter: DiscrepancyFilter, page: Slice) => {
      const { provider, day, status, class: kind } = filter
      const wanted = readBy(builder, 'discrepancies', indexOf(filter))
        .selectAll()
        .where('provider', '=', provider)
        .where('bill_day', '=', day)
      return (status === undefined ? wanted : wanted.where('status', '=', status))
        .where((eb) => eb.and([...equalities({ class: kind }, true), ...pageConditions(page)]))
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(page.limit + 1)
    },
    listEnd: (filter: DiscrepancyFilter, page: Slice) => {
      const { provider, day, status } = filter
      const indexed = [
        ...equalities({ provider }),
        ...equalities({ bill_day: day }),
        ...(status === undefined ? [] : equalities({ status })),
      ]
      return sliceEnd(builder, { table: 'discrepancies', index: indexOf(filter) }, [
        ...indexed,
        ...pageConditions(page),
      ])
    },
    openOf: statement(kindsOf('discrepancies', 'provider', 'subject'), (given) =>
      discrepancies
        .where('provider', '=', given.provider)
        .where('subject', '=', given.subject)
        .where((eb) => eb.and(equalities({ status: 'open' }, true))),
    ),
    vanished: statement(
      { ...kindsOf('discrepancies', 'provider', 'bill_day', 'run_id'), limit: 'integer' },
      ({ limit, ...given }) =>
        open
          .where('provider', '=', given.provider)
          .where('bill_day', '=', given.bill_day)
          .where('run_id', '<>', given.run_id)
          // Money that is on its way back keeps it open until that has ended.
          .where('return_no', 'is', null)
          .limit(limit),
    ),
    drifting: statement(
      { ...kindsOf('discrepancies', 'provider', 'bill_day', 'about'), limit: 'integer' },
      ({ limit, ...given }) =>
        open
          .where('provider', '=', given.provider)
          .where('bill_day', '<=', given.bill_day)
          .where('about', '=', given.about)
          .where('within_drift', '=', 1)
          .limit(limit),
    ),
    countOpen: statement(kindsOf('discrepancies', 'provider', 'bill_day'), (given) =>
      builder
        .selectFrom('discrepancies')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('provider', '=', given.provider)
        .where('bill_day', '=', given.bill_day)
        .where('status', '=', 'open')
        .where('within_drift', '=', 0),
    ),
    insert: insertion(builder, 'discrepancies'),
    replace: statement(replaced, ({ id, version, ...changes }) =>
      builder
        .updateTable('discrepancies')
        .set(changes)
        .set((eb) => ({ version: eb('version', '+', 1) }))
        .where('id', '=', id)
        .where('version', '=', version),
    ),
    /** The same, of one that is asked about no more. */
    end: statement(replaced, ({ id, version, ...changes }) =>
      builder
        .updateTable('discrepancies')
        .set(changes)
        .set((eb) => ({ due_at: null, version: eb('version', '+', 1) }))
        .where('id', '=', id)
        .where('version', '=', version),
    ),
    seen: statement(kindsOf('discrepancies', 'id', 'run_id'), ({ id, run_id }) =>
      builder.updateTable('discrepancies').set({ run_id }).where('id', '=', id),
    ),
    due: statement({ now: 'integer', limit: 'integer' }, ({ now, limit }) =>
      skipLocked(builder, discrepancies.where('due_at', '<=', now).orderBy('due_at').orderBy('id').limit(limit)),
    ),
    lease: statement({ id: 'text', due_at: 'integer?', until: 'integer' }, ({ id, due_at, until }) =>
      builder
        .updateTable('discrepancies')
        .set((eb) => ({ due_at: until, attempts: eb('attempts', '+', 1) }))
        .where('id', '=', id)
        .where('due_at', '=', due_at),
    ),
    postpone: statement({ id: 'text', due_at: 'integer?' }, ({ id, due_at }) =>
      builder.updateTable('discrepancies').set({ due_at }).where('id', '=', id).where('status', '=', 'open'),
    ),
    askAnew: statement({ id: 'text', due_at: 'integer' }, ({ id, due_at }) =>
      builder
        .updateTable('discrepancies')
        .set({ due_at, attempts: 0 })
        .where('id', '=', id)
        .where('status', '=', 'open'),
    ),
    insertMatch: insertion(builder, 'bill_matches'),
    findMatch: statement(kindsOf('bill_matches', 'provider', 'subject', 'bill_day'), (given) =>
      builder
        .selectFrom('bill_matches')
        .select('subject')
        .where('provider', '=', given.provider)
        .where('subject', '=', given.subject)
        .where('bill_day', '=', given.bill_day),
    ),
  }
}
