import { type AlertRule, isAlertRule } from './alert-rules.ts'
import { briefOf } from './alert-brief.ts'
import { REFUSAL_TERMS, STEP_ADVICE } from './verdict-wording.ts'
import type { Bilingual } from './wording.ts'

/** What some facts stand for, in the words of people; `undefined` where the fact speaks for itself. */
export const termFor = (fact: string, value: string): Bilingual | undefined =>
  fact === 'rule' ? ruleTerm(value) : TERMS[fact]?.[value]

const ruleTerm = (value: string): Bilingual | undefined =>
  isAlertRule(value) ? { zh: briefOf({ rule: value, facts: {} }), en: spaced(value) } : undefined

const spaced = (rule: AlertRule): string => rule.replaceAll('_', ' ')

const TERMS: Readonly<Record<string, Readonly<Record<string, Bilingual>>>> = {
  provider: {
    wechat: { zh: '微信支付', en: 'WeChat Pay' },
    alipay: { zh: '支付宝', en: 'Alipay' },
    points: { zh: '积分', en: 'points' },
  },
  certificate: {
    wechat_merchant: { zh: '微信支付商户 API 证书', en: "The merchant's API certificate of WeChat Pay" },
    wechat_platform: { zh: '微信支付平台证书', en: 'The platform certificate of WeChat Pay' },
    alipay_app: { zh: '支付宝应用公钥证书', en: "The application's certificate of Alipay" },
    alipay_platform: { zh: '支付宝公钥证书', en: "Alipay's own certificate" },
  },
  activity: {
    wrong_codes: { zh: '兑换码被反复试错', en: 'access codes are being guessed' },
    limited_requests: { zh: '大量请求超过限制', en: 'many requests above the limits' },
    denied_payments: { zh: '大量支付被风控拒绝', en: 'many payments denied as a risk' },
    wrong_tokens: { zh: '大量请求的登录凭证无效', en: 'many requests with invalid tokens' },
    many_refunds: { zh: '退款突然增多', en: 'unusually many refunds' },
  },
  job: {
    orders: { zh: '订单过期处理', en: 'ending of orders' },
    payments: { zh: '支付结果查询', en: 'asking about payments' },
    refunds: { zh: '退款处理', en: 'refunds' },
    refund_clues: { zh: '退款线索查询', en: 'tracing of refunds' },
    events: { zh: '事件分发', en: 'handing on of events' },
    alert_deliveries: { zh: '告警发送', en: 'sending of alerts' },
    reconciliations: { zh: '对账', en: 'reconciliation' },
    discrepancies: { zh: '对账差异处理', en: 'mending of differences' },
    broker_queue: { zh: '消息队列投递', en: 'publishing to the broker' },
  },
  refusal: REFUSAL_TERMS,
  step: STEP_ADVICE,
}
