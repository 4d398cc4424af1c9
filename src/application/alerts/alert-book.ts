import { type Alert, type AlertEvent, newAlert, transitionAlert } from '../../domain/alert.ts'
import { ALERT_RULES } from '../../domain/alert-rules.ts'
import type { Outbox } from '../outbox.ts'
import type { AlertRepository, AlertRows } from './alert-repository.ts'

type Deps = {
  readonly rows: AlertRows
  readonly outbox: Pick<Outbox, 'append'>
  readonly newId: () => string
}

const CAUSE = { kind: 'timer', actor: 'alerts' } as const

/** Decides over a store's rows, and announces in the same unit of work what people are to be told. */
export const alertBook = ({ rows, outbox, newId }: Deps): AlertRepository => {
  const move = async (before: Alert, event: AlertEvent): Promise<Alert> => {
    const [after, events] = transitionAlert(before, event)
    if (after !== before) await rows.put(after)
    if (events.length > 0) await outbox.append({ stream: after.id, events, cause: CAUSE, at: event.at })
    return after
  }
  return {
    find: (id) => rows.find(id),
    list: (filter, page) => rows.list(filter, page),
    firing: (rule) => rows.firing(rule),
    async raise({ rule, subject, facts, severity = ALERT_RULES[rule].severity, at }) {
      const before = await rows.hold(rule, subject)
      if (before !== undefined) return void (await move(before, { type: 'raised', severity, facts, at }))
      const [alert, events] = newAlert({ id: newId(), rule, subject }, { severity, facts, at })
      await rows.insert(alert)
      await outbox.append({ stream: alert.id, events, cause: CAUSE, at })
    },
    async resolve({ rule, subject, at }) {
      const before = await rows.hold(rule, subject)
      if (before !== undefined) await move(before, { type: 'resolved', at })
    },
    async acknowledge(id, acknowledgement) {
      const known = await rows.find(id)
      const before = known && (await rows.hold(known.rule, known.subject))
      return before && { before, after: await move(before, { type: 'acknowledged', ...acknowledgement }) }
    },
  }
}
