import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { SETTING_NAMES } from '../../src/main/config.ts'
import { missingIn, sourcesIn, testsIn } from './named-files.ts'

const text = readFileSync(fileURLToPath(new URL('../../docs/security.md', import.meta.url)), 'utf8')
const rows = text.split('\n').filter((line) => /^\| S\d\d \|/.test(line))

/** The lines under a heading whose last words are these. */
const sectionOf = (name: string): readonly string[] =>
  (text.split(/^## /m).find((section) => section.split('\n', 1)[0]?.endsWith(` ${name}`)) ?? '').split('\n')

describe('docs/security.md', () => {
  it('has one row for each threat, in order', () => {
    const threats = Array.from({ length: 28 }, (_, n) => `S${String(n + 1).padStart(2, '0')}`)
    expect(rows.map((row) => row.slice(2, 5))).toEqual(threats)
  })

  it('names for each row tests that are there', () => {
    for (const row of rows) expect(testsIn(row), row).not.toEqual([])
  })

  it.each(['Data', 'Keys', 'Connections', 'Logs', 'What costs most'])('has an inventory: %s', (name) => {
    expect(sectionOf(name).filter((line) => line.startsWith('| ')).length).toBeGreaterThan(4)
  })

  it('names every key and secret that can be set', () => {
    const keys = SETTING_NAMES.filter((name) => /_(KEY|KEY_ID|SECRET|SECRET_ID|TOKEN)$/.test(name))
    expect(keys.length).toBeGreaterThan(8)
    expect(keys.filter((name) => !sectionOf('Keys').join().includes(`\`${name}\``))).toEqual([])
  })

  it('names sources, and nothing that is not there', () => {
    expect(sourcesIn(rows.join()).length).toBeGreaterThan(10)
    expect(missingIn(text)).toEqual([])
    expect(missingIn('`tests/docs/none.test.ts` `http/none.ts` `docs/none.md`')).toHaveLength(3)
  })
})
