import type { AlertMessage } from '../../application/alerts/alert-sender.ts'

export type RobotRequest = { readonly url: string; readonly body: unknown }

/** How one kind of group robot is spoken to. */
export type Robot = {
  readonly kind: 'dingtalk' | 'wecom' | 'feishu' | 'webhook'
  request(url: string, message: AlertMessage): RobotRequest
  /** Why it did not take the message, by the body of a 2xx answer; `undefined` where it did. */
  refusal(answer: unknown): string | undefined
}
