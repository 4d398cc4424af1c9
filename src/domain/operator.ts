/** What people at the console are, each able to do all that those before it are. */
export const OPERATOR_ROLES = ['viewer', 'support', 'finance', 'admin'] as const
export type OperatorRole = (typeof OPERATOR_ROLES)[number]

export const OPERATOR_STATUSES = ['active', 'disabled'] as const
export type OperatorStatus = (typeof OPERATOR_STATUSES)[number]

/** Somebody who may sign in to the console. */
export type OperatorAccount = {
  readonly id: string
  /** In lower case; it never changes, since the audit log knows people by it. */
  readonly name: string
  readonly displayName: string
  readonly role: OperatorRole
  readonly status: OperatorStatus
  /** A password that somebody else has set lets in only to choose another. */
  readonly mustChangePassword: boolean
  readonly passwordChangedAt: Date
  readonly createdAt: Date
}

/** A password that was handed over is of no use after that. */
export const ONE_TIME_PASSWORD_MS = 72 * 3_600_000

/** Whether a password that has to be changed has waited for that too long. */
export const isLapsed = ({ mustChangePassword, passwordChangedAt }: OperatorAccount, at: Date): boolean =>
  mustChangePassword && at.getTime() >= passwordChangedAt.getTime() + ONE_TIME_PASSWORD_MS

/** The name as it is stored, or nothing where it can't be one. */
export const parseOperatorName = (text: string): string | undefined =>
  /^[0-9A-Za-z._-]{3,64}$/.test(text) ? text.toLowerCase() : undefined

const ACTOR = 'operator:'

/** An operator in records, where those who come with a token are called by its subject. */
export const operatorActor = (name: string): string => `${ACTOR}${name}`

/** Whether a text reads like an operator in records, which no token may claim to be. */
export const isOperatorActor = (text: string): boolean => text.startsWith(ACTOR)
