import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API } from '../../src/adapters/http/base-path.ts'
import { tokens } from '../../src/main/tokens.ts'
import { type Caller, callerOn, useEverything } from './calls.ts'
import { type GrownService, RUN_ID, startGrown } from './grown-service.ts'
import { type Known, knownOf } from './known.ts'
import { cursorAt, type ListCase, listCases, nameOf, numberCases } from './lists.ts'
import { faultsOf } from './plans.ts'
import { type Recorder, type Sent, startRecorder } from './recorder.ts'

const ORDERS = Number(process.env['SCALE_ORDERS'] ?? 1_000_000)
const PAGE = 20
/** Parts of all rows that lie before a page. */
const DEPTHS = [0, 0.01, 0.5, 0.99]
/** What a search does that looks through slices: a thousand entries of an index and their rows. */
const SLICE = 2300
const MAX_SLICES = 20
/** Some jobs come only every ten seconds. */
const ALL_JOBS_MS = 12_000
const TIMES = 5

let grown: GrownService
let recorder: Recorder
let known: Known
let call: Caller
const called = new Set<string>()
/** What the jobs ask at any time, by its shape. */
const jobs = new Map<string, Sent>()
const times: { readonly list: string; readonly ms: number; readonly deepMs: number }[] = []

beforeAll(async () => {
  grown = await startGrown(ORDERS)
  known = await knownOf(grown.running.database)
  call = callerOn(grown.running, called)
  recorder = await startRecorder(grown.running.database.url)
  const { idempotencyKeys } = grown.running.service.container.get(tokens.store)
  await idempotencyKeys.purge(grown.running.clock.now())
  await delay(ALL_JOBS_MS)
  for (const sent of await recorder.sent()) jobs.set(sent.shape, sent)
  console.table(recorder.sizes())
  console.log(`filled in ${grown.seconds} s`)
})

afterAll(async () => {
  console.table(times.toSorted((a, b) => b.deepMs - a.deepMs).slice(0, 15))
  await recorder.stop()
  await grown.stop()
})

const byShape = (sent: readonly Sent[]): readonly Sent[] => [...new Map(sent.map((one) => [one.shape, one])).values()]

const faultsIn = async (sent: readonly Sent[], few?: number): Promise<readonly string[]> => {
  const found: string[] = []
  for (const one of byShape(sent))
    for (const fault of await faultsOf(recorder, one, few)) found.push(`${one.shape}\n  ${fault}`)
  return found
}

type Asked = Pick<ListCase, 'path' | 'filter' | 'user'>

const routeOf = ({ path }: Asked): string =>
  `GET ${API}${path
    .replace(RUN_ID, '{reconciliationId}')
    .replace(/[0-9a-f]{32}/, '{endpointId}')
    .replace('/MUG/', '/{sku}/')}`

const list = async (one: Asked, cursor: Readonly<Record<string, string>> = {}) => {
  const { filter, user } = one
  return call(routeOf(one), {
    in: { sku: 'MUG', endpointId: known.endpointId, reconciliationId: RUN_ID },
    query: { ...filter, ...cursor, limit: String(PAGE) },
    ...(user === undefined ? {} : { user }),
  })
}

/** That the operator looked is looked up, and written once an hour. */
const NOTE = /^select (`id` from `audit` where `id` = \?$|\* from `audit_chain` )/

/** What a page is and what is asked for it, apart from the jobs beside it and the note that it was. */
const askedFor = async (one: Asked, cursor: Readonly<Record<string, string>> = {}) => {
  await recorder.sent()
  const { data, page } = await list(one, cursor)
  const sent = (await recorder.sent()).filter(
    ({ sql, shape }) => /^select/i.test(sql) && !jobs.has(shape) && !NOTE.test(shape),
  )
  return { found: Number(data.length), next: page.nextCursor as unknown, sent }
}

const readsOf = async (sent: readonly Sent[]): Promise<number> => {
  let reads = 0
  for (const { sql } of sent) reads += await recorder.reads(sql)
  return reads
}

const median = async (work: () => Promise<unknown>): Promise<number> => {
  const spans: number[] = []
  for (let n = 0; n < TIMES; n += 1) {
    const begun = performance.now()
    await work()
    spans.push(performance.now() - begun)
  }
  return Math.round(spans.toSorted((a, b) => a - b)[Math.floor(TIMES / 2)] ?? 0)
}

