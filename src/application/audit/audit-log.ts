/** What an operator did: who, why, what it was before and after. Never changed or deleted. */
export type AuditEntry = {
  readonly id: string
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly reason: string | undefined
  readonly before: unknown
  readonly after: unknown
  readonly requestId: string
  readonly ip: string | undefined
  readonly at: Date
}

export interface AuditLog {
  append(entry: AuditEntry): Promise<void>
}
