import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'

/** Licences that ask for no more than to be named. */
const ALLOWED: ReadonlySet<string> = new Set([
  'MIT',
  'MIT-0',
  'Apache-2.0',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Unlicense',
  'BlueOak-1.0.0',
])

/** Parts whose package file says it in another way than SPDX; what their licence file says, and of which version. */
const READ_BY_HAND: Readonly<Record<string, string>> = { 'pause-stream@0.0.11': 'MIT OR Apache-2.0' }

const licenceSchema = z.union([
  z.object({ license: z.object({ id: z.string() }) }),
  z.object({ license: z.object({ name: z.string() }) }),
  z.object({ expression: z.string() }),
])
const partSchema = z.looseObject({
  'bom-ref': z.string().optional(),
  name: z.string().optional(),
  version: z.string().optional(),
  licenses: z.array(licenceSchema).optional(),
  properties: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
})
const sbomSchema = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  components: z.array(partSchema).min(1),
  dependencies: z.array(z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()) })),
})

export type Part = z.output<typeof partSchema>
export type Sbom = z.output<typeof sbomSchema>

/** The list of all that is installed to run the service, in CycloneDX, by the lock file alone. */
export const makeSbom = async (): Promise<Sbom> => {
  // With `--omit=dev` npm 11.19 also leaves out what runs, where a tool needs the same part.
  const { stdout } = await promisify(execFile)(
    'npm',
    ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'],
    { cwd: fileURLToPath(new URL('../../', import.meta.url)), maxBuffer: 64 * 1024 * 1024 },
  )
  return withoutTools(sbomSchema.parse(JSON.parse(stdout)))
}

const withoutTools = (sbom: Sbom): Sbom => {
  const tools = new Set(sbom.components.filter(isTool).map((part) => part['bom-ref']))
  const runs = (ref: string): boolean => !tools.has(ref)
  const dependencies = sbom.dependencies
    .filter(({ ref }) => runs(ref))
    .map((one) => ({ ...one, dependsOn: one.dependsOn.filter(runs) }))
  return { ...sbom, components: sbom.components.filter((part) => !isTool(part)), dependencies }
}

const isTool = ({ properties = [] }: Part): boolean =>
  properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true')

/** What is missing of a part, or may not be used. */
export const faultsOf = (parts: readonly Part[]): readonly string[] =>
  parts.flatMap((part) => {
    const { name = '', version = '' } = part
    if (name === '' || version === '') return [`a part without a name or a version: ${name}@${version}`]
    const licence = licenceOf(part)
    return isAllowed(licence) ? [] : [`${name}@${version}: ${licence || 'no licence'}`]
  })

const licenceOf = ({ name, version, licenses = [] }: Part): string => {
  const said = licenses.map((one) => ('expression' in one ? one.expression : Object.values(one.license)[0]))
  return said.join(' AND ') || (READ_BY_HAND[`${name}@${version}`] ?? '')
}

/** In a choice one is enough, of a combination all have to be; a nested one is nothing we have, and is refused. */
const isAllowed = (licence: string): boolean =>
  licence
    .replace(/^\((.*)\)$/, '$1')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((one) => ALLOWED.has(one)))

/** `npm run sbom -- FILE`: writes the list, and fails where a part is in it that should not be. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , file] = process.argv
  const sbom = await makeSbom()
  const faults = faultsOf(sbom.components)
  if (file === undefined) throw new Error('npm run sbom -- FILE')
  await writeFile(file, JSON.stringify(sbom))
  console.log(`${sbom.components.length} parts in ${file}`)
  for (const fault of faults) console.error(fault)
  process.exitCode = faults.length === 0 ? 0 : 1
}
