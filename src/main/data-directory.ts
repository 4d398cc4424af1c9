import { dirname, resolve } from 'node:path'
import type { Settings } from './config.ts'
import { databaseFile } from './open-store.ts'

/** Secrets and the sandbox's books lie beside an embedded database, else in the folder where it would be. */
export const dataDirectory = (settings: Settings): string => {
  const path = databaseFile(settings) ?? ':memory:'
  return path === ':memory:' ? resolve('data') : dirname(resolve(path))
}
