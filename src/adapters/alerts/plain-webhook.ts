import type { Robot } from './robot.ts'

/** Any other address: a plain JSON object, taken where the answer is a 2xx. */
export const plainWebhook: Robot = {
  kind: 'webhook',
  request: (url, { title, text, severity, at }) => ({
    url,
    body: { title, text, severity: severity ?? null, at: at.toISOString() },
  }),
  refusal: () => undefined,
}
