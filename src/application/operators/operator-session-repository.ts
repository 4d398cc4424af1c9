import type { OperatorSession } from '../../domain/operator-session.ts'
import type { Page, PageRequest } from '../page.ts'

/** Sessions by the hash of their token; the token itself is nowhere but in the browser. */
export interface OperatorSessionReader {
  find(token: Uint8Array): Promise<OperatorSession | undefined>
  findById(id: string): Promise<OperatorSession | undefined>
  /** Those of an operator that let in at this time, newest first. */
  listOpen(operatorId: string, at: Date, page: PageRequest): Promise<Page<OperatorSession>>
}

export interface OperatorSessionRepository extends OperatorSessionReader {
  insert(session: OperatorSession, token: Uint8Array): Promise<void>
  /** Notes that it was used; never takes the time back. */
  seen(id: string, at: Date): Promise<void>
  /** `false` where it has ended before. */
  end(id: string): Promise<boolean>
  /** Ends all of an operator, but for one. */
  endAll(operatorId: string, except?: string): Promise<void>
  /** Forgets those whose time is over. */
  endExpired(at: Date): Promise<void>
}
