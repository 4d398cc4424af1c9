import { words } from './finding-words.ts'

/** What the doctor says of keys, gateways and clocks. */
export const GATEWAY_FINDINGS = {
  keys_fit: words(
    ['{provider}的密钥与证书相符', 'Keys and certificates of {provider} fit together'],
    ['格式、长度和配对都已核对。', 'Format, length and pairs were checked.'],
  ),
  keys_wrong: words(
    ['{provider}的密钥或证书有误', 'A key or certificate of {provider} is wrong'],
    ['{problem}', '{problem}'],
    [
      '从商户平台重新下载，改正设置后重启。',
      'Download it again from the merchant portal, mend the setting and restart.',
    ],
  ),
  certificate_not_given: words(
    ['没有给出商户 API 证书，无法核对私钥', "Without the merchant's certificate the private key can't be compared"],
    ['WECHAT_API_CLIENT_CERT 没有设置。', 'WECHAT_API_CLIENT_CERT is not set.'],
    [
      '设置它之后，私钥、证书与序列号会互相核对，到期前也会提醒。',
      'With it, key, certificate and serial are compared, and its end is announced.',
    ],
  ),
  certificate_fine: words(['{certificate}有效', '{certificate} is valid'], ['到期日 {day}。', 'Until {day}.']),
  certificate_ending: words(
    ['{certificate}即将到期', '{certificate} ends soon'],
    ['到期日 {day}，还有 {days} 天。', 'On {day}, in {days} days.'],
    ['在商户平台更换，更新设置后重启。', 'Renew it in the merchant portal, update the setting and restart.'],
  ),
  certificate_ended: words(
    ['{certificate}已过期', '{certificate} has expired'],
    ['到期日 {day}。', 'On {day}.'],
    ['立即在商户平台更换并更新设置。', 'Renew it in the merchant portal now, and update the setting.'],
  ),
  certificate_absent: words(
    ['还没有{certificate}', '{certificate} is not there yet'],
    ['没有取到，或读不出到期日。', 'It could not be fetched, or tells no end.'],
    [
      '检查服务器能否访问渠道，以及 APIv3 密钥是否正确。',
      'See whether this machine reaches the gateway, and whether the APIv3 key is right.',
    ],
  ),
  gateway_accepts: words(
    ['{provider}认可我们的签名', '{provider} accepts our signature'],
    [
      '查询了一个不存在的订单，{ms} 毫秒后收到可验证的回答。',
      'A query of an order that does not exist was answered, verifiably, in {ms} ms.',
    ],
  ),
  gateway_refuses: words(
    ['{provider}拒绝了我们的请求', '{provider} refuses our requests'],
    ['渠道返回 {gatewayCode}。', 'It says {gatewayCode}.'],
    [
      '核对商户号、应用、证书序列号与私钥，以及产品是否已开通。',
      'Compare merchant, app, certificate serial and private key, and whether the product is activated.',
    ],
  ),
  gateway_unproven: words(
    ['{provider}的回答无法验证', 'The answers of {provider} can not be verified'],
    ['原因：{reason}。', 'Reason: {reason}.'],
    [
      '渠道公钥或平台证书不对，或中间有设备改动了回答；通知也会因此被拒绝。',
      "The gateway's key or certificate is wrong, or something in between changes answers; callbacks are refused for the same reason.",
    ],
  ),
  gateway_silent: words(
    ['{provider}没有回答', '{provider} does not answer'],
    ['原因：{reason}。', 'Reason: {reason}.'],
    [
      '检查服务器的出网、DNS 和防火墙，再运行一次。',
      'Look at outgoing connections, DNS and firewall, and run this again.',
    ],
  ),
  clock_right: words(
    ['时钟与{provider}一致', 'The clock agrees with {provider}'],
    ['相差 {seconds} 秒。', '{seconds} seconds apart.'],
  ),
  clock_off: words(
    ['时钟与{provider}相差 {seconds} 秒', 'The clock is {seconds} seconds apart from {provider}'],
    [
      '正数表示本机慢。相差 300 秒时微信支付的通知会全部被拒绝。',
      'Positive: ours is slow. At 300 seconds every callback of WeChat Pay is refused.',
    ],
    ['启用 NTP（chronyd 或 systemd-timesyncd）。', 'Turn on NTP (chronyd or systemd-timesyncd).'],
  ),
  clock_unknown: words(
    ['无法比对{provider}的时钟', 'The clock of {provider} could not be read'],
    ['原因：{reason}。', 'Reason: {reason}.'],
    ['检查出网后再运行一次。', 'Look at outgoing connections, and run this again.'],
  ),
} as const
