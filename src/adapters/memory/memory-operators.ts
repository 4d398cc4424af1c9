import { createHash } from 'node:crypto'
import type {
  OperatorReader,
  OperatorRecord,
  OperatorRepository,
} from '../../application/operators/operator-repository.ts'
import type {
  OperatorSessionReader,
  OperatorSessionRepository,
} from '../../application/operators/operator-session-repository.ts'
import type { Versioned } from '../../application/versioned.ts'
import { isOpenSession, type OperatorSession } from '../../domain/operator-session.ts'
import { createTable, type Draft, insertOnce, type Rows } from './table.ts'
import { firstVersion, pageOf, replaceVersion } from './versioned-rows.ts'

type OperatorRow = Versioned<OperatorRecord>
/** A session that was ended stays as a row whose token finds nothing. */
type SessionRow = { readonly session: OperatorSession; readonly tokenHash: string; readonly isGone: boolean }

export const operatorTable = () =>
  createTable<OperatorRow>(({ value }) => value.account.id, { name: ({ value }) => value.account.name })
export const sessionTable = () =>
  createTable<SessionRow>(({ session }) => session.id, {
    token: ({ tokenHash, isGone }) => (isGone ? undefined : tokenHash),
  })

export const operatorReader = (rows: Rows<OperatorRow>): OperatorReader => ({
  find: async (id) => rows.get(id),
  findByName: async (name) => rows.getBy('name', name),
  list: async (page) =>
    pageOf(
      rows.where(() => true).map(({ value }) => value.account),
      page,
      (account) => account,
    ),
  countActiveAdmins: async () =>
    rows.where(({ value: { account } }) => account.role === 'admin' && account.status === 'active').length,
})

export const operatorRepository = (rows: Draft<OperatorRow>): OperatorRepository => ({
  ...operatorReader(rows),
  insert: async (record) => rows.insert(firstVersion(record, record.account.createdAt)) === undefined,
  replace: async (before, after, at) => replaceVersion(rows, before.value.account.id, before, after, at),
})

const hashOf = (token: Uint8Array): string => createHash('sha256').update(token).digest('hex')

export const sessionReader = (rows: Rows<SessionRow>): OperatorSessionReader => ({
  find: async (token) => rows.getBy('token', hashOf(token))?.session,
  async findById(id) {
    const row = rows.get(id)
    return row?.isGone === false ? row.session : undefined
  },
  listOpen: async (operatorId, at, page) =>
    pageOf(
      rows
        .where(({ session, isGone }) => !isGone && session.operatorId === operatorId && isOpenSession(session, at))
        .map(({ session }) => session),
      page,
      (session) => session,
    ),
})

export const sessionRepository = (rows: Draft<SessionRow>): OperatorSessionRepository => {
  const endWhere = (test: (session: OperatorSession) => boolean): number => {
    const ending = rows.where(({ session, isGone }) => !isGone && test(session))
    for (const row of ending) rows.put({ ...row, isGone: true })
    return ending.length
  }
  return {
    ...sessionReader(rows),
    async insert(session, token) {
      insertOnce(rows, { session, tokenHash: hashOf(token), isGone: false })
    },
    async seen(id, at) {
      const row = rows.get(id)
      if (row?.isGone === false && row.session.seenAt < at)
        rows.put({ ...row, session: { ...row.session, seenAt: at } })
    },
    end: async (id) => endWhere((session) => session.id === id) === 1,
    async endAll(operatorId, except) {
      endWhere((session) => session.operatorId === operatorId && session.id !== except)
    },
    async endExpired(at) {
      endWhere(({ expiresAt }) => expiresAt <= at)
    },
  }
}