describe(`a database with ${ORDERS} orders`, () => {
  it('is asked by its jobs through indexes alone', async () => {
    expect(await faultsIn([...jobs.values()])).toEqual([])
    for (const table of ['orders', 'payments', 'refunds', 'refund_clues', 'events', 'webhook_deliveries'])
      expect([...jobs.keys()].some((shape) => shape.includes(`from \`${table}\``))).toBe(true)
    for (const table of ['access_codes', 'access_code_batches', 'idempotency_keys'])
      expect([...jobs.keys()].some((shape) => shape.includes(`from \`${table}\``))).toBe(true)
  })

  it('is asked by each route through indexes alone', async () => {
    await recorder.sent()
    await useEverything(grown.running, call, known)
    expect(await faultsIn(await recorder.sent())).toEqual([])
  })

  it('gives a page of any list for the same work at any depth', async () => {
    const faults: string[] = []
    const uneven: unknown[] = []
    for (const one of listCases(known)) {
      const seen: { readonly reads: number; readonly statements: number; readonly found: number }[] = []
      for (const depth of DEPTHS) {
        const cursor = depth === 0 ? {} : { cursor: await cursorAt(grown.running.database, one, depth) }
        const { found, sent } = await askedFor(one, cursor)
        faults.push(...(await faultsIn(sent)).map((fault) => `${nameOf(one)} after ${depth}: ${fault}`))
        seen.push({ reads: await readsOf(sent), statements: sent.length, found })
        if (depth === 0.5)
          times.push({
            list: nameOf(one),
            ms: await median(() => list(one)),
            deepMs: await median(() => list(one, cursor)),
          })
      }
      const reads = seen.map((page) => page.reads)
      const allowed = Math.max(...seen.map((page) => page.statements)) > 1 ? SLICE : PAGE
      if (Math.max(...reads) - Math.min(...reads) > allowed || seen[0]?.found === 0) uneven.push([nameOf(one), seen])
    }
    expect(faults).toEqual([])
    expect(uneven).toEqual([])
  })

  it('finds by a number what belongs to it', async () => {
    for (const one of numberCases(known)) {
      const { sent } = await askedFor(one)
      expect([nameOf(one), await faultsIn(sent, 30)]).toEqual([nameOf(one), []])
    }
  })

  it('ends a search for what hardly exists, and says where it goes on', async () => {
    const { found, next, sent } = await askedFor({
      path: '/admin/refunds',
      filter: { status: 'failed', provider: 'points' },
    })
    expect(found).toBe(0)
    expect(await readsOf(sent)).toBeLessThan(MAX_SLICES * SLICE)
    const failed = await grown.running.database.rows(`select count(*) as n from refunds where status = 'failed'`)
    expect(next !== null).toBe(Number(failed[0]?.['n']) > MAX_SLICES * 1000)
  })

  it('was asked by every route there is, and by every filter of a list', async () => {
    const answer = await fetch(`${grown.running.origin}/openapi.json`)
    const { paths } = (await answer.json()) as Documented // As it documents.
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { parameters = [] }]) => ({
        route: `${method.toUpperCase()} ${path}`,
        filters: parameters.filter((one) => one.in === 'query').map(({ name }) => name),
      })),
    )
    const notices = operations.filter(({ route }) => route.endsWith('/notify'))
    expect(notices).toHaveLength(2) // Called by the gateways while the purchases were made.
    const forgotten = operations.filter((one) => !called.has(one.route) && !notices.includes(one))
    expect(forgotten).toEqual([])
    const asked = [...listCases(known), ...numberCases(known)]
    const unasked = operations.flatMap(({ route, filters }) =>
      filters.includes('cursor')
        ? filters
            .filter(
              (name) => !NO_FILTERS.has(name) && !asked.some((one) => routeOf(one) === route && name in one.filter),
            )
            .map((name) => `${name} of ${route}`)
        : [],
    )
    expect(unasked).toEqual([])
  })
})

const NO_FILTERS: ReadonlySet<string> = new Set(['cursor', 'limit'])

type Documented = {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly parameters?: readonly { readonly name: string; readonly in: string }[] }>>
    >
  >
}
