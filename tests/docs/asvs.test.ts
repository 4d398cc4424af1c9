import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ASVS } from './asvs-levels.ts'
import { missingIn, sourcesIn, testsIn } from './named-files.ts'

const text = readFileSync(fileURLToPath(new URL('../../docs/asvs.md', import.meta.url)), 'utf8')
const tables = text.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
const rows = tables
  .filter(([, id = '']) => /^V\d/.test(id))
  .map(([, id = '', level = '', asks = '', answer = '', where = '', proof = '']) => ({
    id,
    level: Number(level),
    asks,
    answer,
    where,
    proof,
  }))

const ANSWERS = ['yes', 'no', 'not applicable'] as const
const inOrder = (ids: readonly string[]): readonly string[] =>
  ids.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))

describe('docs/asvs.md', () => {
  it('has each requirement of levels 1 and 2 once, under its level and in order', () => {
    for (const level of [1, 2] as const)
      expect(rows.filter((row) => row.level === level).map(({ id }) => id)).toEqual(ASVS[level])
    expect(rows.map(({ id }) => id)).toEqual(inOrder([...ASVS[1], ...ASVS[2]]))
    expect(rows).toHaveLength(253)
  })

  it('answers each one of three ways, with a place or a reason', () => {
    for (const row of rows) {
      expect(ANSWERS, row.id).toContain(row.answer)
      expect(row.asks, row.id).not.toBe('')
      expect(row.where, row.id).not.toBe('')
    }
  })

  it('proves what it affirms', () => {
    const affirmed = rows.filter(({ answer }) => answer === 'yes')
    const unproven = affirmed.filter(({ proof }) => testsIn(proof).length === 0)
    expect(unproven.map(({ id }) => id)).toEqual(UNTESTED)
  })

  it('counts its answers right', () => {
    const sums = (level: string, of: typeof rows) => {
      const each = ANSWERS.map((answer) => of.filter((row) => row.answer === answer).length)
      return ['', level, ...each.map(String), String(of.length), '']
    }
    const counted = [1, 2].map((level) =>
      sums(
        String(level),
        rows.filter((row) => row.level === level),
      ),
    )
    const shown = tables.filter(([, first = '']) => ['1', '2', 'both'].includes(first))
    expect(shown).toEqual([...counted, sums('both', rows)])
  })

  it('names nothing that is not there', () => {
    expect([testsIn(text).length, sourcesIn(text).length].every((count) => count > 50)).toBe(true)
    expect([...new Set(missingIn(text))]).toEqual([])
  })
})

/** What no test of ours can see: the language, what the code has none of, and what others' defaults are. */
const UNTESTED = ['V1.2.9', 'V1.4.1', 'V3.5.5', 'V12.1.1', 'V12.1.2']
