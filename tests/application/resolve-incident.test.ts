import { ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { resolveIncident } from '../../src/application/incidents/resolve-incident.ts'
import { minute } from '../support/builders.ts'
import { world } from './world.ts'

const ALWAYS = { from: undefined, to: undefined }
const boss = { actor: 'boss', requestId: 'r1', ip: '192.0.2.1' }

const withIncident = async () => {
  const { store, deps } = await world([])
  const facts = { id: 'incident-1', kind: 'unknown_order', provider: 'wechat', outTradeNo: 'P1' } as const
  const report = { ...facts, orderId: undefined, evidence: {}, subject: 't1', at: minute(0) }
  await store.transaction.run(async ({ incidents }) => ok(await incidents.report(report)))
  return {
    store,
    resolve: resolveIncident(deps),
    audited: async () => (await store.readers.audit.list(ALWAYS, { limit: 100, after: undefined })).items,
  }
}

describe('resolving an incident', () => {
  it('closes it and puts it on record with the note as its reason', async () => {
    const { resolve, audited, store } = await withIncident()
    const resolved = (await resolve('incident-1', '已核对', boss))._unsafeUnwrap()
    expect(resolved).toMatchObject({ status: 'resolved', resolution: { note: '已核对', by: 'boss', at: minute(0) } })
    expect(await store.readers.incidents.find('incident-1')).toEqual(resolved)
    expect(await audited()).toMatchObject([
      {
        ...boss,
        action: 'incident.resolve',
        subject: 'incident-1',
        reason: '已核对',
        before: { status: 'open' },
        after: { status: 'resolved' },
      },
    ])
  })

  it('is done once, however often and closely it is asked for', async () => {
    const { resolve, audited } = await withIncident()
    const answers = await Promise.all(['a', 'b', 'a'].map((note) => resolve('incident-1', note, boss)))
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(await audited()).toHaveLength(1)
  })

  it('does not know what is not there', async () => {
    const { resolve, audited } = await withIncident()
    expect((await resolve('other', 'x', boss))._unsafeUnwrapErr()).toEqual({ code: 'NOT_FOUND' })
    expect(await audited()).toEqual([])
  })
})
