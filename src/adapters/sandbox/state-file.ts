import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

const WRITE_AT_MOST_EVERY_MS = 200

/** Keeps a state in a file, or nowhere where there is no file. */
export type StateFile<S> = {
  /** Something has changed: it is written soon. */
  readonly changed: () => void
  /** Starts writing what `snapshot` gives. */
  readonly keep: (snapshot: () => S) => void
  /** Writes now; rejects where the file can't be written. */
  readonly flush: () => Promise<void>
}

/** The state an earlier run left, `undefined` where there is no such file. */
export const readState = async <S extends { readonly version: number }>(
  path: string | undefined,
  version: S['version'],
): Promise<S | undefined> => {
  if (path === undefined) return undefined
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  // The file is this module's own; only its version can differ.
  const state = JSON.parse(text) as S
  if (state.version !== version) throw new Error(`${path} was written by another version of the sandbox: remove it`)
  return state
}

export const stateFile = <S>(path: string | undefined): StateFile<S> => {
  if (path === undefined) return { changed: () => undefined, keep: () => undefined, flush: async () => undefined }
  let snapshot: (() => S) | undefined
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<Error | undefined> = Promise.resolve(undefined)
  const write = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (snapshot === undefined) return
    const text = JSON.stringify(snapshot())
    // A write in the background that fails is told by the next flush.
    writing = writing.then(() => replaceFile(path, text)).then(() => undefined, asError)
  }
  return {
    changed: () => {
      if (snapshot !== undefined) timer ??= setTimeout(write, WRITE_AT_MOST_EVERY_MS)
    },
    keep: (source) => {
      snapshot = source
    },
    flush: async () => {
      write()
      const failure = await writing
      if (failure !== undefined) throw failure
    },
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

/** The file is always whole: the old one or the new one. It holds private keys, so only its owner reads it. */
const replaceFile = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}.tmp`
  await writeFile(draft, text, { mode: 0o600, flush: true })
  await rename(draft, path)
}
