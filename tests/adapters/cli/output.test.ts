import { describe, expect, it } from 'vitest'
import { barOf, progressBar } from '../../../src/adapters/cli/progress.ts'
import { plain, tableOf } from '../../../src/adapters/cli/table.ts'
import { runVerify } from '../../../src/adapters/cli/verify-command.ts'
import { recordingTerminal } from '../../support/terminal.ts'

describe('a table on a terminal', () => {
  it('counts Chinese characters as two columns', () => {
    expect(tableOf([['年卡', 'a'], ['card', 'b'], ['x']])).toEqual(['年卡  a', 'card  b', 'x'])
  })

  it('lets no text of strangers move the cursor or start a new line', () => {
    expect(plain('a\u001B[2Jb\nc\u202Ed')).toBe('a [2Jb c d')
    expect(tableOf([['a\r\nb']])).toEqual(['a  b'])
  })
})

describe('a progress bar', () => {
  it('is written over and over for whoever looks, and removed in the end', () => {
    const written: string[] = []
    const bar = progressBar({ isTTY: true, write: (text) => written.push(text) }, 'codes')
    bar.update(1, 2)
    bar.update(1, 2)
    bar.end()
    expect(written).toEqual([`\r\u001B[K${barOf('codes', 1, 2)}`, '\r\u001B[K'])
  })

  it('is not written into a file', () => {
    const written: string[] = []
    const bar = progressBar({ write: (text) => written.push(text) }, 'codes')
    bar.update(1, 2)
    bar.end()
    expect(written).toEqual([])
  })

  it('is full when all is done, also where there was nothing to do', () => {
    expect(barOf('x', 0, 10)).toBe(`x  [${'-'.repeat(30)}]  0 %`)
    expect(barOf('x', 5, 10)).toBe(`x  [${'#'.repeat(15)}${'-'.repeat(15)}]  50 %`)
    expect(barOf('x', 0, 0)).toBe(`x  [${'#'.repeat(30)}]  100 %`)
    expect(barOf('x', 12, 10)).toContain('100 %')
  })
})

describe('shouyin verify', () => {
  const held = { id: 'I01', title: 'money stays', violations: [] }
  const broken = {
    id: 'I16',
    title: 'stock adds up',
    violations: [{ invariant: 'I16', subject: 'MUG', detail: 'on hand is not the sum of the ledger' }],
  }
  const command = {
    name: 'verify',
    json: false,
    quiescent: false,
    graceSeconds: undefined,
    auditHead: undefined,
  } as const

  it('ends well where all hold', async () => {
    const terminal = recordingTerminal()
    expect(await runVerify(async () => [held], command, terminal)).toBe(0)
    expect(terminal.printed()).toBe('I01  ok  money stays\n\nall hold 全部成立\n')
  })

  it('prints what is to be kept and held against a later state', async () => {
    const terminal = recordingTerminal()
    expect(await runVerify(async () => [{ ...held, note: '7:0f' }], command, terminal)).toBe(0)
    expect(terminal.printed()).toContain('audit head 审计链末端  7:0f\n')
  })

  it('fails where one is broken, and names what is wrong', async () => {
    const terminal = recordingTerminal()
    expect(await runVerify(async () => [held, broken], command, terminal)).toBe(1)
    expect(terminal.printed()).toContain('I16  1 !  stock adds up')
    expect(terminal.printed()).toContain('I16  MUG  on hand is not the sum of the ledger')
  })

  it('says the same for machines', async () => {
    const terminal = recordingTerminal()
    expect(await runVerify(async () => [held, broken], { ...command, json: true }, terminal)).toBe(1)
    expect(JSON.parse(terminal.printed())).toEqual({ ok: false, invariants: [held, broken] })
  })
})
