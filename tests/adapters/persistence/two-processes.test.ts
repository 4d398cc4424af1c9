import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { openStore, temporaryFile } from './support.ts'
import { addPointsOften } from './add-points-often.ts'

const PROGRAM = fileURLToPath(new URL('./add-points-often.ts', import.meta.url))

it('loses and doubles nothing where two processes read and then write the same row', { timeout: 60_000 }, async () => {
  const file = temporaryFile()
  const store = await openStore({ path: file.path })
  onTestFinished(async () => {
    await store.close()
    file.remove()
  })
  const other = promisify(execFile)(process.execPath, [PROGRAM, file.path, 'there'])
  const [here, { stdout }] = await Promise.all([addPointsOften(store, 'here'), other])
  expect([here, Number(stdout)]).toEqual([100, 100])

  const { value } = await store.readers.points.account('user-1')
  const { items } = await store.readers.points.entries('user-1', { limit: 1000, after: undefined })
  expect(value.balance).toBe(200)
  expect(items.map(({ balanceAfter }) => balanceAfter).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 200 }, (_, n) => n + 1),
  )
})
