import { createHash } from 'node:crypto'
import { type Kysely, sql, type SqlBool } from 'kysely'
import type { OperatorSessionRepository } from '../../application/operators/operator-session-repository.ts'
import type { Page, PageRequest } from '../../application/page.ts'
import { type OperatorSession, SESSION_IDLE_MS } from '../../domain/operator-session.ts'
import type { Executor } from './executor.ts'
import { toSession, toSessionRow } from './operator-row.ts'
import { pageConditions, pageOf } from './paging.ts'
import { readBy } from './read-by.ts'
import { type DB, kindsOf } from './schema.ts'
import { insertion, query, statement } from './statement.ts'

export const operatorSessionStatements = (builder: Kysely<DB>) => {
  const sessions = builder.selectFrom('operator_sessions').selectAll()
  const ended = builder.deleteFrom('operator_sessions')
  return {
    find: statement(kindsOf('operator_sessions', 'token_hash'), ({ token_hash }) =>
      sessions.where('token_hash', '=', token_hash),
    ),
    findById: statement(kindsOf('operator_sessions', 'id'), ({ id }) => sessions.where('id', '=', id)),
    insert: insertion(builder, 'operator_sessions'),
    seen: statement(kindsOf('operator_sessions', 'id', 'seen_at'), ({ id, seen_at }) =>
      builder.updateTable('operator_sessions').set({ seen_at }).where('id', '=', id).where('seen_at', '<', seen_at),
    ),
    end: statement(kindsOf('operator_sessions', 'id'), ({ id }) => ended.where('id', '=', id)),
    endAll: statement(kindsOf('operator_sessions', 'operator_id', 'id'), ({ operator_id, id }) =>
      ended.where('operator_id', '=', operator_id).where('id', '<>', id),
    ),
    endExpired: statement(kindsOf('operator_sessions', 'expires_at'), ({ expires_at }) =>
      ended.where('expires_at', '<=', expires_at),
    ),
    listOpen: (operatorId: string, atMs: number, page: PageRequest) =>
      readBy(builder, 'operator_sessions', 'operator_sessions_by_operator')
        .selectAll()
        .where('operator_id', '=', operatorId)
        // In an expression, so that no other index than that of the page is thought of.
        .where(sql<SqlBool>`coalesce(${sql.ref('expires_at')}, 0) > ${atMs}`)
        .where('seen_at', '>', atMs - SESSION_IDLE_MS)
        .where((eb) => eb.and([...pageConditions(page)]))
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(page.limit + 1),
  }
}

const hashOf = (token: Uint8Array): string => createHash('sha256').update(token).digest('hex')

/** No session has it. */
const NONE = ''

export class KyselyOperatorSessionRepository implements OperatorSessionRepository {
  readonly #sql: ReturnType<typeof operatorSessionStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof operatorSessionStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async find(token: Uint8Array): Promise<OperatorSession | undefined> {
    const row = await this.#sql.find.first(this.#on, { token_hash: hashOf(token) })
    return row && toSession(row)
  }

  async findById(id: string): Promise<OperatorSession | undefined> {
    const row = await this.#sql.findById.first(this.#on, { id })
    return row && toSession(row)
  }

  async listOpen(operatorId: string, at: Date, page: PageRequest): Promise<Page<OperatorSession>> {
    const rows = await query(this.#on, this.#sql.listOpen(operatorId, at.getTime(), page))
    return pageOf(rows.map(toSession), page, (session) => session)
  }

  insert(session: OperatorSession, token: Uint8Array): Promise<void> {
    return this.#sql.insert(this.#on, [toSessionRow(session, hashOf(token))])
  }

  async seen(id: string, at: Date): Promise<void> {
    await this.#sql.seen.change(this.#on, { id, seen_at: at.getTime() })
  }

  async end(id: string): Promise<boolean> {
    return (await this.#sql.end.change(this.#on, { id })) === 1
  }

  async endAll(operatorId: string, except = NONE): Promise<void> {
    await this.#sql.endAll.change(this.#on, { operator_id: operatorId, id: except })
  }

  async endExpired(at: Date): Promise<void> {
    await this.#sql.endExpired.change(this.#on, { expires_at: at.getTime() })
  }
}
