import type { Container } from 'inversify'
import { createRobotAlertSender } from '../adapters/alerts/robot-alert-sender.ts'
import { createSmtpAlertSender } from '../adapters/alerts/smtp-alert-sender.ts'
import { createTencentSmsSender } from '../adapters/alerts/tencent-sms-sender.ts'
import type { Log } from '../adapters/http/deps.ts'
import type { Store } from '../adapters/persistence/store.ts'
import type { AlertSender } from '../application/alerts/alert-sender.ts'
import type { AlertTrouble } from '../application/alerts/alert-trouble.ts'
import { deliverAlerts, type NotSent } from '../application/alerts/deliver-alerts.ts'
import type { MessageQuota } from '../application/alerts/alerting.ts'
import type { Clock } from '../application/clock.ts'
import type { Randomness } from '../application/randomness.ts'
import { publicUrlOf, type Settings } from './config.ts'
import { tokens } from './tokens.ts'

/** The ways to people that the settings name. */
export type AlertSenders = readonly (AlertSender & { close(): Promise<void> })[]

/** Brings alerts to people. */
export const bindAlerts = (container: Container, report: (trouble: AlertTrouble) => void): void => {
  container
    .bind(tokens.alertSenders)
    .toResolvedValue(
      (settings: Settings, { alerting }: Store, clock: Clock) =>
        openSenders(settings, { quota: alerting.quota, clock }),
      [tokens.settings, tokens.store, tokens.clock],
    )
  container.bind(tokens.deliverAlerts).toResolvedValue(
    (
      { transaction, readers }: Store,
      clock: Clock,
      randomness: Randomness,
      senders: AlertSenders,
      settings: Settings,
    ) =>
      deliverAlerts({
        transaction,
        readers,
        clock,
        randomness,
        senders,
        quietHours: settings.ALERT_QUIET_HOURS,
        report,
      }),
    [tokens.store, tokens.clock, tokens.randomness, tokens.alertSenders, tokens.settings],
  )
}

type SmsDeps = { readonly quota: MessageQuota; readonly clock: Clock }

const openSenders = (settings: Settings, deps: SmsDeps): AlertSenders => {
  const { SMTP_URL: url, ALERT_EMAIL_TO: to } = settings
  const { ALERT_DINGTALK_SECRET: dingtalkSecret, ALERT_FEISHU_SECRET: feishuSecret } = settings
  const robots = [...new Set(settings.ALERT_WEBHOOK_URL)]
  return [
    ...(url === undefined || to === undefined
      ? []
      : [createSmtpAlertSender({ url, to, from: senderOf(settings, url) })]),
    ...robots.map((robot) => createRobotAlertSender({ url: robot, dingtalkSecret, feishuSecret })),
    ...smsSender(settings, deps),
  ]
}

const smsSender = (settings: Settings, deps: SmsDeps): AlertSenders => {
  const { ALERT_SMS_TO: to, ALERT_SMS_SECRET_ID: secretId, ALERT_SMS_SECRET_KEY: secretKey } = settings
  const { ALERT_SMS_APP_ID: appId, ALERT_SMS_SIGN: sign, ALERT_SMS_TEMPLATE_ID: templateId } = settings
  if (!to || !secretId || !secretKey || !appId || !sign || !templateId) return []
  const { ALERT_SMS_DAILY_LIMIT: dailyLimit, ALERT_SMS_ENDPOINT: endpoint } = settings
  return [createTencentSmsSender({ to, secretId, secretKey, appId, sign, templateId, dailyLimit, endpoint }, deps)]
}

/** Mail servers rarely let anybody send as somebody else than who signed in. */
const senderOf = (settings: Settings, url: string): string => {
  const user = decodeURIComponent(new URL(url).username)
  const given = settings.ALERT_EMAIL_FROM ?? (user.includes('@') ? user : undefined)
  return given ?? `shouyin@${new URL(publicUrlOf(settings)).hostname}`
}

/** What an engineer is to find in the log. */
export const alertLog =
  (log: Log) =>
  (trouble: AlertTrouble): void => {
    switch (trouble.code) {
      case 'ALERT_NOT_SENT':
        return notSent(log, trouble)
      case 'RULE_UNCHECKED':
        return log.error({ rule: trouble.rule, err: trouble.error }, 'a rule of alerts could not be checked')
    }
  }

const notSent = (log: Log, { channel, reason, isParked }: NotSent): void =>
  isParked
    ? log.error({ alert: { channel, reason } }, 'alerts could not be sent for a day and are given up')
    : log.warn({ alert: { channel, reason } }, 'alerts could not be sent, and are tried again')
