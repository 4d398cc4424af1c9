/** Who may sign in to the console, and where they have, as part of the tables in `schema.ts`. */
export const OPERATOR_TABLES = {
  operators: {
    id: 'text',
    name: 'text',
    display_name: 'text',
    role: 'text',
    status: 'text',
    password_hash: 'text',
    must_change_password: 'integer',
    password_changed_at: 'integer',
    created_at: 'integer',
    updated_at: 'integer',
    version: 'integer',
  },
  operator_sessions: {
    id: 'text',
    token_hash: 'text',
    operator_id: 'text',
    ip: 'text',
    user_agent: 'text?',
    created_at: 'integer',
    seen_at: 'integer',
    expires_at: 'integer',
  },
} as const
