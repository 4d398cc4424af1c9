import type { PersonalRead } from '../../application/audit/note-read.ts'
import type { Caller } from './access.ts'
import type { HttpDeps } from './deps.ts'
import { operatorOf } from './operator.ts'

/** Declared by a route that shows data of people: how a look at it is called in the audit log, and who writes it there. */
export type Personal = { readonly action: string; readonly notedBy: 'route' | 'use case' }

type Look = {
  readonly caller: Caller
  readonly requestId: string
  readonly ip: string
  readonly params: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, unknown>>
}

/** Puts a look on record; what was found must not leave before this is done. */
export const noteLook = async (
  deps: Pick<HttpDeps, 'noteRead'>,
  { action, notedBy }: Personal,
  { caller, ...look }: Look,
): Promise<void> => {
  if (notedBy === 'use case') return
  if (caller === undefined || caller.kind === 'cashier') throw new Error(`${action} is open to others than operators`)
  await deps.noteRead(readOf(action, look), operatorOf({ ...look, caller }))
}

/** The first page and all further ones are two looks: what matters is whether somebody read on, not how far. */
const readOf = (action: string, { params, query }: Pick<Look, 'params' | 'query'>): PersonalRead => {
  const { cursor, limit: _, ...criteria } = query
  const [named = query['userId']] = Object.values(params)
  const subject = typeof named === 'string' ? named : '*'
  return { action, subject, criteria: cursor === undefined ? criteria : { ...criteria, isContinued: true } }
}
