import type { OperatorRecord } from '../../application/operators/operator-repository.ts'
import type { Versioned } from '../../application/versioned.ts'
import { OPERATOR_ROLES, OPERATOR_STATUSES } from '../../domain/operator.ts'
import type { OperatorSession } from '../../domain/operator-session.ts'
import { toColumn, toDate, toFlag, toOptional, wordOf } from './row-values.ts'
import type { Row } from './schema.ts'

/** The columns that may change. */
export type OperatorStateRow = Omit<Row<'operators'>, 'id' | 'name' | 'created_at' | 'updated_at' | 'version'>

export const toOperatorRow = ({ account, passwordHash }: OperatorRecord): Row<'operators'> => ({
  id: account.id,
  name: account.name,
  ...toOperatorState({ account, passwordHash }),
  created_at: account.createdAt.getTime(),
  updated_at: account.createdAt.getTime(),
  version: 1,
})

export const toOperatorState = ({ account, passwordHash }: OperatorRecord): OperatorStateRow => ({
  display_name: account.displayName,
  role: account.role,
  status: account.status,
  password_hash: passwordHash,
  must_change_password: Number(account.mustChangePassword),
  password_changed_at: account.passwordChangedAt.getTime(),
})

export const toOperator = (row: Row<'operators'>): Versioned<OperatorRecord> => ({
  value: {
    account: {
      id: row.id,
      name: row.name,
      displayName: row.display_name,
      role: wordOf(OPERATOR_ROLES, row.role),
      status: wordOf(OPERATOR_STATUSES, row.status),
      mustChangePassword: toFlag(row.must_change_password),
      passwordChangedAt: toDate(row.password_changed_at),
      createdAt: toDate(row.created_at),
    },
    passwordHash: row.password_hash,
  },
  version: row.version,
  updatedAt: toDate(row.updated_at),
})

export const toSessionRow = (session: OperatorSession, tokenHash: string): Row<'operator_sessions'> => ({
  id: session.id,
  token_hash: tokenHash,
  operator_id: session.operatorId,
  ip: session.ip,
  user_agent: toColumn(session.userAgent),
  created_at: session.createdAt.getTime(),
  seen_at: session.seenAt.getTime(),
  expires_at: session.expiresAt.getTime(),
})

export const toSession = (row: Row<'operator_sessions'>): OperatorSession => ({
  id: row.id,
  operatorId: row.operator_id,
  ip: row.ip,
  userAgent: toOptional(row.user_agent),
  createdAt: toDate(row.created_at),
  seenAt: toDate(row.seen_at),
  expiresAt: toDate(row.expires_at),
})
