import { cruise, type ICruiseResult } from 'dependency-cruiser'
import { cruiseOptions, resolveOptions } from './rules.ts'

export type Violation = { readonly rule: string; readonly from: string; readonly to: string }

/** Follows the imports below `folder/src` and tells which break a rule, and how many modules were looked at. */
export const examine = async (
  folder: string,
): Promise<{ readonly modules: number; readonly violations: readonly Violation[] }> => {
  const reply = await cruise(['src'], { ...cruiseOptions, baseDir: folder }, resolveOptions)
  const output = reply.output
  if (typeof output === 'string') throw new Error('dependency-cruiser gave text where an object was asked for')
  return { modules: modulesUnderSrc(output), violations: output.summary.violations.map(violation) }
}

const modulesUnderSrc = ({ modules }: ICruiseResult): number =>
  modules.filter(({ source }) => /^src\/.*\.(ts|js)$/.test(source)).length

const violation = ({ rule, from, to }: ICruiseResult['summary']['violations'][number]): Violation => ({
  rule: rule.name,
  from,
  to,
})
