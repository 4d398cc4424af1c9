import type { WebhookEventType } from '../../domain/webhook-endpoint.ts'

/** An event as a broker gets it; every copy of it is the same. */
export type BrokerMessage = {
  readonly eventId: string
  readonly type: WebhookEventType
  readonly stream: string
  /** Its number in the stream; the numbers between are events that are not public. */
  readonly seq: number
  readonly at: Date
  readonly body: string
}

export interface EventBroker {
  /**
   * `true` once the broker has it for good; `false` where that is not known, so that it may have arrived all the same.
   * Decides within a limited time and never throws because the broker is not there.
   */
  publish(message: BrokerMessage): Promise<boolean>
  /** Whether it would take messages now. */
  healthy(): Promise<boolean>
}
