import { err, type Result } from 'neverthrow'
import type { Container } from 'inversify'
import type { Statements } from '../../src/adapters/persistence/repositories.ts'
import { sqliteBuilder } from '../../src/adapters/persistence/sqlite-builder.ts'
import { storeOn } from '../../src/adapters/persistence/sqlite-store.ts'
import type { Store } from '../../src/adapters/persistence/store.ts'
import { activityTally } from '../../src/application/alerts/activity.ts'
import type { Encryption } from '../../src/application/encryption.ts'
import type { FullGateway, Gateways } from '../../src/application/payments/payment-gateway.ts'
import {
  type Repositories,
  StoreUnavailable,
  type Transaction,
  WRITE_CONFLICT,
} from '../../src/application/transaction.ts'
import type { WebhookSender } from '../../src/application/webhooks/webhook-sender.ts'
import type { Settings } from '../../src/main/config.ts'
import { compareHere } from '../../src/main/compare-bills.ts'
import { createContainer } from '../../src/main/container.ts'
import { shareInProcess } from '../../src/main/shared.ts'
import { tokens } from '../../src/main/tokens.ts'
import { cutConnection } from './cut-connection.ts'
import { reportUnexpected, type World } from './world.ts'

export type InstanceParts = {
  readonly world: World
  readonly settings: Settings
  readonly gateways: Gateways
  readonly statements: Statements
  readonly encryption: Encryption
  readonly webhooks: WebhookSender
  readonly onCommit: () => void
  readonly onDeath: (where: string) => void
}

/** What a dead process waits for: each wait a promise of its own, so that what waits for it can be forgotten. */
const never = (): Promise<never> => new Promise(() => {})

/**
 * How likely a place is to see a crash where these are on; the oftener it has been passed, the less. Few orders come as
 * far as a refund, and those that do are worth it.
 */
const crashChance = (where: string, timesPassed: number): number =>
  (where.endsWith('refund') ? 4 : 1.5) / (5 + timesPassed ** 1.6)

/**
 * One process of the service: the real container on the real store, each port guarded. A port is where the process may
 * die, before its call or after the effect; then nothing it was doing goes on, as it has no way out but through ports.
 */
export class Instance {
  readonly container: Container
  readonly #parts: InstanceParts
  #alive = true
  #inStore = 0

  constructor(parts: InstanceParts) {
    this.#parts = parts
    const { world, settings, gateways } = parts
    this.container = createContainer({
      settings,
      secrets: { jwtSecret: undefined, encryptionKeys: [new Uint8Array(32)] },
      store: this.#store(),
      gateways: {
        configured: gateways.configured,
        find: (provider) => this.#gateway(gateways.find(provider)),
      },
      clock: world.clock,
      ids: world.ids,
      randomness: { bytes: (count) => world.chance.bytes(count) },
      shared: shareInProcess({ alone: false }),
      encryption: parts.encryption,
      compareBills: compareHere,
      webhookTrouble: (trouble) => {
        if (trouble.code === 'WEBHOOK_WORK_FAILED') reportUnexpected(world, 'a webhook', trouble.error)
      },
      questionFailed: (error) => reportUnexpected(world, 'a watched order', error),
      brokerTrouble: () => {},
      alertTrouble: () => {},
      activity: activityTally(world.clock),
      certificates: () => [],
    })
    const { webhooks } = parts
    this.container.rebind(tokens.webhookSender).toConstantValue({
      send: (message) => this.#port('webhook', () => webhooks.send(message)),
      close: async () => {},
    })
  }

  get isAlive(): boolean {
    return this.#alive
  }

  /** Whether the store still works on something: all of that ends without any time passing. */
  get isInStore(): boolean {
    return this.#inStore > 0
  }

