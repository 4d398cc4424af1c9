import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** Where a source may lie that is named by the end of its path. */
const FOLDERS = ['src/adapters', 'src/adapters/gateways', 'src'] as const

const namedIn = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].flatMap(([, name]) => name ?? [])

/** The tests a document names, by their whole paths. */
export const testsIn = (text: string): readonly string[] => namedIn(text, /`(tests\/[\w./-]+)`/g)

/** The sources a document names. */
export const sourcesIn = (text: string): readonly string[] =>
  namedIn(text, /`((?!tests\/)[\w-]+\/[\w/.-]+\.(?:ts|js))`/g)

/** The other files of the repository a document names. */
export const othersIn = (text: string): readonly string[] =>
  namedIn(text, /`((?:docs|deploy)\/[\w./-]+|\.dockerignore|compose\.yaml|Dockerfile)`/g)

/** Whatever a document names that is not there. */
export const missingIn = (text: string): readonly string[] => [
  ...testsIn(text).filter((path) => !path.endsWith('.test.ts') || !existsSync(at(path))),
  ...sourcesIn(text).filter((name) => !FOLDERS.some((folder) => existsSync(at(`${folder}/${name}`)))),
  ...othersIn(text).filter((path) => !existsSync(at(path))),
]
