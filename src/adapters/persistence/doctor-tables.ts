/** What the doctor remembers, as part of the tables in `schema.ts`. */
export const DOCTOR_TABLES = {
  refused_callbacks: {
    provider: 'text',
    reason: 'text',
    slot: 'integer',
    place: 'text',
    evidence: 'text',
    occurrences: 'integer',
    first_at: 'integer',
    last_at: 'integer',
  },
  doctor_reports: { id: 'text', findings: 'text', started_at: 'integer', finished_at: 'integer' },
} as const
