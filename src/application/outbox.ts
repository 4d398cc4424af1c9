import type { Cause, DomainEvent } from '../domain/event.ts'

/** An event as it is kept: numbered 1..n without gaps within its stream, which is an order's id where there is one. */
export type StoredEvent = {
  readonly id: string
  readonly stream: string
  readonly seq: number
  readonly event: DomainEvent
  readonly cause: Cause
  readonly createdAt: Date
}

export type NewEvents = {
  /** The order's id; else the id of what the events are about. */
  readonly stream: string
  readonly events: readonly DomainEvent[]
  readonly cause: Cause
  readonly at: Date
}

export interface EventReader {
  /** All events of one stream, by number. */
  eventsOf(stream: string): Promise<readonly StoredEvent[]>
  /** The oldest that have not been handed on, at most `limit`; each stream's in its order. */
  pending(limit: number): Promise<readonly StoredEvent[]>
}

/** Announces what happened, in the transaction in which it happened. */
export interface Outbox extends EventReader {
  append(events: NewEvents): Promise<void>
  /** Marks an event as handed on; `false` where it was already, so that of several relays one does it. */
  markPublished(id: string, at: Date): Promise<boolean>
}
