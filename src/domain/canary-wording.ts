import { words } from './finding-words.ts'

const PROXY: readonly [string, string] = [
  '让代理原样转发请求：不改方法、路径、请求头和正文。',
  'Have the proxy hand on requests as they are: method, path, headers and body.',
]

/** What the doctor says of what it sent to a notify URL, as a gateway would. */
export const CANARY_WORDINGS = {
  canary_skipped: words(
    ['没有试通知地址', 'The notify URLs were not tried'],
    ['{reason}', '{reason}'],
    ['去掉 --no-canary 再运行。', 'Run it without --no-canary.'],
  ),
  canary_returned: words(
    ['通知地址畅通', 'The notify URL works'],
    [
      '{url}：{count} 个请求原样到达，最慢 {ms} 毫秒，经过 {hops} 层可信代理。',
      '{url}: {count} requests arrived as sent, the slowest in {ms} ms, through {hops} trusted proxies.',
    ],
  ),
  canary_unresolved: words(
    ['通知地址的域名解析不了', 'The host of the notify URL does not resolve'],
    ['{url}（{reason}）', '{url} ({reason})'],
    ['检查域名的 DNS 解析。', 'Look at the DNS of the host.'],
  ),
  canary_unconnected: words(
    ['通知地址拒绝连接', 'The notify URL refuses connections'],
    ['{url}（{reason}）', '{url} ({reason})'],
    [
      '确认服务和代理都在运行、端口已开放；若服务没有运行，先启动它。',
      'See that service and proxy run and the port is open; where the service does not run, start it first.',
    ],
  ),
  canary_timed_out: words(
    ['通知地址没有在时限内回答', 'The notify URL does not answer in time'],
    ['{url}：{ms} 毫秒后放弃。渠道只等 5 秒。', '{url}: given up after {ms} ms. Gateways wait for 5 s.'],
    [
      '检查防火墙和代理；若本机访问不了自己的外网地址（NAT 回环），请从外面再试。',
      'Look at firewall and proxy; if this machine merely can not reach its own public address (NAT loopback), try from outside.',
    ],
  ),
  canary_distrusted: words(
    ['通知地址的证书有问题', 'The certificate of the notify URL is not trusted'],
    ['{url}（{reason}）', '{url} ({reason})'],
    [
      '安装完整的证书链，域名要相符且未过期；渠道不接受自签名证书。',
      'Install the whole chain, for this host and not expired; gateways take no self-signed one.',
    ],
  ),
  canary_broken_off: words(
    ['到通知地址的连接中断', 'The connection to the notify URL broke off'],
    ['{url}（{reason}）', '{url} ({reason})'],
    ['查看代理的日志；它在回答之前断开了连接。', 'Look into the log of the proxy: it closed before it answered.'],
  ),
  canary_redirected: words(
    ['通知地址会跳转', 'The notify URL redirects'],
    [
      '{url} 以 {status} 跳到 {location}。渠道不跟随跳转，通知因此丢失。',
      '{url} answers {status} to {location}. Gateways follow no redirect, so callbacks are lost.',
    ],
    [
      '把通知地址设为跳转后的地址，或让代理对它不跳转。',
      'Set the notify URL to where it leads, or have the proxy not redirect it.',
    ],
  ),
  canary_slash: words(
    ['通知地址会跳到带斜杠的地址', 'The notify URL redirects to one with another slash'],
    [
      '{url} 以 {status} 跳到 {location}。渠道不跟随跳转，通知因此丢失。',
      '{url} answers {status} to {location}. Gateways follow no redirect, so callbacks are lost.',
    ],
    [
      '关掉代理补斜杠的规则；本服务的路径末尾没有斜杠。',
      'Turn off the rule of the proxy that adds slashes; our paths end without one.',
    ],
  ),
  canary_challenged: words(
    ['通知地址前有人机验证或防火墙拦截', 'A challenge or firewall page stands before the notify URL'],
    ['{url} 回答 {status}（{server}）。', '{url} answers {status} ({server}).'],
    [
      '在防火墙或 CDN 里对通知路径放行 POST，关掉验证。',
      'Let POST to this path through the firewall or CDN, without any challenge.',
    ],
  ),
  canary_misplaced: words(
    ['到了本服务，但路径不对', 'It reached this service at another path'],
    ['{url} 回答 {status} {code}。', '{url} answers {status} {code}.'],
    [
      '多半是代理改写了路径或补了斜杠；转发后的路径应为 {path}。',
      'Mostly a proxy rewrites the path or adds a slash; it should arrive at {path}.',
    ],
  ),
  canary_unrecognised: words(
    ['那里的服务不认识本机的试探请求', 'The service there does not know this canary'],
    ['{url} 像拒绝伪造通知一样回答 {status}。', '{url} answers {status}, as to a forged callback.'],
    [
      '可能是另一套密钥的服务、旧版本，或代理丢掉了 Shouyin-Canary 请求头；也可能一分钟内试得太多。',
      'Perhaps it runs with another key or an older version, the proxy dropped the header Shouyin-Canary, or it was tried too often within a minute.',
    ],
  ),
  canary_elsewhere: words(
    ['回答的不是本服务', 'Somebody else answers'],
    ['{url} 回答 {status}（{server}）。', '{url} answers {status} ({server}).'],
    ['检查域名、代理的转发规则和默认站点。', 'Look at the host name, the rules of the proxy and its default site.'],
  ),
  canary_answer_changed: words(
    ['回答在途中被改动', 'The answer was changed on its way back'],
    ['{url} 的回答与签名不符。', 'The answer of {url} does not fit its signature.'],
    PROXY,
  ),
  canary_method_changed: words(
    ['请求方法被改动', 'The method was changed'],
    ['{url}：POST 变成了 {method}。', '{url}: POST became {method}.'],
    PROXY,
  ),
  canary_path_changed: words(
    ['请求路径被改动', 'The path was changed'],
    ['{url}：到达时是 {path}。', '{url}: it arrived as {path}.'],
    PROXY,
  ),
  canary_host_changed: words(
    ['请求的域名被改动', 'The host was changed'],
    ['{url}：到达时 Host 是 {host}。', '{url}: it arrived with Host {host}.'],
    [
      '本服务不靠它工作，可以不改；建议代理保留原来的 Host。',
      'Nothing here depends on it; still, a proxy should keep Host.',
    ],
  ),
  canary_body_changed: words(
    ['正文被改动，签名会对不上', 'The body was changed: no signature will hold'],
    [
      '{url}（{body}）：从第 {at} 字节起不同，发出 {expected}，到达 {arrived}；长度 {sent} 变为 {received}。',
      '{url} ({body}): it differs from byte {at}, sent {expected}, arrived {arrived}; {sent} bytes became {received}.',
    ],
    PROXY,
  ),
  canary_body_refused: words(
    ['较大的正文被拒绝', 'A larger body is refused'],
    ['{url}：{sent} 字节得到 {status}。', '{url}: {sent} bytes are answered {status}.'],
    [
      '把代理的正文上限放宽到 64 KiB 以上（nginx：client_max_body_size）。',
      'Let the proxy take bodies of 64 KiB at least (nginx: client_max_body_size).',
    ],
  ),
  canary_header_lost: words(
    ['请求头被丢掉', 'A header was dropped'],
    ['{url}：{header} 没有到达。', '{url}: {header} did not arrive.'],
    ['让代理原样转发 Wechatpay-* 和 Content-Type。', 'Have the proxy hand on Wechatpay-* and Content-Type.'],
  ),
  canary_header_changed: words(
    ['请求头被改动', 'A header was changed'],
    ['{url}：{header} 与发出的不同。', '{url}: {header} arrived otherwise than sent.'],
    ['让代理原样转发 Wechatpay-* 和 Content-Type。', 'Have the proxy hand on Wechatpay-* and Content-Type.'],
  ),
  canary_slow: words(
    ['通知地址回答太慢', 'The notify URL is slow'],
    ['{url}：{ms} 毫秒。渠道最多等 5 秒。', '{url}: {ms} ms. Gateways wait for 5 s at most.'],
    ['检查代理、服务器的负载和带宽。', 'Look at the proxy, and at the load of the server.'],
  ),
  canary_proxy_untrusted: words(
    ['代理没有列入 TRUSTED_PROXIES', 'The proxy is not among TRUSTED_PROXIES'],
    ['{url}：请求经代理而来，却被当作来自 {address}。', '{url}: it came through a proxy and counts as from {address}.'],
    ['把 {address} 加入 TRUSTED_PROXIES。', 'Add {address} to TRUSTED_PROXIES.'],
  ),
  canary_not_allowed: words(
    ['来源白名单会拒绝经这个代理来的通知', 'The allow-list would refuse what comes through this proxy'],
    [
      '{url}：看到的来源是 {address}，不在 {provider} 的白名单里。',
      '{url}: it is seen as from {address}, which is not on the list of {provider}.',
    ],
    [
      '先把代理加入 TRUSTED_PROXIES；白名单只填渠道公布的网段。',
      "First trust the proxy by TRUSTED_PROXIES; the list is for the gateway's own networks.",
    ],
  ),
} as const
