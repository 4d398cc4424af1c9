import type { AlertFacts, AlertRule } from './alert-rules.ts'
import type { IncidentKind } from './incident.ts'

/** What a text message has room for: a variable of its template holds six characters. */
export const BRIEF_LENGTH = 6

/** An alert in six characters of Chinese at most. */
export const briefOf = ({ rule, facts }: { readonly rule: AlertRule; readonly facts: AlertFacts }): string =>
  rule === 'incident_opened' ? (INCIDENTS[String(facts['kind'])] ?? '资金异常') : RULES[rule]

const RULES: Readonly<Record<Exclude<AlertRule, 'incident_opened'>, string>> = {
  reconciliation_failed: '对账失败',
  reconciliation_late: '账单未出',
  reconciliation_differences: '对账有差异',
  callbacks_failing: '通知未通过',
  callbacks_missing: '支付通知中断',
  payment_failure_rate: '支付失败多',
  payment_success_rate: '支付成功率低',
  callback_delay: '支付通知慢',
  payments_stuck: '支付无结果',
  refund_success_rate: '退款成功率低',
  refunds_stuck: '退款未到账',
  error_rate: '系统出错',
  unusual_activity: '异常活动',
  risk_review: '订单待复核',
  certificate_expiring: '证书将到期',
  webhook_parked: '推送未送达',
  low_stock: '库存不足',
  gateway_errors: '渠道应答差',
  gateway_unavailable: '渠道无应答',
  jobs_behind: '后台任务落后',
  rule_unchecked: '告警检查失败',
}

const KINDS: Readonly<Record<IncidentKind, string>> = {
  amount_mismatch: '金额不符',
  unknown_order: '收款无订单',
  foreign_identity: '商户号不符',
  surplus_payment: '重复付款',
  late_payment: '过期后到账',
  refund_abnormal: '退款异常',
  points_shortfall: '积分不足扣',
  contradiction: '渠道说法矛盾',
}

const INCIDENTS: Readonly<Record<string, string>> = KINDS