  /** Everything in memory and everything uncommitted is gone. */
  die(where: string): void {
    if (!this.#alive) return
    this.#alive = false
    const { database, trace } = this.#parts.world
    if (database.inTransaction) database.command('rollback')
    trace.add('service', `dies ${where}`)
    this.#parts.onDeath(where)
  }

  /** Resolves like the work, or never, where the process died meanwhile. */
  async #port<T>(name: string, call: () => Promise<T>): Promise<T> {
    this.#crashesAt(`before ${name}`)
    if (!this.#alive) return never()
    try {
      return await call()
    } finally {
      this.#crashesAt(`after ${name}`)
      if (!this.#alive) await never()
    }
  }

  #crashesAt(where: string): boolean {
    const { world } = this.#parts
    if (!this.#alive) return true
    const rate = world.faults.rateOf('crash')
    if (rate === 0) return false
    const times = (world.passed.get(where) ?? 0) + 1
    world.passed.set(where, times)
    if (!world.chance.hits(rate * crashChance(where, times))) return false
    world.faults.count('crash')
    world.crashPoints.set(where, (world.crashPoints.get(where) ?? 0) + 1)
    this.die(where)
    return true
  }

  #store(): Store {
    const { world, statements, encryption, onCommit } = this.#parts
    const writer = cutConnection({
      connection: world.database,
      faults: world.faults,
      isAlive: () => this.#alive,
      crashesAt: (where) => this.#crashesAt(where),
      onCommit,
    })
    const store = storeOn({
      writer,
      builder: sqliteBuilder(world.database.database),
      encryption,
      ids: world.ids,
      statements,
    })
    const readers = Object.entries(store.readers).map(([name, reader]) => [name, this.#guarded(`read ${name}`, reader)])
    return {
      ...store,
      transaction: this.#transaction(store.transaction),
      readers: Object.fromEntries(readers) as Store['readers'], // The same names, each with its own reader.
      idempotencyKeys: this.#guarded('idempotency', store.idempotencyKeys),
      statistics: this.#guarded('statistics', store.statistics),
      alerting: this.#guarded('alerting', store.alerting),
      doctor: this.#guarded('doctor', store.doctor),
      backlog: this.#guarded('backlog', store.backlog),
    }
  }

  #transaction(real: Transaction): Transaction {
    const { faults, timeline, chance } = this.#parts.world
    return {
      run: (work) =>
        this.#port('transaction', async () => {
          if (chance.hits(0.5)) await timeline.sleep(chance.below(40)) // Others come in between.
          if (!this.#alive) return never()
          if (faults.strikes('store_unavailable')) throw new StoreUnavailable('the store is down')
          const asked = faults.strikes('store_conflict') ? conflictingOnce(work) : work
          const result = await this.#inStoreDuring(() => real.run(asked))
          if (faults.strikes('commit_unheard')) throw new StoreUnavailable('the connection broke at the commit')
          return result
        }),
    }
  }

  /** Every function of a reader or of another part of the store, as a port. */
  #guarded<T extends object>(name: string, part: T): T {
    return new Proxy(part, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key)
        if (typeof member !== 'function') return member
        return (...given: readonly unknown[]) =>
          this.#port(`${name}.${String(key)}`, () =>
            this.#inStoreDuring(() => {
              if (this.#parts.world.faults.strikes('store_unavailable')) throw new StoreUnavailable('the store is down')
              return Reflect.apply(member, target, given) as Promise<unknown> // All of them are asynchronous.
            }),
          )
      },
    })
  }

  async #inStoreDuring<T>(call: () => Promise<T>): Promise<T> {
    this.#inStore += 1
    try {
      return await call()
    } finally {
      this.#inStore -= 1
    }
  }

  /** Before a call that can move money leaves, its row is there (I20). */
  #assertIntent(sql: string, number: string, amount: number): void {
    const { database, violations } = this.#parts.world
    if (!this.#alive || database.database.prepare(sql).get(number, amount) !== undefined) return
    violations.push({
      invariant: 'I20',
      detail: `${number} over ${amount} goes to the gateway without a row of its own`,
    })
  }

  #gateway(gateway: FullGateway | undefined): FullGateway | undefined {
    if (gateway === undefined) return undefined
    const { provider, identity, credentialsVersion, notifyUrl, refundRules } = gateway
    const port = <T>(name: string, call: () => Promise<T>): Promise<T> => this.#port(`${provider} ${name}`, call)
    return {
      provider,
      identity,
      credentialsVersion,
      notifyUrl,
      refundRules,
      create: (trade) => {
        this.#assertIntent(
          'select 1 from payments where out_trade_no = ? and amount_fen = ?',
          trade.outTradeNo,
          trade.amount,
        )
        return port('create', () => gateway.create(trade))
      },
      query: (outTradeNo) => port('query', () => gateway.query(outTradeNo)),
      close: (outTradeNo) => port('close', () => gateway.close(outTradeNo)),
      refund: (order) => {
        this.#assertIntent('select 1 from refunds where refund_no = ? and amount_fen = ?', order.refundNo, order.amount)
        return port('refund', () => gateway.refund(order))
      },
      queryRefund: (name) => port('query refund', () => gateway.queryRefund(name)),
      downloadBill: (day) => port('bill', () => gateway.downloadBill(day)),
      fundFlow: gateway.fundFlow,
      readNotification: (raw) => port('notification', () => gateway.readNotification(raw)),
    }
  }
}

type Work<T, E> = (repositories: Repositories) => Promise<Result<T, E>>

/** Does the work, and then another writer turns out to have been faster. */
const conflictingOnce = <T, E>(work: Work<T, E>): Work<T, E> => {
  let first = true
  return async (repositories) => {
    if (!first) return work(repositories)
    first = false
    await work(repositories)
    return err(WRITE_CONFLICT as E) // Whatever a unit may fail with, this is what has it run again.
  }
}
