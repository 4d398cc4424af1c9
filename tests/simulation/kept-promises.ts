import type { Answer } from '../../src/adapters/http/answer.ts'
import type { GatewayNotification } from '../../src/application/payments/payment-gateway.ts'
import type { Provider } from '../../src/domain/payment.ts'
import type { World } from './world.ts'

type Promised = { readonly what: string; readonly sql: string; readonly values: readonly (string | number)[] }

/**
 * What the service has said with a success, to clients and to gateways: it stays true whatever happens afterwards
 * (I17, I18), and a repeated request gets the same answer (I23).
 */
export class KeptPromises {
  readonly #world: World
  readonly #promised = new Map<string, Promised>()
  readonly #resources = new Map<string, string>()
  readonly #succeeded = new Set<string>()
  readonly #answers = new Map<string, Answer>()

  constructor(world: World) {
    this.#world = world
  }

  get count(): number {
    return this.#promised.size
  }

  /** From now on the query finds a row. */
  promise(what: string, sql: string, ...values: readonly (string | number)[]): void {
    this.#promised.set(what, { what, sql, values })
  }

  /** A gateway will not tell it again: it has to be on the books. */
  acknowledged(provider: Provider, about: GatewayNotification): void {
    const what = `acknowledged ${provider} ${about.notificationId}`
    switch (about.kind) {
      case 'payment_succeeded': {
        const { transactionId, amount } = about.receipt
        const sql = 'select 1 from payment_transactions where provider = ? and transaction_id = ? and amount_fen = ?'
        return this.promise(what, sql, provider, transactionId, amount)
      }
      case 'refund_changed': {
        const { refundNo = '', status } = about.refund
        if (status !== 'success') return
        const sql = `select 1 where exists (select 1 from refunds where refund_no = ? and status = 'success')
          or exists (select 1 from notifications where provider = ? and notification_id = ?)`
        return this.promise(what, sql, refundNo, provider, about.notificationId)
      }
      case 'payment_closed':
      case 'other':
        return
    }
  }

  /** Whatever a key makes, it makes under one id, however often it has to begin anew. */
  oneEffect(key: string, resourceId: string): void {
    const first = this.#resources.get(key) ?? resourceId
    this.#resources.set(key, first)
    if (first !== resourceId) this.#broken('I23', `${key} was to make ${first}, and then ${resourceId}`)
  }

  /** It was done under this key; whether anybody was told is another question. */
  succeeded(key: string): void {
    this.#succeeded.add(key)
  }

  /** An answer given under an idempotency key; those that say nothing about the next try are not kept. */
  sameAnswer(key: string, answer: Answer): void {
    if (answer.status >= 500 || answer.status === 429) return
    if (answer.status === 409 && answer.body.includes('IDEMPOTENCY_KEY_IN_USE')) return
    if (this.#succeeded.has(key) && answer.status >= 400)
      this.#broken('I23', `${key} was done, and is now answered ${answer.status} ${answer.body}`)
    const first = this.#answers.get(key)
    if (first === undefined) this.#answers.set(key, answer)
    else if (first.status !== answer.status || first.body !== answer.body)
      this.#broken('I23', `${key} was answered ${first.status} ${first.body}, then ${answer.status} ${answer.body}`)
  }

  /** Looks at all that was promised so far. */
  check(): void {
    for (const { what, sql, values } of this.#promised.values())
      if (this.#world.database.database.prepare(sql).get(...values) === undefined)
        this.#broken('I18', `no longer true: ${what} (${values.join(', ')})`)
  }

  #broken(invariant: string, detail: string): void {
    this.#world.violations.push({ invariant, detail })
  }
}
