/** Who is turned away, and why, as part of the tables in `schema.ts`. */
export const RISK_TABLES = {
  blacklist: {
    id: 'text',
    network: 'text',
    address: 'text',
    reason: 'text',
    expires_at: 'integer?',
    created_by: 'text',
    created_at: 'integer',
  },
  risk_decisions: {
    id: 'text',
    action: 'text',
    user_id: 'text?',
    address: 'text?',
    order_id: 'text?',
    score: 'integer',
    outcome: 'text',
    reasons: 'text',
    refusal_key: 'text?',
    created_at: 'integer',
  },
  risk_hits: {
    decision_id: 'text',
    rule: 'text',
    mode: 'text',
    outcome: 'text',
    order_id: 'text?',
    created_at: 'integer',
  },
  risk_settings: { name: 'text', setting: 'text', updated_at: 'integer', version: 'integer' },
} as const
