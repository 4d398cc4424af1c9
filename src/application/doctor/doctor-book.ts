import type { RefusedCallback } from '../../domain/callback-refusal.ts'
import type { DoctorReport } from '../../domain/doctor.ts'

/** What the doctor remembers: its last report, and the last refused callbacks of each kind. Nothing of it is money's. */
export interface DoctorBook {
  /** Adds to what is kept at the same provider, reason and slot, and replaces what that told. */
  addRefused(callbacks: readonly RefusedCallback[]): Promise<void>
  /** By provider, reason and slot. */
  listRefused(): Promise<readonly RefusedCallback[]>
  /** Those whose last was before. */
  forgetRefused(before: Date): Promise<void>
  keepReport(report: DoctorReport): Promise<void>
  lastReport(): Promise<DoctorReport | undefined>
}
