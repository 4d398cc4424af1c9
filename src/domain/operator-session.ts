/** One browser in which an operator has signed in. */
export type OperatorSession = {
  readonly id: string
  readonly operatorId: string
  /** From where it was begun. */
  readonly ip: string
  readonly userAgent: string | undefined
  readonly createdAt: Date
  /** When it was last used, to the minute. */
  readonly seenAt: Date
  readonly expiresAt: Date
}

export const SESSION_IDLE_MS = 30 * 60_000
export const SESSION_MS = 12 * 3_600_000

/** How exactly it is known when a session was last used: each note of that is a write. */
const SEEN_EVERY_MS = 60_000

/** Whether it lets in: used not long ago, and not too old altogether. */
export const isOpenSession = ({ seenAt, expiresAt }: OperatorSession, at: Date): boolean =>
  at < expiresAt && at.getTime() < seenAt.getTime() + SESSION_IDLE_MS

/** Whether it is to be noted that it was used. */
export const isUnseen = ({ seenAt }: OperatorSession, at: Date): boolean =>
  at.getTime() - seenAt.getTime() >= SEEN_EVERY_MS
