import { hkdfSync, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { isProduction, type Settings } from './config.ts'

export type Secrets = {
  /** Signs users' tokens; absent where a JWKS address verifies them. */
  readonly jwtSecret: string | undefined
  /** The first one seals, all of them open. */
  readonly encryptionKeys: readonly Uint8Array[]
}

const fileSchema = z.object({ jwtSecret: z.string().min(32), dataEncryptionKey: z.base64() })

/**
 * The secrets of the settings. Outside production missing ones are made once and kept beside the database,
 * readable by the owner alone, so that a first start needs no preparation and a second one still reads its data.
 */
export const loadSecrets = (settings: Settings, directory: string): Secrets => {
  const { JWT_SECRET, JWT_JWKS_URL, DATA_ENCRYPTION_KEY } = settings
  const complete = DATA_ENCRYPTION_KEY !== undefined && (JWT_SECRET ?? JWT_JWKS_URL) !== undefined
  if (complete) return { jwtSecret: JWT_SECRET, encryptionKeys: DATA_ENCRYPTION_KEY }
  if (isProduction(settings)) throw new Error('secrets are never made up in production')
  const made = developmentSecrets(directory)
  return {
    jwtSecret: JWT_JWKS_URL === undefined ? (JWT_SECRET ?? made.jwtSecret) : undefined,
    encryptionKeys: DATA_ENCRYPTION_KEY ?? [Buffer.from(made.dataEncryptionKey, 'base64')],
  }
}

const developmentSecrets = (directory: string): z.output<typeof fileSchema> => {
  const path = join(directory, 'development-secrets.json')
  if (existsSync(path)) return fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  const made = {
    jwtSecret: randomBytes(48).toString('base64url'),
    dataEncryptionKey: randomBytes(32).toString('base64'),
  }
  mkdirSync(directory, { recursive: true })
  writeFileSync(path, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  return made
}

/** Keys for one purpose, others than any they come from: what they sign outlives a rotation. */
const derivedFor =
  (purpose: string) =>
  ({ encryptionKeys }: Pick<Secrets, 'encryptionKeys'>): readonly Uint8Array[] =>
    encryptionKeys.map((key) => Buffer.from(hkdfSync('sha256', key, '', `shouyin ${purpose}`, 32)))

export const cashierKeys = derivedFor('cashier link')
/** Of the cookies by which a browser is known again. */
export const deviceKeys = derivedFor('device cookie')
