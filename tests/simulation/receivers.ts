import type { WebhookAnswer, WebhookMessage, WebhookSender } from '../../src/application/webhooks/webhook-sender.ts'
import type { World } from './world.ts'

const S = 1000
const PATIENCE_MS = 10 * S

type Event = { readonly stream: string; readonly seq: number }
/** What one receiver has got: bodies by the id of the message, and how far it has come with each order. */
type Inbox = { readonly bodies: Map<string, string>; readonly lastSeq: Map<string, number> }

/** The shops that take webhooks: each message once and, of one order, in the order of its events, or something is wrong. */
export class Receivers implements WebhookSender {
  readonly #world: World
  readonly #inboxes = new Map<string, Inbox>()
  /** Until when a receiver is out of order. */
  readonly #deadUntilMs = new Map<string, number>()

  constructor(world: World) {
    this.#world = world
  }

  send(message: WebhookMessage): Promise<WebhookAnswer> {
    const { timeline, faults, chance, trace } = this.#world
    const what = `webhook ${message.id.slice(-4)}`
    return new Promise((resolve) => {
      const giveUp = timeline.after(PATIENCE_MS, () => resolve({ type: 'unreachable', reason: 'timeout' }))
      if (faults.strikes('webhook_lost')) return trace.add('shop', what, 'lost')
      const isUnheard = faults.strikes('webhook_unheard')
      timeline.after(isUnheard ? chance.between(0, 2 * PATIENCE_MS) : chance.between(5, 300), () => {
        const statusCode = this.#receive(message)
        trace.add('shop', what, String(statusCode))
        if (isUnheard) return
        giveUp()
        resolve({ type: 'answered', statusCode, excerpt: '' })
      })
    })
  }

  /** Every delivery that counts as made has arrived, and none is left. */
  check(): void {
    const { database, violations } = this.#world
    const deliveries = database.database
      .prepare(
        `select d.event_id as id, d.status, e.url from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id`,
      )
      .all() as readonly { readonly id: string; readonly status: string; readonly url: string }[] // As selected.
    for (const { id, status, url } of deliveries) {
      if (status === 'delivered' && this.#inboxes.get(url)?.bodies.has(id) === true) continue
      violations.push({
        invariant: 'I19',
        detail: `event ${id} is ${status} to ${url}, where it has not arrived or is still due`,
      })
    }
    const waiting = database.database.prepare('select count(*) from events where published_at is null').pluck().get()
    if (waiting !== 0) violations.push({ invariant: 'I19', detail: `${String(waiting)} events were never handed on` })
  }

  #receive({ url, id, body }: WebhookMessage): number {
    const { timeline, faults, chance } = this.#world
    if (faults.strikes('webhook_refused')) this.#deadUntilMs.set(url, timeline.nowMs + chance.spread(S, 3600 * S))
    if (timeline.nowMs < (this.#deadUntilMs.get(url) ?? 0)) return 503
    const inbox = this.#inboxes.get(url) ?? { bodies: new Map<string, string>(), lastSeq: new Map<string, number>() }
    this.#inboxes.set(url, inbox)
    const known = inbox.bodies.get(id)
    if (known === undefined) this.#takeIn(inbox, id)
    else if (known !== body) this.#broken(`event ${id} came with another body`)
    inbox.bodies.set(id, known ?? body)
    return 204
  }

  #takeIn({ lastSeq }: Inbox, id: string): void {
    const { database } = this.#world
    const event = database.database.prepare('select stream, seq from events where id = ?').get(id) as Event | undefined // As selected.
    if (event === undefined) return this.#broken(`event ${id} was sent and is not on the books`)
    const { stream, seq } = event
    if (seq < (lastSeq.get(stream) ?? 0))
      this.#broken(`event ${seq} of ${stream} came after ${lastSeq.get(stream) ?? 0}`)
    lastSeq.set(stream, seq)
  }

  #broken(detail: string): void {
    this.#world.violations.push({ invariant: 'I19', detail })
  }
}
