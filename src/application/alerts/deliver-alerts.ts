import { ok, type Result } from 'neverthrow'
import type { Alert } from '../../domain/alert.ts'
import { type AlertDeliveryEvent, type DueAlertDelivery, transitionAlertDelivery } from '../../domain/alert-delivery.ts'
import { type QuietHours, quietUntil } from '../../domain/quiet-hours.ts'
import type { Clock } from '../clock.ts'
import type { Randomness } from '../randomness.ts'
import type { Readers, Repositories, Transaction } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'
import type { AlertAnswer, AlertSender } from './alert-sender.ts'
import { GATHER_MS } from './queue-alerts.ts'
import { type Told, writeAlertMessage } from './write-alert-message.ts'

/** What an engineer should hear of, since those who should have been told were not. */
export type NotSent = {
  readonly code: 'ALERT_NOT_SENT'
  readonly channel: string
  readonly reason: string
  /** Nobody tries any more. */
  readonly isParked: boolean
}

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'alertDeliveries'>
  readonly clock: Clock
  readonly randomness: Randomness
  readonly senders: readonly AlertSender[]
  readonly quietHours: QuietHours | undefined
  readonly report: (trouble: NotSent) => void
}

type News = { readonly delivery: Versioned<DueAlertDelivery>; readonly alert: Alert }

const BATCH = 200
/** Longer than news is gathered and an attempt takes, so that nobody takes along what is being sent. */
const LEASE_MS = 120_000

/** Sends what is due, all of a channel in one message; a dead channel holds up no other. Gives how many it looked at. */
export const deliverAlerts = (deps: Deps) => async (): Promise<number> => {
  const channels = await deps.readers.alertDeliveries.channelsDue(deps.clock.now())
  const ends = await Promise.allSettled(channels.map((channel) => workOff(deps, channel)))
  const counts = ends.map((end) => {
    if (end.status === 'rejected') throw end.reason
    return end.value
  })
  return counts.reduce((sum, count) => sum + count, 0)
}

const workOff = async (deps: Deps, channel: string): Promise<number> => {
  const news = await claim(deps, channel)
  const sender = deps.senders.find((candidate) => candidate.channel === channel)
  const at = deps.clock.now()
  // The settings name the channel no more.
  if (sender === undefined) await record(deps, news, { type: 'dropped', at })
  else await tell(deps, sender, news, at)
  return news.length
}

const claim = async ({ transaction, clock }: Deps, channel: string): Promise<readonly News[]> => {
  const now = clock.now().getTime()
  const asked = { channel, dueBy: new Date(now + GATHER_MS), leaseUntil: new Date(now + LEASE_MS), limit: BATCH }
  const claimed = await transaction.run(async (repositories): Promise<Result<readonly News[], never>> => {
    const deliveries = await repositories.alertDeliveries.claim(asked)
    const news: News[] = []
    for (const delivery of deliveries) news.push({ delivery, alert: await alertOf(repositories, delivery.value) })
    return ok(news)
  })
  return claimed.isOk() ? claimed.value : []
}

const alertOf = async ({ alerts }: Repositories, { id, alertId }: DueAlertDelivery): Promise<Alert> => {
  const alert = await alerts.find(alertId)
  if (alert === undefined) throw new Error(`an alert delivery ${id} of an alert that is not there`)
  return alert
}

const tell = async (deps: Deps, sender: AlertSender, all: readonly News[], at: Date): Promise<void> => {
  const stale = all.filter((one) => isStale(one) || !isFor(sender, one))
  await record(deps, stale, { type: 'dropped', at })
  const fresh = all.filter((one) => !stale.includes(one))
  const until = deps.quietHours && quietUntil(deps.quietHours, at)
  const held = until === undefined ? [] : fresh.filter((one) => !wakes(one))
  if (until !== undefined) await record(deps, held, { type: 'held', until })
  const told = fresh.filter((one) => !held.includes(one))
  if (told.length === 0) return
  const event = eventOf(await sender.send(writeAlertMessage(toldOnce(told), at)), deps)
  if (event === undefined) return
  const isParked = await record(deps, told, event)
  if (event.type === 'refused')
    deps.report({ code: 'ALERT_NOT_SENT', channel: sender.channel, reason: event.error, isParked })
}

/** It was over, but is back before anybody was told. */
const isStale = ({ delivery, alert }: News): boolean => delivery.value.news === 'resolved' && alert.status === 'firing'

const isFor = ({ only }: AlertSender, { delivery, alert }: News): boolean =>
  only === undefined || (delivery.value.news === 'raised' && alert.status === 'firing' && alert.severity === 'critical')

/** That something is over can wait until the morning. */
const wakes = ({ delivery, alert }: News): boolean => delivery.value.news === 'raised' && alert.severity === 'critical'

/** Each alert as the last of its news has it. */
const toldOnce = (news: readonly News[]): readonly Told[] => {
  const told = new Map<string, Told>()
  for (const { delivery, alert } of news) {
    const isOver = delivery.value.news === 'resolved' || told.get(alert.id)?.isOver === true
    told.set(alert.id, { alert, isOver })
  }
  return [...told.values()]
}

const eventOf = (
  answer: AlertAnswer,
  { clock, randomness }: Deps,
): Extract<AlertDeliveryEvent, { type: 'sent' | 'refused' }> | undefined => {
  switch (answer.type) {
    case 'accepted':
      return { type: 'sent', at: clock.now() }
    case 'refused':
      return { type: 'refused', error: answer.reason, jitter: randomness.bytes(1)[0] ?? 0, at: clock.now() }
    case 'interrupted':
      return undefined
  }
}

/** Writes down what became of each, unless somebody took it over meanwhile; gives whether any is parked. */
const record = async (
  { transaction, clock }: Deps,
  news: readonly News[],
  event: AlertDeliveryEvent,
): Promise<boolean> => {
  if (news.length === 0) return false
  const moves = news.map(({ delivery }) => ({ delivery, after: transitionAlertDelivery(delivery.value, event) }))
  await transaction.run(async ({ alertDeliveries }): Promise<Result<void, never>> => {
    for (const { delivery, after } of moves) await alertDeliveries.replace(delivery, after, clock.now())
    return ok()
  })
  return moves.some(({ after }) => after.status === 'parked')
}
