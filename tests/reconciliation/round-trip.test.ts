import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rolling } from '../support/dice.ts'
import { type RunningHere, startRunning } from '../support/service.ts'
import { call, type Gateway, type Json, orderState } from '../wire/payer.ts'
import { DAY, differencesOf, doBusiness, type Done, reconcile } from './day-of-business.ts'

const PAYMENTS = Number(process.env['RECONCILED_PAYMENTS'] ?? 10_000)
const UNHEARD = Math.round(PAYMENTS / 100)
const REFUNDS = Math.round(PAYMENTS / 5)
/** For each gateway. */
const EACH = Math.round(PAYMENTS / 160)
const GATEWAYS: readonly Gateway[] = ['wechat', 'alipay']

const NOTHING_DIFFERS = { amountDiffers: 0, statusDiffers: 0, missingLocal: 0, missingRemote: 0, unreadable: 0 }

describe('a day of business', () => {
  let running: RunningHere
  let done: readonly Done[]
  beforeAll(async () => {
    running = await startRunning()
    done = await doBusiness(running, rolling(20261120), { payments: PAYMENTS, unheard: UNHEARD, refunds: REFUNDS })
  })
  afterAll(() => running.stop())

  const of = (gateway: Gateway) => done.filter((one) => one.gateway === gateway)
  /** What of the books would show that something happened once more. */
  const tables = async () => {
    const digest = async (sql: string) => JSON.stringify(await running.database.rows(sql))
    return {
      orders: await digest('select id, status, refunded_fen, version from orders order by id'),
      payments: await digest('select id, status, transaction_id, version from payments order by id'),
      refunds: await digest('select refund_no, status, amount_fen, version from refunds order by refund_no'),
      incidents: await digest('select id, occurrences, status from incidents order by id'),
      discrepancies: await digest(
        'select id, class, subject, status, resolution, note, version from discrepancies order by id',
      ),
    }
  }

  it('matches the bills of both gateways, once the payments nobody has heard of are found and delivered', async () => {
    for (const gateway of GATEWAYS) {
      const run = await reconcile(running, gateway)
      expect(run).toMatchObject({ status: 'completed', reason: null })
      const unheard = of(gateway).filter(({ isUnheard }) => isUnheard)
      expect(run.summary).toMatchObject({ ...NOTHING_DIFFERS, statusDiffers: unheard.length })
      expect(run.summary.matched).toBe(run.summary.localCount)
      for (const { orderId } of unheard) expect((await orderState(running, orderId))?.status).toBe('paid')
      const differences = await differencesOf(running, run.id)
      expect(differences.map(({ outTradeNo }: Json): string => outTradeNo).toSorted()).toEqual(
        unheard.map(({ outTradeNo }) => outTradeNo).toSorted(),
      )
      expect(new Set(differences.map(({ resolution }: Json) => resolution))).toEqual(new Set(['healed']))
      const again = await reconcile(running, gateway)
      expect(again.summary).toMatchObject(NOTHING_DIFFERS)
      expect(again.summary).toMatchObject({
        remoteCount: again.summary.localCount,
        matched: again.summary.localCount,
        remoteAmount: again.summary.localAmount,
        remoteRefunds: again.summary.localRefunds,
      })
    }
  })

  it('shows every difference that is planted, none that is not, and nothing more the second time', async () => {
    const expected = new Map<Gateway, readonly Found[]>()
    for (const gateway of GATEWAYS) expected.set(gateway, plant(gateway))
    for (const gateway of GATEWAYS) {
      const run = await reconcile(running, gateway)
      expect(run).toMatchObject({ status: 'completed' })
      const found = (await differencesOf(running, run.id)).filter(({ resolution }: Json) => resolution !== 'healed')
      const healed = (await differencesOf(running, run.id)).filter(
        ({ resolution, class: kind, remoteStatus }: Json) =>
          resolution === 'healed' && kind === 'status_differs' && remoteStatus !== 'SUCCESS' && remoteStatus !== '交易',
      )
      expect(sorted([...found, ...healed].map(named))).toEqual(sorted(expected.get(gateway) ?? []))
      const before = await tables()
      const again = await reconcile(running, gateway)
      expect(again.summary).toEqual(run.summary)
      expect(await tables()).toEqual(before)
    }
  })

  it('finds the books as they have to be afterwards', async () => {
    const violations = await running.store.verify({ quiescent: false, now: running.clock.now(), graceMs: 3_600_000 })
    expect(violations).toEqual([])
  })

  type Found = { readonly class: string; readonly about: string; readonly number: string }

  const named = ({ class: kind, about, outTradeNo, refundNo }: Json): Found => ({
    class: kind,
    about,
    number: about === 'row' ? '' : `${outTradeNo} ${refundNo ?? ''}`,
  })
  const sorted = (all: readonly Found[]): readonly string[] => all.map((one) => JSON.stringify(one)).toSorted()

  const plant = (gateway: Gateway): readonly Found[] => {
    const times = <T>(one: T): readonly T[] => Array.from({ length: EACH }, () => one)
    const common = [
      ...times({ day: DAY, kind: 'missing_row', of: 'payment' } as const),
      ...times({ day: DAY, kind: 'missing_row', of: 'refund' } as const),
      ...times({ day: DAY, kind: 'extra_row', of: 'payment' } as const),
      ...times({ day: DAY, kind: 'extra_row', of: 'refund' } as const),
      ...times({ day: DAY, kind: 'amount_off', of: 'payment', byFen: 1 } as const),
      ...times({ day: DAY, kind: 'amount_off', of: 'refund', byFen: 1 } as const),
      ...times({ day: DAY, kind: 'unreadable_row', of: 'payment', cell: 'amount' } as const),
      ...times({ day: DAY, kind: 'awkward_name', of: 'payment' } as const),
    ]
    const planted =
      gateway === 'alipay'
        ? running.sandbox.alipay.billDifferences.plant(...common)
        : running.sandbox.wechat.billDifferences.plant(
            ...common,
            ...times({ day: DAY, kind: 'status_off', of: 'payment' } as const),
            ...times({ day: DAY, kind: 'status_off', of: 'refund' } as const),
          )
    return planted.flatMap((one): readonly Found[] => {
      if (one.kind === 'format' || one.kind === 'awkward_name') return []
      const { kind: about, outTradeNo, refundNo } = one.row
      const at = { about, number: `${outTradeNo} ${about === 'refund' ? refundNo : ''}` }
      switch (one.kind) {
        case 'missing_row':
          return [{ class: 'missing_remote', ...at }]
        case 'extra_row':
          return [{ class: 'missing_local', ...at }]
        case 'amount_off':
          return [{ class: 'amount_differs', ...at }]
        case 'status_off':
          return [{ class: 'status_differs', ...at }]
        case 'unreadable_row': // The row says nothing, so its payment is on no row.
          return [
            { class: 'unreadable', about: 'row', number: '' },
            { class: 'missing_remote', ...at },
          ]
      }
    })
  }

  it('keeps the original of each bill once, packed and sealed', async () => {
    const bills = await running.database.rows(`select provider, kind, sha256 from bills where is_whole = 1`)
    expect(new Set(bills.map((bill) => JSON.stringify(bill))).size).toBe(bills.length)
    const [piece] = await running.database.rows('select content from bill_pieces limit 1')
    expect(String(piece?.['content'])).toMatch(/^v1\./)
    const { status } = await call(running, '/admin/reconciliations', { token: await running.token('boss', true) })
    expect(status).toBe(200)
  })
})
