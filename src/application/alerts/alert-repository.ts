import type { Acknowledgement, Alert, AlertStatus } from '../../domain/alert.ts'
import type { AlertRule, AlertSeverity, FactsOf } from '../../domain/alert-rules.ts'
import type { Page, PageRequest } from '../page.ts'

/** What holds or happened. `subject`, at most 128 characters, tells those of one rule apart. */
export type Raise = {
  [R in AlertRule]: {
    readonly rule: R
    readonly subject: string
    readonly facts: FactsOf<R>
    /** Where it is a matter of degree; else the rule's own. */
    readonly severity?: AlertSeverity
    readonly at: Date
  }
}[AlertRule]

export type AlertFilter = {
  readonly status?: AlertStatus | undefined
  readonly rule?: AlertRule | undefined
  readonly severity?: AlertSeverity | undefined
}

export type Acknowledged = { readonly before: Alert; readonly after: Alert }

export interface AlertReader {
  find(id: string): Promise<Alert | undefined>
  /** Newest first, by when it was opened. */
  list(filter: AlertFilter, page: PageRequest): Promise<Page<Alert>>
  /** The subjects of which the rule holds, in their order; those of rules that are evaluated are few. */
  firing(rule: AlertRule): Promise<readonly string[]>
}

/** What people are to know of, written in the unit of work in which it became true. */
export interface AlertRepository extends AlertReader {
  /** Opens an alert, or repeats the same one; people are told as the alert's machine has it. */
  raise(raise: Raise): Promise<void>
  /** It no longer holds. Nothing happens where nothing was raised. */
  resolve(same: { readonly rule: AlertRule; readonly subject: string; readonly at: Date }): Promise<void>
  /** A person has seen it. Gives the very same alert twice where somebody had before, `undefined` where there is none. */
  acknowledge(id: string, acknowledgement: Acknowledgement): Promise<Acknowledged | undefined>
}

/** How a store keeps alerts, in the words of what is decided about them. */
export interface AlertRows extends AlertReader {
  /** As it is now, and stays until the unit of work ends: whoever else wants it waits or is run again. */
  hold(rule: AlertRule, subject: string): Promise<Alert | undefined>
  insert(alert: Alert): Promise<void>
  /** Writes one that is held. */
  put(alert: Alert): Promise<void>
}
