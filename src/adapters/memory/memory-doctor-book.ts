import type { DoctorBook } from '../../application/doctor/doctor-book.ts'
import { joinRefusals, type RefusedCallback } from '../../domain/callback-refusal.ts'
import type { DoctorReport } from '../../domain/doctor.ts'

/** Outside of any unit of work, as nothing else is written with it. */
export const memoryDoctorBook = (): DoctorBook => {
  const refused = new Map<string, RefusedCallback>()
  let last: DoctorReport | undefined
  return {
    async addRefused(callbacks) {
      for (const one of callbacks) {
        const known = refused.get(keyOf(one))
        refused.set(keyOf(one), known === undefined ? one : joinRefusals(known, one))
      }
    },
    listRefused: async () => [...refused].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one),
    async forgetRefused(before) {
      for (const [key, { lastAt }] of refused) if (lastAt < before) refused.delete(key)
    },
    keepReport: async (report) => void (last = report),
    lastReport: async () => last,
  }
}

const keyOf = ({ provider, reason, slot }: RefusedCallback): string =>
  `${provider} ${reason} ${String(slot).padStart(2, '0')}`
