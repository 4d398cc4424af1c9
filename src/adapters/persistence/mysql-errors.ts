import { StoreUnavailable } from '../../application/transaction.ts'

/** The transaction is to be run again from its start: it lost a deadlock, a lock, or a race for a unique key. */
const VICTIM = new Set([
  'ER_LOCK_DEADLOCK',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_DUP_ENTRY',
  'ER_CHECKREAD', // MariaDB with snapshot isolation: somebody wrote what was read.
  'ER_XA_RBDEADLOCK',
])

/** The server goes, refuses to write for now, or has no room. */
const UNAVAILABLE = new Set([
  'ER_SERVER_SHUTDOWN',
  'ER_NORMAL_SHUTDOWN',
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_USER_LIMIT_REACHED',
  'ER_OPTION_PREVENTS_STATEMENT', // A primary that became a replica.
  'ER_READ_ONLY_MODE',
  'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
  'ER_DISK_FULL',
  'ER_RECORD_FILE_FULL',
  'ER_ERROR_ON_WRITE',
  'ER_OUT_OF_RESOURCES',
  'ER_QUERY_INTERRUPTED',
  'ER_STATEMENT_TIMEOUT',
  'ER_QUERY_TIMEOUT',
])

/** The connection is gone; whether the statement under way was done is not known. */
const LOST = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'PROTOCOL_PACKETS_OUT_OF_ORDER',
  'ER_CONNECTION_KILLED',
  'ER_CLIENT_INTERACTION_TIMEOUT',
  'ER_NET_READ_ERROR',
  'ER_NET_READ_INTERRUPTED',
  'ER_NET_ERROR_ON_WRITE',
  'ER_NET_WRITE_INTERRUPTED',
  'ER_UNKNOWN_COM_ERROR',
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

const isFatal = (error: unknown): boolean => error instanceof Error && 'fatal' in error && error.fatal === true

/** It waited for a lock in vain: whoever holds it may hold it for long. */
export const isLockWait = (error: unknown): boolean => codeOf(error) === 'ER_LOCK_WAIT_TIMEOUT'

export const isVictim = (error: unknown): boolean => VICTIM.has(codeOf(error))

export const isLost = (error: unknown): boolean =>
  LOST.has(codeOf(error)) || isFatal(error) || (error instanceof Error && /closed state/.test(error.message))

/** The store being unusable is told apart from a broken constraint or a bug. */
export const mysqlError = (error: unknown): unknown =>
  !(error instanceof StoreUnavailable) && (isLost(error) || isLockWait(error) || UNAVAILABLE.has(codeOf(error)))
    ? new StoreUnavailable(`MySQL can't be used: ${codeOf(error)}`, { cause: error })
    : error
