import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { sqliteDialect } from '../../src/adapters/persistence/dialect.ts'
import { migrate } from '../../src/adapters/persistence/migrate.ts'
import { buildStatements, type Statements } from '../../src/adapters/persistence/repositories.ts'
import { TABLES } from '../../src/adapters/persistence/schema.ts'
import { sqliteBuilder } from '../../src/adapters/persistence/sqlite-builder.ts'
import { SqliteConnection } from '../../src/adapters/persistence/sqlite-connection.ts'
import type { Gateways } from '../../src/application/payments/payment-gateway.ts'
import { loadSettings, type Settings } from '../../src/main/config.ts'
import { Chance } from './chance.ts'
import { checkCommitted, checkHistories, checkSettled } from './checks.ts'
import { walkedEdges } from './coverage.ts'
import { bringCustomers, type Town } from './customers.ts'
import { type Fault, Faults } from './faults.ts'
import { Front } from './front.ts'
import { SimulatedGateway } from './gateway/simulated-gateway.ts'
import { KeptPromises } from './kept-promises.ts'
import { bringOthers } from './others.ts'
import { Receivers } from './receivers.ts'
import { Service } from './service.ts'
import { Shop } from './shop.ts'
import { fillShop } from './stock-room.ts'
import { MachineClock, Timeline } from './timeline.ts'
import { Trace } from './trace.ts'
import { seededIds, type Violation, type World } from './world.ts'

/** What came of one seed. */
export type Outcome = {
  readonly seed: number
  readonly violations: readonly Violation[]
  /** Over every line of the trace and every row that is left. */
  readonly digest: string
  readonly lastLines: readonly string[]
  readonly faultsOn: string
  readonly steps: number
  readonly commits: number
  readonly promises: number
  readonly faults: ReadonlyMap<Fault, number>
  readonly crashPoints: ReadonlyMap<string, number>
  readonly edges: ReadonlyMap<string, number>
}

export type Options = {
  /** Takes every line of the trace. */
  readonly print?: (line: string) => void
  /** Walks all histories after each commit, which takes most of the time, to find the very commit that broke one. */
  readonly thorough?: boolean
}

/** After how many commits all histories are walked again; what is wrong in one stays so. */
const HISTORIES_EVERY = 10

const S = 1000
const MIN = 60 * S
const H = 60 * MIN
const START_MS = Date.UTC(2026, 10, 20)
/** The store ends what it was given without time passing; one that does not waits for something outside. */
const MOST_TURNS = 10_000

/** Runs one seed: a while in which everything goes wrong, then 48 quiet hours after which everything must be settled. */
export const simulate = async (seed: number, { print, thorough = false }: Options = {}): Promise<Outcome> => {
  const made = await makeWorld(seed, print)
  const { world, chance } = made
  const settings = drawSettings(chance)
  const promises = new KeptPromises(world)
  const front = new Front(world, promises)
  const gateways = openGateways(world, settings, front)
  const byProvider: Gateways = {
    configured: ['wechat', 'alipay'],
    find: (provider) => (provider === 'points' ? undefined : gateways[provider].port),
  }
  const webhooks = new Receivers(world)
  const { statements } = made
  const service = new Service({ world, front, promises, settings, gateways: byProvider, webhooks, statements })
  const run = new Run(world, service, thorough)
  const { products, batch } = await run.through(fillShop(service.start().container, chance))
  const shop = new Shop(front, promises)
  const users = ['user-1', 'user-2', 'user-3']
  const orderTtlMs = settings.ORDER_TTL_SECONDS * S
  const knownCodes = batch.map(({ text }) => text)
  const town: Town = { world, shop, gateways, users, products, orderTtlMs, knownCodes, batch }
  const stormMs = chance.between(20, 60) * MIN
  world.faults.begin()
  bringCustomers(town, chance.between(6, 14), stormMs)
  bringOthers(town, front, stormMs)
  planTroubles(world, service, stormMs)

  await run.until(stormMs + orderTtlMs)
  world.faults.end()
  world.clock.setOff(0)
  world.trace.add('everybody', 'calms down')
  service.calm()
  await run.until(stormMs + orderTtlMs + 48 * H)
  promises.check()
  webhooks.check()
  await checkSettled(world, [gateways.wechat, gateways.alipay])
  return {
    seed,
    violations: world.violations,
    digest: digestOf(world),
    lastLines: world.trace.last(40),
    faultsOn: world.faults.describe(),
    steps: run.steps,
    commits: service.commits,
    promises: promises.count,
    faults: world.faults.counts,
    crashPoints: world.crashPoints,
    edges: walkedEdges(world.database),
  }
}

/** Takes the events one by one, each until nothing is left to be done at its moment. */
class Run {
  readonly #world: World
  readonly #service: Service
  readonly #thorough: boolean
  #checked = 0
  steps = 0

