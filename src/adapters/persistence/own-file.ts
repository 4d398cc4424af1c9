import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

export type OwnFile = { readonly path: string; readonly inode: number }

/** Creates directory and file where they are missing, for the service's own user alone. */
export const ownFile = (path: string): OwnFile => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
  const { mode, ino } = statSync(path)
  if ((mode & 0o077) !== 0) chmodSync(path, 0o600)
  return { path, inode: ino }
}

/** A file that was deleted or replaced can still be written by who has it open, but nobody will find it again. */
export const isInPlace = ({ path, inode }: OwnFile): boolean => statSync(path).ino === inode
