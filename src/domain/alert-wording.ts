import type { AlertFacts, AlertRule } from './alert-rules.ts'
import { filled } from './filled-wording.ts'
import { incidentWording } from './incident-wording.ts'
import type { Wording } from './wording.ts'

/** An alert in words that the owner of a shop understands. */
export const alertWording = ({ rule, facts }: { readonly rule: AlertRule; readonly facts: AlertFacts }): Wording => {
  const { title, text } = rule === 'incident_opened' ? incidentWording(facts['kind']) : WORDINGS[rule]
  return { title: filled(title, facts), text: filled(text, facts) }
}

const WORDINGS: Readonly<Record<Exclude<AlertRule, 'incident_opened'>, Wording>> = {
  reconciliation_failed: {
    title: { zh: '{provider} {day} 的对账失败', en: 'Reconciliation of {provider} for {day} failed' },
    text: {
      zh: '原因：{reason}。请在后台的“对账”里重新运行；若仍失败，请从商户平台下载账单后导入。',
      en: 'Reason: {reason}. Run it again in the console; if it fails again, download the bill from the merchant portal and import it.',
    },
  },
  reconciliation_late: {
    title: { zh: '{provider} {day} 的账单还没有出', en: 'The bill of {provider} for {day} is late' },
    text: {
      zh: '系统会继续自动去取。若今天之内仍没有，请登录商户平台查看，或下载账单后导入。',
      en: 'It is asked for again by itself. If it is not there by the end of the day, look in the merchant portal or import the bill.',
    },
  },
  reconciliation_differences: {
    title: { zh: '{provider} {day} 的对账有 {count} 处差异', en: '{count} differences in {provider} for {day}' },
    text: {
      zh: '我们的记录与渠道账单不一致。请在后台的“对账”里逐条核实并处理，核实之前不要手工退款。',
      en: "Our records and the gateway's bill disagree. Settle each in the console, and refund nothing by hand before.",
    },
  },
  callbacks_failing: {
    title: {
      zh: '{provider} 最近 {minutes} 分钟有 {count} 条通知没有通过（{percent}%）',
      en: '{count} messages of {provider} were turned away in {minutes} minutes ({percent}%)',
    },
    text: {
      zh: '若是签名无效：要么设置里的渠道公钥、证书或 APIv3 密钥不对，要么有人在伪造通知。伪造的通知不会改动任何订单。请核对密钥；密钥无误时，把来源地址限制为渠道的网段。',
      en: 'Where the signatures are wrong, either a key or certificate in the settings is, or somebody forges messages; forged ones change nothing. Compare the keys; if they are right, allow only the addresses of the gateway.',
    },
  },
  callbacks_missing: {
    title: {
      zh: '{provider} 已 {minutes} 分钟没有发来支付通知',
      en: 'No payment message from {provider} for {minutes} minutes',
    },
    text: {
      zh: '这段时间有 {count} 笔付款是系统主动查询才发现的：钱没有丢，但到账变慢。请检查通知地址能否从外网访问，以及域名证书和防火墙。',
      en: '{count} payments were found only by asking: no money is lost, but it shows late. Check that the notify URL can be reached from outside, its certificate and the firewall.',
    },
  },
  payment_failure_rate: {
    title: {
      zh: '{provider} 最近 {minutes} 分钟有 {percent}% 的支付失败',
      en: '{percent}% of payments by {provider} failed in {minutes} minutes',
    },
    text: {
      zh: '请试付一笔小额订单；若渠道报错，请登录商户平台查看账户与产品权限，必要时联系渠道客服。',
      en: 'Try a small payment; if the gateway refuses it, look at your account and permissions in the merchant portal.',
    },
  },
  payment_success_rate: {
    title: {
      zh: '{provider} 最近 {minutes} 分钟的支付成功率只有 {percent}%',
      en: 'Only {percent}% of payments by {provider} succeeded in {minutes} minutes',
    },
    text: {
      zh: '顾客下了单却没有付成。请打开收银台试付一笔，看是页面、网络还是渠道的问题。',
      en: 'Customers order but do not get to pay. Try a payment on the cashier page to see whether page, network or gateway is at fault.',
    },
  },
  callback_delay: {
    title: { zh: '{provider} 的支付通知慢了 {seconds} 秒', en: 'Messages of {provider} come {seconds} seconds late' },
    text: {
      zh: '顾客付款后要等更久才看到结果。多半是渠道或网络变慢，系统会主动查询；若持续，请检查服务器的负载和带宽。',
      en: 'Payers wait longer for the result. Mostly the gateway or the network is slow, and we ask by ourselves; if it lasts, look at the load of the server.',
    },
  },
  payments_stuck: {
    title: {
      zh: '{provider} 有 {count} 笔支付过期 {minutes} 分钟仍没有结果',
      en: '{count} payments by {provider} have no outcome {minutes} minutes after they ended',
    },
    text: {
      zh: '系统一直在查询，渠道没有给出明确答复，所以不能当作失败。请在商户平台查看这些订单，并留意渠道的公告。',
      en: 'They are asked about all the time without a clear answer, so they do not count as failed. Look them up in the merchant portal, and watch the news of the gateway.',
    },
  },
  refund_success_rate: {
    title: {
      zh: '{provider} 最近 {minutes} 分钟的退款成功率只有 {percent}%',
      en: 'Only {percent}% of refunds by {provider} succeeded in {minutes} minutes',
    },
    text: {
      zh: '常见原因是商户账户余额不足。请登录商户平台查看余额，充值后在后台的“退款”里重试。',
      en: 'Often the balance of the merchant account is too low. Look in the merchant portal, then retry in the console.',
    },
  },
  refunds_stuck: {
    title: {
      zh: '{provider} 有 {count} 笔退款超过 {days} 天仍未到账',
      en: '{count} refunds by {provider} are not through after {days} days',
    },
    text: {
      zh: '多半是商户账户余额不足，或银行处理慢。请在商户平台查看余额和退款状态，并告知顾客；不要重复退款。',
      en: 'Mostly the balance of the merchant account is too low, or a bank is slow. Look in the merchant portal and tell the payers; do not refund again.',
    },
  },
  error_rate: {
    title: {
      zh: '最近 {minutes} 分钟有 {percent}% 的请求出错',
      en: '{percent}% of requests failed in {minutes} minutes',
    },
    text: {
      zh: '服务自身出了故障，顾客可能无法下单。请立即请技术人员查看日志、数据库和磁盘空间。',
      en: 'The service itself is at fault, and customers may not be able to order. Have the logs, the database and the disk looked at now.',
    },
  },
  unusual_activity: {
    title: { zh: '发现异常活动：{activity}', en: 'Unusual activity: {activity}' },
    text: {
      zh: '{minutes} 分钟内发生 {count} 次。请在后台查看相关订单；确认是恶意行为时，把来源地址加入黑名单。',
      en: '{count} times in {minutes} minutes. Look at the orders in the console; if it is an attack, blacklist where it comes from.',
    },
  },
  risk_review: {
    title: { zh: '订单 {orderId} 需要复核', en: 'Order {orderId} needs a second look' },
    text: {
      zh: '风险评分 {score}，已放行。请在后台查看该用户的订单和判定理由；发货前拿不准的，可先联系顾客，或全额退款。',
      en: 'Its risk score is {score}, and it went through. Look at the orders of this user and at the reasons in the console; if in doubt, ask the customer or refund before you deliver.',
    },
  },
  certificate_expiring: {
    title: {
      zh: '{certificate}将在 {day} 到期（还有 {days} 天）',
      en: '{certificate} expires on {day}, in {days} days',
    },
    text: {
      zh: '到期后将无法收款和退款。请在商户平台更换证书，并在到期前更新到服务的设置里，然后重启。平台证书由系统自动更新，若没有更新请检查服务器能否访问渠道。',
      en: 'After that neither payments nor refunds are possible. Renew it in the merchant portal, put it into the settings before that day and restart. A platform certificate is fetched by itself: if it was not, check the way out of the server.',
    },
  },
  webhook_parked: {
    title: { zh: '有 {count} 条 Webhook 没有送达', en: '{count} webhooks could not be delivered' },
    text: {
      zh: '接收地址 {endpointId} 三天内一直没有收下。请检查对方的系统，恢复后在后台的“Webhook”里重新发送。',
      en: 'The endpoint {endpointId} has not taken them for three days. Mend the receiver, then send them again in the console.',
    },
  },
  low_stock: {
    title: { zh: '商品 {sku} 只剩 {available} 件可售', en: '{available} pieces of {sku} are left to sell' },
    text: {
      zh: '已下单未付款的也占用库存，过期后会自动放回。请补货后在后台的“库存”里入库，或先把商品下架。',
      en: 'What lies in unpaid orders counts as taken until they expire. Put more into the inventory in the console, or take the product off sale.',
    },
  },
  gateway_errors: {
    title: {
      zh: '{provider} 最近 {minutes} 分钟有 {percent}% 的请求没有应答',
      en: '{provider} left {percent}% of our requests unanswered in {minutes} minutes',
    },
    text: {
      zh: '支付和退款会变慢，进行中的不会丢失，系统会自动重试。请检查服务器的网络，并留意渠道的公告。',
      en: 'Payments and refunds take longer; nothing is lost, and it is tried again by itself. Check the network of the server, and the news of the gateway.',
    },
  },
  gateway_unavailable: {
    title: { zh: '{provider} 已 {minutes} 分钟没有应答', en: '{provider} has not answered for {minutes} minutes' },
    text: {
      zh: '新的支付和退款暂时无法进行，进行中的不会丢失，恢复后自动继续。请检查服务器能否访问外网，并留意渠道的公告。',
      en: 'New payments and refunds are not possible now; what is under way goes on by itself later. Check the way out of the server, and the news of the gateway.',
    },
  },
  jobs_behind: {
    title: { zh: '后台任务“{job}”落后 {seconds} 秒', en: 'The job {job} is {seconds} seconds behind' },
    text: {
      zh: '有 {count} 件到期的事还没有处理，到账、退款或通知可能变慢。请检查服务进程是否在运行、数据库是否变慢。',
      en: '{count} things are due and not done, so that payments, refunds or messages may be late. Check that the workers run and the database is not slow.',
    },
  },
  rule_unchecked: {
    title: { zh: '告警规则“{rule}”无法检查', en: 'The alert rule {rule} cannot be checked' },
    text: {
      zh: '原因：{reason}。在恢复之前，这条规则不会发出告警。请查看日志和数据库；重启后仍然如此时，请联系技术人员。',
      en: 'Reason: {reason}. Until it can, this rule tells nothing. Look at the log and the database; if a restart does not help, call an engineer.',
    },
  },
}
