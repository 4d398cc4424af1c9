import type { Readers } from '../transaction.ts'
import { completeBatch, type MakeCodesDeps } from './make-codes.ts'

type Deps = MakeCodesDeps & { readonly readers: Pick<Readers, 'codeBatches'> }

/** Longer than a request that is still making its batch takes. */
const PATIENCE_MS = 60_000
const AT_ONCE = 10

/** Makes the rest of batches whose request broke off, so that none stays hidden for ever; tells how many there were. */
export const finishBatches = (deps: Deps) => async (): Promise<number> => {
  const before = new Date(deps.clock.now().getTime() - PATIENCE_MS)
  const open = await deps.readers.codeBatches.listOpen(before, AT_ONCE)
  for (const batch of open) await completeBatch(deps, batch)
  return open.length
}
