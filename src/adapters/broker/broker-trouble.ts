/** What an engineer is to find in the log: each once until it has changed. */
export type BrokerTrouble =
  | { readonly code: 'BROKER_DOWN'; readonly reason: string }
  | { readonly code: 'BROKER_BACK' }
  | { readonly code: 'BROKER_BLOCKED'; readonly reason: string }
  /** No queue is bound for events of this type; they count as taken. */
  | { readonly code: 'BROKER_UNROUTED'; readonly type: string }
  /** A queue did not take an event, such as a full one that rejects; it is sent again. */
  | { readonly code: 'BROKER_REFUSED' }
