import type { Finding, FindingFacts, FindingLevel } from '../../domain/doctor.ts'
import type { FindingCode } from '../../domain/doctor-wording.ts'

/** What a database says of itself. */
export type DatabaseFacts = {
  /** What has to be so that nothing confirmed is lost, as it is and as it should be. */
  readonly durability: readonly { readonly name: string; readonly found: string; readonly wanted: string }[]
  /** Of MySQL's binary log; unknown elsewhere. */
  readonly syncBinlog: string | undefined
  /** Steps of the schema that are there, and what keeps this build from working on it. */
  readonly schema: { readonly steps: number; readonly problem: string | undefined }
  /** Of an embedded database. */
  readonly disk: { readonly freeBytes: number; readonly totalBytes: number } | undefined
  /** How far the server's clock is ahead of ours. */
  readonly aheadMs: number | undefined
}

export interface DatabaseCheckup {
  /** Reads only. Tells the reason where the database can't be asked. */
  facts(): Promise<DatabaseFacts | { readonly unreachable: string }>
}

const LOW_PERCENT = 10
const LOW_BYTES = 1024 ** 3
const FULL_BYTES = 100 * 1024 ** 2
const CLOCK_MS = 30_000

/** Whether what is confirmed is kept, and will be tomorrow. */
export const databaseFindings = async (checkup: DatabaseCheckup): Promise<readonly Finding[]> => {
  const facts = await checkup.facts()
  if ('unreachable' in facts) return [about('problem', 'database_unreachable', { reason: facts.unreachable })]
  const { durability, syncBinlog, schema, disk, aheadMs } = facts
  const weak = durability.filter(({ found, wanted }) => found !== wanted)
  const settings = durability.map(({ name, found }) => `${name} = ${found}`).join(', ')
  return [
    ...weak.map((setting) => about('problem', 'database_undurable', setting)),
    ...(weak.length === 0 ? [about('ok', 'database_durable', { settings })] : []),
    ...(syncBinlog !== undefined && syncBinlog !== '1'
      ? [about('warning', 'binlog_undurable', { found: syncBinlog })]
      : []),
    schema.problem === undefined
      ? about('ok', 'schema_current', { steps: schema.steps })
      : about('problem', 'schema_unusable', { problem: schema.problem }),
    ...(disk === undefined ? [] : [diskFinding(disk)]),
    ...(aheadMs !== undefined && Math.abs(aheadMs) > CLOCK_MS
      ? [about('warning', 'database_clock_off', { seconds: Math.round(aheadMs / 1000) })]
      : []),
  ]
}

const about = (level: FindingLevel, code: FindingCode, facts: FindingFacts): Finding => ({
  check: 'database',
  level,
  code,
  subject: 'database',
  facts,
})

const diskFinding = ({ freeBytes, totalBytes }: NonNullable<DatabaseFacts['disk']>): Finding => {
  const percent = totalBytes === 0 ? 0 : Math.floor((freeBytes * 100) / totalBytes)
  const facts = { free: `${Math.floor(freeBytes / 1024 ** 2)} MiB`, percent }
  if (freeBytes < FULL_BYTES) return about('problem', 'disk_filling', facts)
  return freeBytes < LOW_BYTES || percent < LOW_PERCENT
    ? about('warning', 'disk_filling', facts)
    : about('ok', 'disk_free', facts)
}

/** Whether the services beside the database that are configured can be reached. */
export const serviceFindings = (reached: Readonly<Record<string, boolean>>): readonly Finding[] =>
  Object.entries(reached).map(([service, isThere]) => ({
    check: 'services',
    level: isThere ? 'ok' : 'problem',
    code: isThere ? 'service_reached' : 'service_unreached',
    subject: service,
    facts: { service },
  }))
