import type { Logger } from 'pino'

/** Each call to a gateway is one line; one whose outcome is unknown or refused stands out. */
export const gatewayLog =
  (log: Logger) =>
  (event: string, facts: Readonly<Record<string, unknown>>): void =>
    isFailure(facts) ? log.warn({ gateway: facts }, event) : log.info({ gateway: facts }, event)

const isFailure = ({ error, reason, outcome = 'ok' }: Readonly<Record<string, unknown>>): boolean =>
  error !== undefined || reason !== undefined || outcome !== 'ok'