  constructor(world: World, service: Service, thorough: boolean) {
    this.#world = world
    this.#service = service
    this.#thorough = thorough
  }

  /** Stops at the first violation: what comes after one tells nothing. */
  async until(endMs: number): Promise<void> {
    const { timeline, violations } = this.#world
    while (violations.length === 0) {
      const event = timeline.next(endMs)
      if (event === undefined) return
      this.steps += 1
      event()
      await this.#settle()
      if (this.#service.takeCommitted()) await this.#check()
    }
  }

  async #check(): Promise<void> {
    this.#checked += 1
    await checkCommitted(this.#world)
    if (this.#thorough || this.#checked % HISTORIES_EVERY === 0) await checkHistories(this.#world)
  }

  /** Until something that was begun before is done. */
  async through<T>(begun: Promise<T>): Promise<T> {
    const state = { isDone: false }
    const done = begun.finally(() => {
      state.isDone = true
    })
    for (await this.#settle(); !state.isDone; await this.#settle()) this.#world.timeline.next(Infinity)?.()
    return done
  }

  async #settle(): Promise<void> {
    for (let turns = 0; turns < MOST_TURNS; turns += 1) {
      await turn()
      if (!this.#service.isInStore) return
    }
    this.#world.violations.push({ invariant: 'I20', detail: 'a unit of work waits for something outside the store' })
  }
}

let template: Promise<{ readonly bytes: Buffer; readonly statements: Statements }> | undefined

/** A database with its tables, made once; each seed gets a copy of its own. */
const makeTemplate = async () => {
  const connection = new SqliteConnection(':memory:', 'write')
  await migrate(sqliteBuilder(connection.database), sqliteDialect)
  const bytes = connection.database.serialize()
  return { bytes, statements: buildStatements(sqliteBuilder(connection.database)) }
}

const makeWorld = async (seed: number, print: ((line: string) => void) | undefined) => {
  template ??= makeTemplate()
  const { bytes, statements } = await template
  const chance = new Chance(seed)
  const timeline = new Timeline()
  const start = new Date(START_MS + chance.below(24) * H)
  const clock = new MachineClock(timeline, start)
  const world: World = {
    seed,
    chance,
    timeline,
    clock,
    trueTime: () => new Date(start.getTime() + timeline.nowMs),
    trace: new Trace(() => timeline.nowMs, print),
    faults: new Faults(chance.fork()),
    database: new SqliteConnection(bytes, 'write'),
    ids: seededIds(chance.fork(), () => clock.now()),
    violations: [],
    passed: new Map(),
    crashPoints: new Map(),
  }
  return { world, chance, statements }
}

const drawSettings = (chance: Chance): Settings =>
  loadSettings({
    DATABASE_URL: 'sqlite::memory:',
    ORDER_TTL_SECONDS: String(chance.one([120, 600, 1800])),
    SCHEDULER_TICK_MS: String(chance.one([2000, 10_000, 30_000])),
    GATEWAY_TIMEOUT_MS: '3000',
    LATE_PAYMENT_POLICY: chance.one(['refund', 'honour']),
    REFUND_APPROVAL: chance.one(['auto', 'manual']),
    RECOVERY_SCHEDULE: chance.one(['15s,30s,1m,3m,10m,30m,1h', '5s,1m,10m', '1m']),
  })._unsafeUnwrap()

const openGateways = (world: World, { GATEWAY_TIMEOUT_MS: timeoutMs }: Settings, front: Front): Town['gateways'] => {
  const open = (provider: 'wechat' | 'alipay'): SimulatedGateway =>
    new SimulatedGateway({ world, provider, timeoutMs, deliver: (...message) => front.notify(...message) })
  return { wechat: open('wechat'), alipay: open('alipay') }
}

/** Kills and wrong clocks, which come by themselves. */
const planTroubles = ({ chance, timeline, faults, clock, trace }: World, service: Service, untilMs: number): void => {
  for (let kills = Math.ceil(faults.rateOf('crash') * chance.below(6)); kills > 0; kills -= 1)
    timeline.after(chance.below(untilMs), () => service.kill())
  for (let jumps = Math.ceil(faults.rateOf('clock_jump') * chance.below(8)); jumps > 0; jumps -= 1)
    timeline.after(chance.below(untilMs), () => {
      const offMs = chance.between(-10, 10) * MIN + (chance.hits(0.2) ? chance.one([-24, 24]) * H : 0)
      faults.count('clock_jump')
      trace.add('clock', 'jumps', `${offMs / MIN} min off`)
      clock.setOff(offMs)
      timeline.after(chance.spread(10 * S, 20 * MIN), () => clock.setOff(0))
    })
}

const digestOf = ({ database: { database }, trace }: World): string => {
  const hash = createHash('sha256').update(trace.digest())
  for (const table of Object.keys(TABLES)) hash.update(JSON.stringify(database.prepare(`select * from ${table}`).all()))
  return hash.digest('hex').slice(0, 16)
}
