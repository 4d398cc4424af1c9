import { type DestinationStream, type Logger, pino } from 'pino'

const SECRETS = [
  'authorization',
  'cookie',
  'token',
  'secret',
  'password',
  'key',
  'privateKey',
  'apiV3Key',
  'sign',
  'signature',
  'paySign',
  'openid',
  'payer',
  'code',
]

type Options = {
  readonly destination?: DestinationStream
  /** What each line carries by itself. */
  readonly fields?: () => Readonly<Record<string, string>>
}

/** One JSON object a line; what is named like a secret is blanked, and of an error only its kind, text and place remain. */
export const createLogger = (level: string, { destination, fields = () => ({}) }: Options = {}): Logger =>
  pino(
    {
      level,
      mixin: () => ({ ...fields() }), // A copy, since pino writes the line's own fields into it.
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
      serializers: { err: describeError },
    },
    destination ?? pino.destination({ sync: false }),
  )

/** HTTP clients and drivers hang requests, keys and rows on their errors: none of that is logged. */
export const describeError = (error: unknown): Readonly<Record<string, unknown>> => {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an error object' }
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) }
  return { type: error.name, message: error.message, stack: error.stack, ...cause }
}
