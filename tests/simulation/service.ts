import type { Statements } from '../../src/adapters/persistence/repositories.ts'
import type { Gateways } from '../../src/application/payments/payment-gateway.ts'
import type { WebhookSender } from '../../src/application/webhooks/webhook-sender.ts'
import type { Settings } from '../../src/main/config.ts'
import { pageJobs, workerJobs } from '../../src/main/jobs.ts'
import type { Front } from './front.ts'
import { Instance } from './instance.ts'
import { JobRunner } from './jobs.ts'
import type { KeptPromises } from './kept-promises.ts'
import { plainEncryption } from './plain-encryption.ts'
import type { World } from './world.ts'

const MIN = 60_000

/**
 * These gateways publish no bills: each day would be asked for in vain until it is given up. And the rules of alerts are
 * looked at anew each minute of the quiet hours, whatever happens, each time with a commit that wakes all the others.
 */
const UNSEEN: ReadonlySet<string> = new Set(['reconciliation-schedule', 'alert-rules'])

export type ServiceParts = {
  readonly world: World
  readonly front: Front
  readonly promises: KeptPromises
  readonly settings: Settings
  readonly gateways: Gateways
  readonly webhooks: WebhookSender
  readonly statements: Statements
}

/** The service as its operator sees it: one process after another on one database, started again when it died. */
export class Service {
  readonly #parts: ServiceParts
  #instance: Instance | undefined
  #jobs: JobRunner | undefined
  #isCalm = false
  #hasCommitted = false
  commits = 0

  constructor(parts: ServiceParts) {
    this.#parts = parts
  }

  get isInStore(): boolean {
    return this.#instance?.isInStore === true
  }

  /** Whether something was committed since this was last asked. */
  takeCommitted(): boolean {
    const committed = this.#hasCommitted
    this.#hasCommitted = false
    return committed
  }

  start(): Instance {
    const { world, front, promises, settings, gateways, webhooks, statements } = this.#parts
    const instance = new Instance({
      world,
      settings,
      gateways,
      webhooks,
      statements,
      encryption: plainEncryption,
      onCommit: () => this.#committed(),
      onDeath: () => this.#restart(),
    })
    const longestMs = (): number => (this.#isCalm ? 30 * MIN : MIN)
    this.#jobs = new JobRunner(
      world,
      [...pageJobs(instance.container), ...workerJobs(instance.container)].filter(({ name }) => !UNSEEN.has(name)),
      () => instance.isAlive,
      longestMs,
    )
    this.#instance = instance
    front.instance = instance
    world.trace.add('service', 'starts')
    promises.check()
    return instance
  }

  /** Killed at a moment that has nothing to do with what it is doing. */
  kill(): void {
    const { world } = this.#parts
    if (this.#instance === undefined) return
    world.faults.count('crash')
    world.crashPoints.set('at any moment', (world.crashPoints.get('at any moment') ?? 0) + 1)
    this.#instance.die('at any moment')
  }

  /** From here on nothing breaks, and jobs that find nothing to do may rest longer. */
  calm(): void {
    this.#isCalm = true
  }

  #committed(): void {
    this.#hasCommitted = true
    this.commits += 1
    this.#jobs?.wake()
  }

  #restart(): void {
    const { world, front } = this.#parts
    this.#instance = undefined
    front.instance = undefined
    world.timeline.after(world.chance.spread(100, 5 * MIN), () => void this.start())
  }
}
