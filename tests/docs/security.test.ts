import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const text = readFileSync(at('docs/security.md'), 'utf8')
const rows = text.split('\n').filter((line) => /^\| S\d\d \|/.test(line))
const testsIn = (row: string): readonly string[] => row.match(/tests\/[\w./-]+/g) ?? []

describe('docs/security.md', () => {
  it('has one row for each threat, in order', () => {
    const threats = Array.from({ length: 28 }, (_, n) => `S${String(n + 1).padStart(2, '0')}`)
    expect(rows.map((row) => row.slice(2, 5))).toEqual(threats)
  })

  it('names for each row tests that are there', () => {
    for (const row of rows) {
      expect(testsIn(row), row).not.toEqual([])
      expect(testsIn(row).filter((path) => !path.endsWith('.test.ts') || !existsSync(at(path)))).toEqual([])
    }
  })

  it('names sources that are there', () => {
    const folders = ['src/adapters', 'src/adapters/gateways', 'src']
    const sources = rows.flatMap((row) => row.match(/`[\w/-]+\.ts`/g) ?? []).map((name) => name.slice(1, -1))
    expect(sources.length).toBeGreaterThan(10)
    expect(sources.filter((name) => !folders.some((folder) => existsSync(at(`${folder}/${name}`))))).toEqual([])
  })
})
