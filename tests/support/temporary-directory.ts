import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of its own for one test file. */
export const temporaryDirectory = () => {
  const path = mkdtempSync(join(tmpdir(), 'shouyin-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
