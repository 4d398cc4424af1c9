import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { type CopyDeps, runCopy } from '../../../src/adapters/cli/copy-command.ts'
import { recordingTerminal } from '../../support/terminal.ts'

const command = { name: 'copy', from: 'sqlite:a.db', to: 'sqlite:b.db', check: false, json: false } as const
const tables = [{ table: 'orders', rows: 2, copied: 1, digest: 'abc', sums: { amount_fen: '300' } }]
const broken = { invariant: 'I01', subject: 'o1', detail: 'money is missing' }

const run = async (
  given: { check?: boolean; json?: boolean },
  copy: CopyDeps['copy'],
  violations = [] as (typeof broken)[],
) => {
  const terminal = recordingTerminal()
  const verify = async () => [{ id: 'I01', title: 'money stays', violations }]
  const code = await runCopy({ copy, verify }, { ...command, ...given }, terminal)
  return { code, printed: terminal.printed(), told: terminal.told() }
}

describe('shouyin copy', () => {
  it('says table by table what is there, and that the books hold', async () => {
    const { code, printed } = await run({}, async () => ok({ tables, differences: [] }))
    expect(code).toBe(0)
    expect(printed).toBe(
      'TABLE   ROWS  COPIED NOW  DIGEST\norders  2     1           abc\n\nthe same, and all invariants hold 完全一致，全部成立\n',
    )
  })

  it('fails where something is not the same, and says that nothing starts there', async () => {
    const copy: CopyDeps['copy'] = async () => ok({ tables, differences: ['orders o1: status differ'] })
    const copied = await run({}, copy)
    expect([copied.code, copied.told]).toEqual([1, expect.stringContaining('no service starts on the target')])
    expect(copied.printed).toMatch(/orders o1: status differ\nnot the same 不一致\n$/)
    const compared = await run({ check: true }, copy)
    expect([compared.code, compared.told]).toEqual([1, ''])
  })

  it('fails where the books do not hold in their new place', async () => {
    const { code, printed } = await run({ json: true }, async () => ok({ tables, differences: [] }), [broken])
    expect([code, JSON.parse(printed)]).toEqual([1, { ok: false, tables, differences: [], violations: [broken] }])
  })

  it('says why nothing was done', async () => {
    const { code, printed, told } = await run({}, async () => err('the target is not empty: there are orders'))
    expect([code, printed, told]).toEqual([1, '', 'shouyin: the target is not empty: there are orders\n'])
  })
})
