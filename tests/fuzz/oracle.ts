import { PROBLEMS } from '../../src/adapters/http/problem.ts'
import type { Change } from './change-log.ts'
import type { Outcome } from './connection.ts'
import type { Input, Reply } from './input.ts'

export type Judged = {
  readonly input: Input & { readonly isForged?: boolean }
  readonly outcome: Outcome
  /** What was written to the database meanwhile. */
  readonly changes: readonly Change[]
}

/** Written by the process itself in its own time, whoever asks. */
const IN_ITS_OWN_TIME = ['activity_counts', 'refused_callbacks']
/** Under its key a refusal is kept as any answer is. */
const KEPT_ANSWER = ['idempotency_keys']
/** What a refusal leaves behind by design, by its code. */
const BY_CODE: Readonly<Record<string, readonly string[]>> = {
  RISK_DENIED: ['risk_decisions', 'risk_hits'],
  // The intent was committed before the gateway was asked, and its refusal is a fact.
  GATEWAY_REJECTED: ['payments', 'events', 'orders'],
}
/** What is signed and wrong is kept for a person to look at, who is told by an alert. */
const ANOMALIES = ['notifications', 'incidents', 'alerts', 'events']
/** Of another amount is money all the same: it is laid aside, and no order moves. */
const LAID_ASIDE = [...ANOMALIES, 'payment_transactions', 'daily_stats']

/** A file is taken in as it comes, and goes again where it is refused. */
const TAKEN_IN = ['bills', 'bill_pieces']
const BY_VERDICT: Readonly<Record<number, readonly string[]>> = { 400: ANOMALIES, 409: LAID_ASIDE }

/** That somebody tried to sign in, or with a wrong password to set another, is on record. */
const TRIED = ['audit', 'audit_chain']

const LEAKS =
  /node_modules|\bat [^\n(]{1,80} \([^)\n]*:\d+:\d+\)|SQLITE_|SqliteError|select .* from |insert into |better-sqlite3/i

/** What is wrong with an answer and what it left behind; nothing where all is well. */
export const faultsOf = ({ input, outcome, changes }: Judged): readonly string[] => {
  if (outcome === 'silent') return ['no answer in time']
  if (outcome === 'cut') return input.isWhole ? ['the connection was closed without an answer'] : []
  const { status, body } = outcome
  const code = codeOf(outcome)
  return [
    ...(status >= 500 && code !== 'GATEWAY_REJECTED' ? [`${status} ${code ?? ''}`] : []),
    ...(status >= 400 ? formFaults(input, outcome, code) : []),
    ...(status >= 400 ? changeFaults(input, status, code, changes) : []),
    ...(input.isForged === true && status < 400 ? ['a forged message was accepted'] : []),
    ...(LEAKS.test(body) && !isDocument(input) ? [`it tells of its inside: ${LEAKS.exec(body)?.[0]}`] : []),
  ]
}

const isDocument = ({ target }: Input): boolean => target.startsWith('/docs') || target.startsWith('/openapi.json')

const codeOf = ({ body }: Reply): string | undefined => /"code":"([A-Z_]+)"/.exec(body)?.[1]

/** Node itself refuses what is no HTTP, before there is a request to be answered. */
const NODES_OWN = new Set([400, 408, 417, 431])

const formFaults = (input: Input, { status, headers, body }: Reply, code: string | undefined): readonly string[] => {
  if (input.method === 'HEAD') return []
  const type = headers.get('content-type') ?? ''
  if (body === '' && !headers.has('x-request-id') && NODES_OWN.has(status)) return []
  if (isGatewayForm(input.target, type, body)) return []
  if (!type.startsWith('application/problem+json'))
    return [`${status} is no problem document but ${type}: ${body.slice(0, 200)}`]
  const expected = Object.entries(PROBLEMS).find(([known]) => known === code)?.[1].status
  return expected === status ? [] : [`${status} with the code ${code}`]
}

/** In the words of the gateway that is to read it; points have none, and get those of the other. */
const isGatewayForm = (target: string, type: string, body: string): boolean =>
  /\/payments\/alipay\/(?:refund\/)?notify\b/.test(target)
    ? type.startsWith('text/plain') && body === 'fail'
    : /\/payments\/(?:wechat|points)\/(?:refund\/)?notify\b/.test(target) &&
      type.startsWith('application/json') &&
      body.startsWith('{"code":"FAIL","message":')

const isGone = (name: string, changes: readonly Change[]): boolean => {
  const ofTable = changes.filter(({ table }) => table === name)
  return (
    ofTable.filter(({ kind }) => kind === 'insert').length === ofTable.filter(({ kind }) => kind === 'delete').length
  )
}

const changeFaults = (
  { headers, target }: Input,
  status: number,
  code: string | undefined,
  changes: readonly Change[],
): readonly string[] => {
  const hasKey = headers.some(([name]) => name === 'Idempotency-Key')
  const allowed = new Set([
    ...IN_ITS_OWN_TIME,
    ...(hasKey ? KEPT_ANSWER : []),
    ...(BY_CODE[code ?? ''] ?? []),
    ...(/\/admin\/session(?:\/password)?(?=$|[?#])/.test(target) && status === 401 ? TRIED : []),
    ...(target.includes('/notify') ? (BY_VERDICT[status] ?? []) : []),
  ])
  const wrong = changes
    .filter(({ table }) => !allowed.has(table) && !(TAKEN_IN.includes(table) && isGone(table, changes)))
    .map(({ table, kind }) => `${kind} ${table}`)
  return wrong.length === 0
    ? []
    : [`refused with ${status} ${code ?? ''}, and changed: ${[...new Set(wrong)].join(', ')}`]
}
