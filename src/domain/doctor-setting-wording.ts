import { words } from './finding-words.ts'

/** What the doctor says of the settings. */
export const SETTING_FINDINGS = {
  settings_fine: words(['设置没有发现问题', 'The settings are in order'], ['已检查全部设置项。', 'All were checked.']),
  setting_invalid: words(
    ['设置有误', 'A setting is wrong'],
    ['{problem}', '{problem}'],
    ['改正后重启服务；服务带着这样的设置无法启动。', 'Mend it and restart; a service does not start with it.'],
  ),
  notify_url_plain: words(
    ['{provider}的通知地址不是 https', 'The notify URL of {provider} is not https'],
    ['{url}', '{url}'],
    [
      '为域名配置证书，把 PUBLIC_URL 或对应的 *_NOTIFY_URL 改成 https 地址。',
      'Get a certificate for the host, and make PUBLIC_URL or the *_NOTIFY_URL an https address.',
    ],
  ),
  notify_url_private: words(
    ['{provider}到不了这个通知地址', '{provider} can not reach this notify URL'],
    ['{url} 是本机或内网地址。', '{url} is an address of this machine or of a private network.'],
    [
      '把 PUBLIC_URL 设为外网能访问的地址；没有通知时系统只能靠主动查询。',
      'Set PUBLIC_URL to what can be reached from outside; without callbacks everything is found only by asking.',
    ],
  ),
  notify_url_elsewhere: words(
    ['{provider}的通知地址不是本服务的路径', 'The notify URL of {provider} has another path than ours'],
    ['{url}；本服务收通知的路径是 {path}。', '{url}; callbacks are taken at {path}.'],
    [
      '若前面的代理会改写路径，请确认改写后正是这个路径（末尾没有斜杠）；否则改正设置。',
      'Where a proxy rewrites paths, make sure that it ends up there (without a slash at the end); else mend the setting.',
    ],
  ),
  proxies_not_trusted: words(
    ['前面有代理，但没有设置 TRUSTED_PROXIES', 'A proxy stands in front, and TRUSTED_PROXIES is empty'],
    [
      '服务自身只说 http，而 PUBLIC_URL 是 https，说明有代理；现在每个请求都像是来自代理的地址。',
      'The service itself speaks plain http and PUBLIC_URL is https, so there is a proxy; every request seems to come from it.',
    ],
    [
      '把代理的地址或网段填入 TRUSTED_PROXIES，否则限流、黑名单和来源白名单都会用错地址。',
      'Put its address or network into TRUSTED_PROXIES, else limits, blacklist and allow-lists see the wrong address.',
    ],
  ),
  gateway_simulated: words(
    ['{provider}是模拟的', '{provider} is simulated'],
    ['{url} 不是真正的渠道，收不到真钱。', '{url} is not the real gateway: no money is taken.'],
    ['要收款，请配置真实的商户资料并去掉这个地址。', 'To take money, configure a real merchant and drop this address.'],
  ),
  gateway_missing: words(
    ['没有配置任何支付渠道', 'No gateway is configured'],
    ['既没有 WECHAT_MCH_ID，也没有 ALIPAY_APP_ID。', 'There is neither WECHAT_MCH_ID nor ALIPAY_APP_ID.'],
    ['至少配置微信支付或支付宝中的一个。', 'Configure WeChat Pay or Alipay at least.'],
  ),
  not_production: words(
    ['真实渠道，但不是生产模式', 'Real gateways outside production'],
    [
      'NODE_ENV 不是 production，较弱的设置不会被拒绝。',
      'NODE_ENV is not production, so weaker settings are let through.',
    ],
    ['正式收款请设置 NODE_ENV=production。', 'Set NODE_ENV=production where real money is taken.'],
  ),
  alerts_unreceived: words(
    ['告警没有接收人', 'Nobody receives alerts'],
    [
      '没有设置邮件、机器人或短信；告警只在后台里看得到。',
      'There is no mail, robot or text message; alerts show in the console alone.',
    ],
    [
      '设置 ALERT_WEBHOOK_URL，或 SMTP_URL 与 ALERT_EMAIL_TO。',
      'Set ALERT_WEBHOOK_URL, or SMTP_URL and ALERT_EMAIL_TO.',
    ],
  ),
  check_unfinished: words(
    ['有一项检查没有在时限内完成', 'A check did not end in time'],
    ['{check}：{seconds} 秒内没有结果。', '{check}: nothing after {seconds} seconds.'],
    [
      '稍后再运行一次；反复如此说明它检查的对象没有响应。',
      'Run it again later; if it stays so, what it looks at does not answer.',
    ],
  ),
  check_failed: words(
    ['有一项检查自身出错', 'A check failed by itself'],
    ['{check}：{reason}', '{check}: {reason}'],
    ['查看服务的日志。', 'Look into the log of the service.'],
  ),
} as const
