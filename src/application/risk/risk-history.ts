import type { PastOrder } from '../../domain/risk.ts'

/** What a user has done so far, as far as it tells something about the next thing. */
export interface RiskHistory {
  /** The latest, newest first, without the one of this id. */
  orders(userId: string, without: string, limit: number): Promise<readonly PastOrder[]>
  /** When the latest payments were opened, newest first. */
  payments(userId: string, limit: number): Promise<readonly Date[]>
}
