/** What a broker has yet to take, as part of the tables in `schema.ts`. */
export const BROKER_TABLES = {
  broker_queue: {
    event_id: 'text',
    type: 'text',
    stream: 'text',
    seq: 'integer',
    body: 'text',
    happened_at: 'integer',
    created_at: 'integer',
  },
  broker_publisher: { id: 'text', holder: 'text', leased_until: 'integer' },
} as const
