import type { Service } from './start.ts'

/** What a person who has just started it wants to know. */
export const banner = ({
  role,
  origin,
  sandbox,
  demoUrl,
}: Pick<Service, 'role' | 'origin' | 'sandbox' | 'demoUrl'>): string => {
  if (role === 'worker') return `  收银 Shouyin worker  ${origin}/readyz`
  return [
    '',
    `  收银 Shouyin  ${origin}`,
    `  API 文档 docs   ${origin}/docs`,
    ...(sandbox === undefined || demoUrl === undefined ? [] : sandboxLines(sandbox.payerUrl, demoUrl)),
    '',
  ].join('\n')
}

const sandboxLines = (payerUrl: string, demoUrl: string): readonly string[] => [
  '',
  '  ┌ 沙箱 SANDBOX ── 没有配置支付网关：微信支付与支付宝均由本机模拟，不涉及真实资金',
  '  └ no gateway is configured: both are simulated on this machine, no real money moves',
  '',
  `  1. 打开收银台 open the cashier     ${demoUrl}`,
  `  2. 用沙箱手机付款 pay on the phone  ${payerUrl}`,
]
