import { signNotification } from '../../../src/adapters/memory/fake-notification.ts'
import type { GatewayNotification, RawNotification } from '../../../src/application/payments/payment-gateway.ts'
import type { Provider } from '../../../src/domain/payment.ts'
import type { World } from '../world.ts'

/** Takes a message to the service; `undefined` where nobody answered. */
export type Deliver = (
  provider: Provider,
  raw: RawNotification,
  about: GatewayNotification,
) => Promise<{ readonly status: number; readonly body: string } | undefined>

const S = 1000
const MIN = 60 * S
const H = 60 * MIN

/** What each gateway waits before it sends a message again, until it is acknowledged. */
const SCHEDULES = {
  wechat: [
    15 * S,
    15 * S,
    30 * S,
    3 * MIN,
    10 * MIN,
    20 * MIN,
    30 * MIN,
    30 * MIN,
    30 * MIN,
    H,
    3 * H,
    3 * H,
    3 * H,
    6 * H,
    6 * H,
  ],
  alipay: [4 * MIN, 10 * MIN, 10 * MIN, H, 2 * H, 6 * H, 15 * H],
} as const

const ANSWER_MS = 5 * S
const LATEST_MS = 25 * H

export const SECRET = { wechat: 'the key of WeChat Pay', alipay: 'the key of Alipay' } as const

/** Sends what one gateway has to say, again and again until it is heard or the schedule is through. */
export class Callbacks {
  readonly #world: World
  readonly #provider: 'wechat' | 'alipay'
  readonly #deliver: Deliver
  readonly #sent: RawNotification[] = []
  #waiting = 0

  constructor(world: World, provider: 'wechat' | 'alipay', deliver: Deliver) {
    this.#world = world
    this.#provider = provider
    this.#deliver = deliver
  }

  /** Messages still to be sent or acknowledged. */
  get waiting(): number {
    return this.#waiting
  }

  /** `mayBeLost`: whether it is one that the service could also learn of by asking. */
  announce(notification: GatewayNotification, mayBeLost: boolean): void {
    const { faults, trace, chance } = this.#world
    if (mayBeLost && faults.strikes('callback_never')) {
      trace.add(this.#provider, `will never tell ${notification.notificationId}`)
      return
    }
    this.#waiting += 1
    void this.#sendUntilHeard(notification, chance.between(0, 2000))
  }

  /** Anything that was sent once, sent again by somebody who kept it. */
  async replay(): Promise<void> {
    if (this.#sent.length === 0) return
    const raw = this.#world.chance.one(this.#sent)
    const about = JSON.parse(Buffer.from(raw.body).toString()) as GatewayNotification // What was signed above.
    await this.#deliver(this.#provider, raw, about)
  }

  async #sendUntilHeard(notification: GatewayNotification, firstMs: number): Promise<void> {
    await this.#world.timeline.sleep(firstMs)
    for (const pauseMs of [...SCHEDULES[this.#provider], undefined]) {
      if (await this.#sendOnce(notification)) break
      if (pauseMs !== undefined) await this.#world.timeline.sleep(pauseMs)
    }
    this.#waiting -= 1
  }

  /** Whether it was acknowledged in time. */
  async #sendOnce(notification: GatewayNotification): Promise<boolean> {
    const { faults, timeline, chance } = this.#world
    const raw = signNotification(notification, SECRET[this.#provider])
    this.#sent.push(raw)
    if (faults.strikes('callback_dropped')) {
      await timeline.sleep(ANSWER_MS)
      return false
    }
    if (faults.strikes('callback_late')) {
      void timeline.sleep(chance.spread(S, LATEST_MS)).then(() => this.#deliver(this.#provider, raw, notification))
      await timeline.sleep(ANSWER_MS)
      return false
    }
    if (faults.strikes('callback_doubled'))
      for (let copies = chance.between(1, 4); copies > 0; copies -= 1)
        void timeline
          .sleep(chance.hits(0.5) ? 0 : chance.below(2000))
          .then(() => this.#deliver(this.#provider, raw, notification))
    const answer = await Promise.race([this.#deliver(this.#provider, raw, notification), timeline.sleep(ANSWER_MS)])
    if (answer === undefined || faults.strikes('callback_unheard')) return false
    return this.#provider === 'alipay'
      ? answer.status === 200 && answer.body === 'success'
      : [200, 204].includes(answer.status)
  }
}
