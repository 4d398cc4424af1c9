import type { IncidentKind } from './incident.ts'
import type { Wording } from './wording.ts'

/** What an incident of a kind means, and what to do about it. */
export const incidentWording = (kind: string | number | undefined): Wording => WORDINGS[String(kind)] ?? UNKNOWN

const KNOWN: Readonly<Record<IncidentKind, Wording>> = {
  amount_mismatch: {
    title: { zh: '{provider} 到账金额与订单不符', en: 'A payment by {provider} has another amount than its order' },
    text: {
      zh: '订单没有发货。请在后台的“异常”里核对商户平台的实收金额，再决定补单还是退款。',
      en: 'Nothing was delivered. Compare with the merchant portal, then decide in the console between settling and refunding.',
    },
  },
  unknown_order: {
    title: { zh: '{provider} 收到一笔找不到订单的钱', en: 'Money by {provider} for an order nobody knows' },
    text: {
      zh: '可能是别的系统用了同一个商户号收款。请在商户平台核实来源，确认不是本店的订单后退款。',
      en: 'Perhaps another system uses the same merchant account. Find out in the merchant portal, and refund what is not yours.',
    },
  },
  foreign_identity: {
    title: {
      zh: '{provider} 的通知属于别的商户或应用',
      en: 'A message of {provider} belongs to another merchant or app',
    },
    text: {
      zh: '订单没有变化。请检查商户号和应用的设置，以及通知地址是否也被别的应用使用。',
      en: 'No order was changed. Check the merchant and app in the settings, and whether another app uses the notify URL.',
    },
  },
  surplus_payment: {
    title: { zh: '{provider} 有一笔重复付款', en: 'An order was paid twice, by {provider}' },
    text: {
      zh: '多付的一笔会自动全额退回，请在后台的“异常”里确认退款已完成。',
      en: 'The second payment is refunded in full by itself. See in the console that the refund is through.',
    },
  },
  late_payment: {
    title: {
      zh: '{provider} 有一笔钱在订单结束后才到账',
      en: 'A payment by {provider} came after its order had ended',
    },
    text: {
      zh: '系统会按设置自动退款或补发，通常无需处理；可在后台的“异常”里查看结果。',
      en: 'It is refunded or honoured by itself, as the settings say. The console shows the outcome.',
    },
  },
  refund_abnormal: {
    title: {
      zh: '{provider} 有一笔退款异常，顾客没有收到钱',
      en: 'A refund by {provider} is stuck: the payer has no money yet',
    },
    text: {
      zh: '多半是顾客的银行卡已注销。请联系顾客，在商户平台改退到其他账户，然后在后台标记结果。',
      en: 'Mostly the card is closed. Ask the payer, send the refund elsewhere in the merchant portal, and record it in the console.',
    },
  },
  points_shortfall: {
    title: { zh: '退款时积分已被用掉，无法全部收回', en: 'Points could not be taken back: they are spent' },
    text: {
      zh: '钱已退还，但对应的积分不足。请在后台的“异常”里查看差额，决定是否向顾客追回。',
      en: 'The money went back, but not all of the points. See the shortfall in the console, and decide whether to claim it.',
    },
  },
  contradiction: {
    title: { zh: '{provider} 对同一笔交易给出了矛盾的说法', en: '{provider} contradicts itself about a payment' },
    text: {
      zh: '系统没有改动订单。请在商户平台查看这笔交易的真实状态，再在后台处理；必要时联系渠道客服。',
      en: 'Nothing was changed. Look the payment up in the merchant portal, then settle it in the console; ask the gateway if in doubt.',
    },
  },
}

const WORDINGS: Readonly<Record<string, Wording>> = KNOWN

const UNKNOWN: Wording = {
  title: { zh: '{provider} 有一件需要人处理的事', en: 'Something at {provider} needs a person' },
  text: { zh: '请在后台的“异常”里查看并处理。', en: 'See and settle it in the console.' },
}
