import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { faultsOf, makeSbom, type Part } from './sbom.ts'

const part = (licenses: Part['licenses'], given: Partial<Part> = {}): Part => ({
  name: 'a',
  version: '1.0.0',
  licenses,
  ...given,
})
const licensed = (id: string) => part([{ license: { id } }])

/** What the lock file installs without tools. */
const lockedToRun = (): readonly string[] => {
  const text = readFileSync(fileURLToPath(new URL('../../package-lock.json', import.meta.url)), 'utf8')
  const { packages } = JSON.parse(text) as Lock // As npm writes it.
  return Object.entries(packages).flatMap(([path, { version, dev }]) =>
    path === '' || dev === true ? [] : [`${path.replace(/^.*node_modules\//, '')}@${version}`],
  )
}
type Lock = { readonly packages: Readonly<Record<string, { readonly version: string; readonly dev?: boolean }>> }

describe('the list of parts', () => {
  it('names everything that runs, each with a version and a licence we may use, and nothing else', async () => {
    const { components, dependencies } = await makeSbom()
    expect(faultsOf(components)).toEqual([])
    const listed = components.map(({ name, version }) => `${name}@${version}`)
    expect(listed.toSorted()).toEqual([...new Set(lockedToRun())].toSorted())
    const refs = new Set(dependencies.map(({ ref }) => ref))
    expect(dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.has(ref))).toEqual([])
  })

  it.each([
    ['(MIT OR CC0-1.0)', []],
    ['(GPL-2.0-only OR MIT)', []],
    ['Apache-2.0 AND ISC', []],
    ['MIT AND GPL-3.0-only', ['a@1.0.0: MIT AND GPL-3.0-only']],
    ['(MIT AND (GPL-3.0-only OR MPL-2.0))', ['a@1.0.0: (MIT AND (GPL-3.0-only OR MPL-2.0))']],
  ])('reads an expression of licences: %s', (expression, faults) => {
    expect(faultsOf([part([{ expression }])])).toEqual(faults)
  })

  it.each([
    [licensed('AGPL-3.0-only'), 'a@1.0.0: AGPL-3.0-only'],
    [part([{ license: { name: 'SEE LICENSE IN x' } }]), 'a@1.0.0: SEE LICENSE IN x'],
    [part(undefined), 'a@1.0.0: no licence'],
    [part([], { name: 'pause-stream', version: '0.0.12' }), 'pause-stream@0.0.12: no licence'],
    [part([{ license: { id: 'MIT' } }], { version: undefined }), 'a part without a name or a version: a@'],
  ])('tells of a part that may not be used: %j', (wrong, fault) => {
    expect(faultsOf([licensed('MIT'), wrong])).toEqual([fault])
  })
})
