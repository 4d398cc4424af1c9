import type { RefusalReason } from './callback-refusal.ts'
import type { VerdictStep } from './callback-verdict.ts'
import type { Bilingual } from './wording.ts'

/** What to do where a step failed. */
export const STEP_ADVICE: Readonly<Record<VerdictStep, Bilingual>> = {
  address: {
    zh: '来源不在白名单里。若它是代理的地址，把代理填入 TRUSTED_PROXIES；若渠道换了网段，更新 *_NOTIFY_ALLOWED_IPS。',
    en: 'Not on the allow-list. Where it is a proxy, add it to TRUSTED_PROXIES; where the gateway has moved, update *_NOTIFY_ALLOWED_IPS.',
  },
  method: {
    zh: '渠道只用 POST。变成别的方法，多半是前面的跳转：让代理对通知地址不跳转。',
    en: 'Gateways send POST. Another method mostly comes of a redirect in front: have the proxy not redirect the notify URL.',
  },
  size: {
    zh: '真实通知只有几 KB，多半不是渠道发来的。',
    en: 'Genuine ones have a few KB: this is hardly from a gateway.',
  },
  signature_parts: {
    zh: '签名用的请求头或字段没有到达。多半是代理丢掉了它们：运行 doctor 的通知地址检查。',
    en: 'What carries the signature did not arrive. Mostly a proxy drops it: run the check of the notify URLs.',
  },
  algorithm: {
    zh: '签名算法不是我们要求的。支付宝请在开放平台把应用的签名方式设为 RSA2。',
    en: "Another algorithm than required. For Alipay set the application's signature to RSA2.",
  },
  timestamp: {
    zh: '与本机时间相差超过 5 分钟。校准本机时钟（NTP）；时钟无误时，多半是重放。',
    en: 'More than 5 minutes from our clock. Set the clock (NTP); where it is right, this is a replay.',
  },
  serial: {
    zh: '签名所用的密钥我们不认识。核对 WECHAT_PAY_PUBLIC_KEY_ID，或确认服务器能下载平台证书；也可能属于别的商户。',
    en: 'Signed with a key we do not know. Compare WECHAT_PAY_PUBLIC_KEY_ID, or see that platform certificates can be fetched; it may be for another merchant.',
  },
  signature: {
    zh: '签名与正文不符：要么渠道公钥不对，要么代理改动了正文，要么是伪造。先运行 doctor 的通知地址检查，再核对公钥。',
    en: 'Signature and body differ: the key of the gateway is wrong, a proxy changed the body, or it is forged. Run the check of the notify URLs, then compare the key.',
  },
  content: {
    zh: '内容解不开或读不懂。核对 APIv3 密钥；若刚刚换过，把旧密钥也留在设置里（逗号分隔）。',
    en: 'It can not be opened or read. Compare the APIv3 key; where it was just changed, keep the old one behind a comma.',
  },
  identity: {
    zh: '属于别的商户号或应用。核对商户号和应用，并检查是否有别的系统用了这个通知地址。',
    en: 'It belongs to another merchant or app. Compare both, and see whether another system uses this notify URL.',
  },
  order: {
    zh: '没有这个订单号。可能是别的系统用同一个商户号收的款；在商户平台核实。',
    en: 'There is no such order. Perhaps another system takes money by the same merchant; look in the merchant portal.',
  },
  amount: {
    zh: '金额与订单不符，订单没有变化。在商户平台核对实收金额，再决定补单或退款。',
    en: 'Another amount than the order has, which is unchanged. Compare in the merchant portal, then settle or refund.',
  },
  state: {
    zh: '订单已由另一笔付款完成，或已经结束；这笔钱按设置退回。',
    en: 'The order was paid by another payment or has ended; this money goes back as the settings say.',
  },
}

/** What a reason is called where there is one line for it. */
export const REFUSAL_TERMS: Readonly<Record<RefusalReason, Bilingual>> = {
  wrong_method: { zh: '不是 POST', en: 'not POST' },
  wrong_address: { zh: '来源不在白名单', en: 'not on the allow-list' },
  too_large: { zh: '正文过大', en: 'too large' },
  unreadable: { zh: '正文无法识别', en: 'unreadable' },
  missing: { zh: '没有签名', en: 'no signature' },
  algorithm: { zh: '签名算法不对', en: 'another algorithm' },
  stale: { zh: '时间相差超过 5 分钟', en: 'more than 5 minutes off' },
  unknown_serial: { zh: '密钥序列号不认识', en: 'signed with an unknown key' },
  mismatch: { zh: '签名与正文不符', en: 'signature and body differ' },
}
