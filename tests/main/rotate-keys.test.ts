import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import { ok } from 'neverthrow'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createEncryption } from '../../src/adapters/crypto/aes-encryption.ts'
import { codeFromRandom } from '../../src/domain/access-code.ts'
import { accessProduct, availableCode, entityId } from '../support/builders.ts'
import { openStore, temporaryFile } from '../adapters/persistence/support.ts'

const SHOUYIN = fileURLToPath(new URL('../../src/main/shouyin.ts', import.meta.url))
const OLD = Buffer.alloc(32, 1)
const NEW = Buffer.alloc(32, 2)
const CODES = 3000
const ORIGIN = { type: 'batch', batchId: entityId(77) } as const

const codeOf = (n: number) => codeFromRandom(Uint8Array.from({ length: 15 }, (_, byte) => n >> byte))

describe('shouyin keys rotate', () => {
  it('goes on where it was killed, while a service works on the same file', async () => {
    const file = temporaryFile()
    onTestFinished(() => file.remove())
    const { path } = file
    await fill(path)
    const ring = createEncryption([NEW, OLD])
    const [newId, oldId = ''] = ring.keyIds
    const service = await openStore({ path, encryption: ring })
    const env = {
      PATH: process.env['PATH'],
      DATABASE_URL: `sqlite:${path}`,
      DATA_ENCRYPTION_KEY: [NEW, OLD].map((key) => key.toString('base64')).join(','),
    }
    const shouyin = async (...words: readonly string[]) => {
      const run = promisify(execFile)(process.execPath, [SHOUYIN, 'keys', 'rotate', '--json', ...words], { env })
      const { stdout, code } = await run.then(
        (done) => ({ ...done, code: 0 }),
        (error: { stdout: string; code: number }) => error,
      )
      return { code, ...JSON.parse(stdout) }
    }
    const database = new Database(path, { readonly: true })
    onTestFinished(() => void database.close())
    const renewed = (): number =>
      Number(database.prepare(`select count(*) from access_codes where text like ?`).pluck().get(`v1.${newId}.%`))

    const before = await shouyin('--check')
    expect(before).toMatchObject({
      code: 1,
      ok: false,
      replaced: 0,
      keys: [{ id: newId }, { id: oldId, values: CODES }],
    })
    const rotating = spawn(process.execPath, [SHOUYIN, 'keys', 'rotate'], { env, stdio: 'ignore' })
    const ended = once(rotating, 'exit')
    while (renewed() < CODES / 10 && rotating.exitCode === null) await sleep(2)
    rotating.kill('SIGKILL')
    expect(await ended).toEqual([null, 'SIGKILL'])
    const half = renewed()
    expect(half).toBeGreaterThan(0)
    expect(half).toBeLessThan(CODES)
    for (const n of [1, CODES / 2, CODES]) expect((await find(service, codeOf(n)))?.value.id).toBe(entityId(n))
    const adding = service.transaction.run(async ({ accessCodes }) =>
      ok(
        await accessCodes.insert([
          { code: availableCode({ id: entityId(CODES + 1), origin: ORIGIN }), text: codeOf(CODES + 1) },
        ]),
      ),
    )
    const done = await shouyin()
    await adding
    expect(done).toMatchObject({ code: 0, ok: true, replaced: CODES - half, unreadable: [] })
    expect(renewed()).toBe(CODES + 1)
    expect(await shouyin('--check')).toMatchObject({ code: 0, keys: [{ values: CODES + 1 }, { id: oldId, values: 0 }] })
    await service.close()

    const since = await openStore({ path, encryption: createEncryption([NEW]) })
    for (const n of [1, CODES / 2, CODES, CODES + 1]) expect((await find(since, codeOf(n)))?.value.id).toBe(entityId(n))
    await since.close()
  }, 60_000)
})

type Store = Awaited<ReturnType<typeof openStore>>

const fill = async (path: string): Promise<void> => {
  const store = await openStore({ path, encryption: createEncryption([OLD]) })
  const codes = Array.from({ length: CODES }, (_, n) => ({
    code: availableCode({ id: entityId(n + 1), origin: ORIGIN }),
    text: codeOf(n + 1),
  }))
  await store.transaction.run(async ({ products, accessCodes }) => {
    await products.insert(accessProduct())
    return ok(await accessCodes.insert(codes))
  })
  await store.close()
}

const find = async (store: Store, text: ReturnType<typeof codeOf>) =>
  (await store.transaction.run(async ({ accessCodes }) => ok(await accessCodes.findByText(text))))._unsafeUnwrap()
