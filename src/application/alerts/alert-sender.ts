import type { AlertSeverity } from '../../domain/alert-rules.ts'

/** What people read, in both languages; plain text. */
export type AlertMessage = {
  readonly title: string
  readonly text: string
  /** The worst in it; `undefined` where everything in it is over. */
  readonly severity: AlertSeverity | undefined
  /** The first of them in six characters of Chinese, and how many they are: all that some ways have room for. */
  readonly brief: string
  readonly count: number
  readonly at: Date
}

export type AlertAnswer =
  | { readonly type: 'accepted' }
  /** Why, in a word that holds neither secrets nor addresses. Perhaps it arrived all the same. */
  | { readonly type: 'refused'; readonly reason: string }
  /** We are stopping: it counts as not tried. */
  | { readonly type: 'interrupted' }

/** One way to people: sends a message once, in bounded time, and never throws because of the other side. */
export interface AlertSender {
  /** Its name in the book; the same as long as it leads to the same people. */
  readonly channel: string
  /** It costs money, so that it tells only what is critical and still holds; everything else is dropped. */
  readonly only?: 'critical'
  send(message: AlertMessage): Promise<AlertAnswer>
}
