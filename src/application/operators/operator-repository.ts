import type { OperatorAccount } from '../../domain/operator.ts'
import type { Page, PageRequest } from '../page.ts'
import type { Versioned } from '../versioned.ts'

/** An account with what its password is checked against, which goes nowhere else. */
export type OperatorRecord = { readonly account: OperatorAccount; readonly passwordHash: string }

export interface OperatorReader {
  find(id: string): Promise<Versioned<OperatorRecord> | undefined>
  /** By a name in lower case. */
  findByName(name: string): Promise<Versioned<OperatorRecord> | undefined>
  /** Newest first. */
  list(page: PageRequest): Promise<Page<OperatorAccount>>
  /** How many could give others access: admins who may sign in. */
  countActiveAdmins(): Promise<number>
}

export interface OperatorRepository extends OperatorReader {
  /** `false` where its id or its name is taken; nothing is written then. */
  insert(record: OperatorRecord): Promise<boolean>
  /** Writes only if nobody wrote since `before` was read. */
  replace(before: Versioned<OperatorRecord>, after: OperatorRecord, at: Date): Promise<boolean>
}
