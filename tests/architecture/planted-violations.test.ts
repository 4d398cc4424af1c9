import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { examine } from './cruise.ts'

const planted = async (files: Readonly<Record<string, string>>) => {
  const folder = mkdtempSync(join(tmpdir(), 'shouyin-rules-'))
  try {
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    return (await examine(folder)).violations.map(({ rule }) => rule)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('the dependency rule', () => {
  it('accepts imports that point inwards', async () => {
    const violations = await planted({
      'src/domain/a.ts': `import { ok } from 'neverthrow'\nexport const a = ok(1)`,
      'src/application/b.ts': `import { a } from '../domain/a.ts'\nexport const b = a`,
      'src/adapters/x/c.ts': `import Koa from 'koa'\nimport { b } from '../../application/b.ts'\nexport const c = [b, Koa]`,
      'src/main/d.ts': `import { Container } from 'inversify'\nimport { c } from '../adapters/x/c.ts'\nexport const d = [c, Container]`,
    })
    expect(violations).toEqual([])
  })

  it.each([
    ['domain-points-inwards', 'src/domain/a.ts', `import '../application/b.ts'`],
    ['application-points-inwards', 'src/application/a.ts', `import '../adapters/x/b.ts'`],
    ['adapters-points-inwards', 'src/adapters/y/a.ts', `import '../../main/b.ts'`],
    ['domain-is-pure', 'src/domain/a.ts', `import 'node:crypto'`],
    ['domain-is-pure', 'src/domain/a.ts', `import type { Kysely } from 'kysely'\nexport type A = Kysely<unknown>`],
    ['application-is-pure', 'src/application/a.ts', `import 'pino'`],
    ['adapters-are-strangers', 'src/adapters/y/a.ts', `import '../x/b.ts'`],
    ['adapters/gateways-are-strangers', 'src/adapters/gateways/y/a.ts', `import '../z/b.ts'`],
    ['starts-no-program', 'src/main/a.ts', `import { exec } from 'node:child_process'\nexport const a = exec`],
    ['starts-no-program', 'src/adapters/y/a.ts', `import 'vm'`],
    ['inversify-in-main', 'src/adapters/y/a.ts', `import 'inversify'`],
    ['all-resolve', 'src/main/a.ts', `import './nowhere.ts'`],
  ])('reports %s', async (rule, path, text) => {
    const violations = await planted({
      'src/application/b.ts': 'export const b = 1',
      'src/adapters/x/b.ts': 'export const b = 1',
      'src/adapters/gateways/z/b.ts': 'export const b = 1',
      'src/main/b.ts': 'export const b = 1',
      [path]: `${text}\n`,
    })
    expect(violations).toContain(rule)
  })

  it('reports a cycle', async () => {
    const violations = await planted({
      'src/domain/a.ts': `import { b } from './b.ts'\nexport const a = () => b`,
      'src/domain/b.ts': `import { a } from './a.ts'\nexport const b = () => a`,
    })
    expect(violations).toContain('no-cycles')
  })
})
