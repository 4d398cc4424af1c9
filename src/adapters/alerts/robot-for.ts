import { dingtalk } from './dingtalk.ts'
import { feishu } from './feishu.ts'
import { plainWebhook } from './plain-webhook.ts'
import { wecom } from './wecom.ts'
import type { Robot } from './robot.ts'

export type RobotSecrets = {
  readonly dingtalkSecret?: string | undefined
  readonly feishuSecret?: string | undefined
}

/** Told by the path, which stays the same behind a proxy of one's own. */
export const robotFor = (url: string, { dingtalkSecret, feishuSecret }: RobotSecrets): Robot => {
  const { pathname } = new URL(url)
  if (pathname === '/robot/send') return dingtalk(dingtalkSecret)
  if (pathname === '/cgi-bin/webhook/send') return wecom
  if (pathname.startsWith('/open-apis/bot/v2/hook/')) return feishu(feishuSecret)
  return plainWebhook
}
