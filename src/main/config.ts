import { err, ok, type Result } from 'neverthrow'
import { z } from 'zod'
import { type Environment, readSettings } from './environment.ts'
import {
  address,
  alertThresholds,
  databaseUrl,
  encryptionKeys,
  flag,
  headers,
  list,
  mailServer,
  mobiles,
  money,
  network,
  origin,
  quietHours,
  rate,
  schedule,
  share,
  whole,
} from './setting-types.ts'

const text = z.string().min(1)

/** Every setting of the service, by its variable's name; secrets are never repeated in a message. */
const schema = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  HOST: text.default('127.0.0.1'),
  PORT: whole(1, 65_535).default(3000),
  PUBLIC_URL: origin.optional(),
  DATABASE_URL: databaseUrl.default('sqlite:./data/shouyin.db'),
  AUTO_MIGRATE: flag.default(true),
  JWT_SECRET: text.refine((secret) => Buffer.byteLength(secret) >= 32, 'at least 32 bytes').optional(),
  JWT_JWKS_URL: address.optional(),
  JWT_ISSUER: text.optional(),
  JWT_AUDIENCE: text.optional(),
  DATA_ENCRYPTION_KEY: encryptionKeys.optional(),
  ORDER_TTL_SECONDS: whole(60, 604_800).default(1800),
  RECOVERY_SCHEDULE: schedule.prefault('15s,30s,1m,3m,10m,30m,1h'),
  SCHEDULER_TICK_MS: whole(10, 60_000).default(1000),
  GATEWAY_TIMEOUT_MS: whole(100, 60_000).default(3000),
  REFUND_APPROVAL: z.enum(['auto', 'manual']).default('auto'),
  FOUR_EYES_ABOVE: money.optional(),
  REFUND_WINDOW_DAYS: whole(1, 3650).default(365),
  POINTS_PER_YUAN: whole(1, 1_000_000).default(100),
  LATE_PAYMENT_POLICY: z.enum(['refund', 'honour']).default('refund'),
  WECHAT_APP_ID: text.optional(),
  WECHAT_MCH_ID: text.optional(),
  WECHAT_API_V3_KEY: text.optional(),
  WECHAT_API_CLIENT_CERT: text.optional(),
  WECHAT_API_CLIENT_KEY: text.optional(),
  WECHAT_API_SERIAL_NO: text.optional(),
  WECHAT_PAY_PUBLIC_KEY: text.optional(),
  WECHAT_PAY_PUBLIC_KEY_ID: text.optional(),
  WECHAT_NOTIFY_URL: address.optional(),
  WECHAT_REFUND_NOTIFY_URL: address.optional(),
  WECHAT_BASE_URL: origin.default('https://api.mch.weixin.qq.com'),
  ALIPAY_APP_ID: text.optional(),
  ALIPAY_PRIVATE_KEY: text.optional(),
  ALIPAY_PUBLIC_KEY: text.optional(),
  ALIPAY_SELLER_ID: text.optional(),
  ALIPAY_APP_CERT: text.optional(),
  ALIPAY_CERT: text.optional(),
  ALIPAY_ROOT_CERT: text.optional(),
  ALIPAY_GATEWAY_URL: address.default('https://openapi.alipay.com/gateway.do'),
  ALIPAY_NOTIFY_URL: address.optional(),
  ALIPAY_REFUND_NOTIFY_URL: address.optional(),
  ALIPAY_RETURN_URL: address.optional(),
  WECHAT_NOTIFY_ALLOWED_IPS: list(network).optional(),
  ALIPAY_NOTIFY_ALLOWED_IPS: list(network).optional(),
  TRUSTED_PROXIES: list(network).prefault(''),
  RETURN_URL_ORIGINS: list(origin).optional(),
  CORS_ORIGINS: list(origin).prefault(''),
  RATE_LIMIT_ORDERS_PER_USER: rate.prefault('20/300s'),
  RATE_LIMIT_ORDERS_PER_IP: rate.prefault('300/3600s'),
  RATE_LIMIT_PAYMENTS_PER_USER: rate.prefault('5/300s'),
  RATE_LIMIT_PAYMENTS_PER_IP: rate.prefault('100/3600s'),
  REDIS_URL: text.regex(/^rediss?:\/\//, 'redis://host:port').optional(),
  AMQP_URL: text
    .regex(/^amqps?:\/\//, 'amqp://host:port')
    .refine((url) => URL.canParse(url), 'amqp://host:port')
    .optional(),
  SMTP_URL: mailServer.optional(),
  ALERT_EMAIL_TO: list(z.email('mail addresses, comma-separated')).optional(),
  ALERT_EMAIL_FROM: z.email('a mail address').optional(),
  ALERT_WEBHOOK_URL: list(address).prefault(''),
  ALERT_DINGTALK_SECRET: text.optional(),
  ALERT_FEISHU_SECRET: text.optional(),
  ALERT_SMS_TO: mobiles.optional(),
  ALERT_SMS_SECRET_ID: text.optional(),
  ALERT_SMS_SECRET_KEY: text.optional(),
  ALERT_SMS_APP_ID: text.optional(),
  ALERT_SMS_SIGN: text.optional(),
  ALERT_SMS_TEMPLATE_ID: text.optional(),
  ALERT_SMS_DAILY_LIMIT: whole(1, 1000).default(20),
  ALERT_SMS_ENDPOINT: origin.optional(),
  ALERT_QUIET_HOURS: quietHours.optional(),
  ALERT_THRESHOLDS: alertThresholds,
  METRICS_TOKEN: text.refine((token) => Buffer.byteLength(token) >= 16, 'at least 16 bytes').optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: address.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: headers.prefault(''),
  OTEL_SERVICE_NAME: text.default('shouyin'),
  OTEL_TRACES_SAMPLER_ARG: share.prefault('1'),
  WEBHOOK_ALLOW_PRIVATE: flag.default(false),
  SANDBOX: z.enum(['auto', 'off']).default('auto'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
})

export type Settings = z.output<typeof schema>

/** Each may be given as it is, or as `X_FILE`. */
export const SETTING_NAMES: readonly string[] = Object.keys(schema.shape)

export type ConfigError = { readonly code: 'SETTINGS_INVALID'; readonly problems: readonly string[] }

/** Reads and checks all settings together, so that a wrong start names every fault at once. */
export const loadSettings = (environment: Environment): Result<Settings, ConfigError> => {
  const { values, problems } = readSettings(environment, SETTING_NAMES)
  const parsed = schema.safeParse(values)
  const faults = parsed.success
    ? rules(parsed.data)
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  const all = [...problems, ...faults]
  return parsed.success && all.length === 0 ? ok(parsed.data) : err({ code: 'SETTINGS_INVALID', problems: all })
}

/** All that a command on the database itself needs; it may run where no other secret is. */
export type DatabaseSettings = Pick<Settings, 'DATABASE_URL'>

export const loadDatabaseSettings = (environment: Environment): Result<DatabaseSettings, ConfigError> => {
  const { values, problems } = readSettings(environment, ['DATABASE_URL'])
  const parsed = schema.pick({ DATABASE_URL: true }).safeParse(values)
  const faults = parsed.error?.issues.map(({ message }) => `DATABASE_URL: ${message}`) ?? []
  const all = [...problems, ...faults]
  return parsed.success && all.length === 0 ? ok(parsed.data) : err({ code: 'SETTINGS_INVALID', problems: all })
}

export const isProduction = ({ NODE_ENV }: Settings): boolean => NODE_ENV === 'production'

/** Where gateways and payers reach the service. */
export const publicUrlOf = ({ PUBLIC_URL, HOST, PORT }: Settings): string => PUBLIC_URL ?? `http://${HOST}:${PORT}`

export const hasWechat = (settings: Settings): boolean => settings.WECHAT_MCH_ID !== undefined

export const hasAlipay = (settings: Settings): boolean => settings.ALIPAY_APP_ID !== undefined

/** The sandbox stands in for both gateways only where none is configured and nobody's money is at stake. */
export const usesSandbox = (settings: Settings): boolean =>
  settings.SANDBOX === 'auto' && !isProduction(settings) && !hasWechat(settings) && !hasAlipay(settings)

/** What depends on several settings. */
const rules = (settings: Settings): readonly string[] => [
  ...together(settings, 'WeChat Pay', [
    'WECHAT_APP_ID',
    'WECHAT_MCH_ID',
    'WECHAT_API_V3_KEY',
    'WECHAT_API_CLIENT_KEY',
    'WECHAT_API_SERIAL_NO',
  ]),
  ...together(settings, 'WeChat Pay public-key mode', ['WECHAT_PAY_PUBLIC_KEY', 'WECHAT_PAY_PUBLIC_KEY_ID']),
  ...together(settings, 'Alipay', ['ALIPAY_APP_ID', 'ALIPAY_PRIVATE_KEY']),
  ...together(settings, 'Alipay certificate mode', ['ALIPAY_APP_CERT', 'ALIPAY_CERT', 'ALIPAY_ROOT_CERT']),
  ...(hasAlipay(settings) && settings.ALIPAY_PUBLIC_KEY === undefined && settings.ALIPAY_CERT === undefined
    ? ['ALIPAY_PUBLIC_KEY: needed, or the three certificates']
    : []),
  ...together(settings, 'mails of alerts', ['SMTP_URL', 'ALERT_EMAIL_TO']),
  ...together(settings, 'text messages of alerts', [
    'ALERT_SMS_TO',
    'ALERT_SMS_SECRET_ID',
    'ALERT_SMS_SECRET_KEY',
    'ALERT_SMS_APP_ID',
    'ALERT_SMS_SIGN',
    'ALERT_SMS_TEMPLATE_ID',
  ]),
  ...((settings.ALERT_SMS_TO?.length ?? 0) > settings.ALERT_SMS_DAILY_LIMIT
    ? ['ALERT_SMS_DAILY_LIMIT: one message to everybody in ALERT_SMS_TO is more than that']
    : []),
  ...(settings.ALERT_SMS_ENDPOINT?.startsWith('https:') ? ['ALERT_SMS_ENDPOINT: plain http, for tests'] : []),
  ...(settings.JWT_SECRET !== undefined && settings.JWT_JWKS_URL !== undefined
    ? ['JWT_SECRET: give it or JWT_JWKS_URL, not both']
    : []),
  ...(isProduction(settings) ? productionRules(settings) : []),
]

const together = (settings: Settings, what: string, names: readonly (keyof Settings)[]): readonly string[] => {
  const missing = names.filter((name) => settings[name] === undefined)
  return missing.length === 0 || missing.length === names.length
    ? []
    : missing.map((name) => `${name}: needed for ${what}`)
}

/** Answers are signed, but what we ask and what payers pay is nobody else's business. */
const isTrustworthy = (address: string): boolean =>
  address.startsWith('https://') && !/^https:\/\/(localhost|127\.|\[::1\])/.test(address)

const productionRules = (settings: Settings): readonly string[] => [
  ...(hasWechat(settings) || hasAlipay(settings) ? [] : ['WECHAT_MCH_ID: in production a gateway must be configured']),
  ...(['WECHAT_BASE_URL', 'ALIPAY_GATEWAY_URL'] as const)
    .filter((name) => !isTrustworthy(settings[name]))
    .map((name) => `${name}: in production https, and no sandbox on this machine`),
  ...(settings.JWT_SECRET === undefined && settings.JWT_JWKS_URL === undefined
    ? ['JWT_SECRET: needed in production, or JWT_JWKS_URL']
    : []),
  ...(['DATA_ENCRYPTION_KEY', 'PUBLIC_URL'] as const)
    .filter((name) => settings[name] === undefined)
    .map((name) => `${name}: needed in production`),
  // Whoever answers there says which tokens are good.
  ...(settings.JWT_JWKS_URL?.startsWith('http:') === true ? ['JWT_JWKS_URL: in production https'] : []),
  // The address of a robot is its secret.
  ...(settings.ALERT_WEBHOOK_URL.some((url) => !url.startsWith('https://'))
    ? ['ALERT_WEBHOOK_URL: in production https']
    : []),
  ...(settings.ALERT_SMS_ENDPOINT === undefined ? [] : ['ALERT_SMS_ENDPOINT: not in production']),
  ...(settings.WEBHOOK_ALLOW_PRIVATE ? ['WEBHOOK_ALLOW_PRIVATE: not in production'] : []),
]
