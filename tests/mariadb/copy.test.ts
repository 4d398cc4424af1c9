import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ok } from 'neverthrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copyDatabase } from '../../src/adapters/persistence/copy/copy-database.ts'
import { openMysqlStore } from '../../src/adapters/persistence/mysql-store.ts'
import { randomIds } from '../../src/adapters/system/random-ids.ts'
import { encryption } from '../adapters/persistence/support.ts'
import { contentOf, fillDatabase } from '../support/filled-database.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { type MariadbDatabase, mariadbDatabase, withMariadb } from './database.ts'

const SHOUYIN = fileURLToPath(new URL('../../src/main/shouyin.ts', import.meta.url))

/** Runs the program as an operator does; a command that fails is an answer too. */
const shouyin = async (...words: readonly string[]) => {
  const run = promisify(execFile)(process.execPath, [SHOUYIN, ...words], { env: { NODE_ENV: 'production' } })
  const { stdout, code } = await run.then(
    (done) => ({ ...done, code: 0 }),
    (error: { stdout: string; code: number }) => error,
  )
  return { code, report: JSON.parse(stdout) }
}

withMariadb(() =>
  describe('a database that moves to MariaDB and back', () => {
    const directory = temporaryDirectory()
    const file = join(directory.path, 'shouyin.db')
    const back = join(directory.path, 'back', 'shouyin.db')
    let database: MariadbDatabase
    let content: ReturnType<typeof contentOf>
    beforeAll(async () => {
      database = await mariadbDatabase()
      await fillDatabase(file, 3000)
      content = contentOf(file)
      writeFileSync(join(directory.path, 'to'), `${database.url}\n`, { mode: 0o600 })
    }, 180_000)
    afterAll(async () => {
      await database.remove()
      directory.remove()
    })

    const move = ['copy', '--from', `sqlite:${file}`, '--to', `@${join(directory.path, 'to')}`, '--json']
    const countOf = async (table: string): Promise<number> => {
      const [row] = await database.query(`select count(*) as n from ${table}`).catch(() => [])
      return Number(row?.['n'] ?? 0)
    }
    const open = () => openMysqlStore({ url: database.url, encryption, ids: randomIds })
    const total = (table: string): number => content[table]?.length ?? 0

    it('is on neither side half: a copy that was killed keeps every service out', async () => {
      const copying = spawn(process.execPath, [SHOUYIN, ...move], { stdio: 'ignore' })
      const ended = once(copying, 'exit')
      while ((await countOf('orders')) < 1000 && copying.exitCode === null) await new Promise((go) => setTimeout(go, 2))
      copying.kill('SIGKILL')
      expect(await ended).toEqual([null, 'SIGKILL'])
      expect([(await countOf('orders')) >= 1000, await countOf('audit')]).toEqual([true, 0])
      await expect(open()).rejects.toThrow('not finished')
    })

    it('goes on where its connection was cut, and is whole in the end', async () => {
      const there = await countOf('orders')
      let cutting: Promise<void> | undefined
      const cut = copyDatabase({
        from: `sqlite:${file}`,
        to: database.url,
        check: false,
        onProgress: (done) => void (cutting ??= done < 12_000 ? undefined : cutConnections()),
      })
      await expect(cut).rejects.toThrow("MySQL can't be used")
      await cutting
      const { code, report } = await shouyin(...move)
      expect([code, report.ok, report.differences, report.violations]).toEqual([0, true, [], []])
      const orders = report.tables.find(({ table }: { table: string }) => table === 'orders')
      expect(orders.copied).toBeLessThanOrEqual(total('orders') - there)
      for (const { table, rows } of report.tables) expect([table, rows]).toEqual([table, total(table)])
      await (await open()).close()
    })
    const cutConnections = async (): Promise<void> => {
      const others = await database.query(`select id from information_schema.processlist
        where db = '${database.name}' and id <> connection_id()`)
      for (const { id } of others) await database.query(`kill connection ${Number(id)}`)
    }

    it('comes back the same in every row', async () => {
      const { code, report } = await shouyin('copy', '--from', database.url, '--to', `sqlite:${back}`, '--json')
      expect([code, report.ok]).toEqual([0, true])
      expect(contentOf(back)).toEqual(content)
    })

    it('is read as it is at one moment, whatever is written meanwhile', async () => {
      const again = join(directory.path, 'again.db')
      let written: Promise<unknown> | undefined
      const { differences } = (
        await copyDatabase({
          from: database.url,
          to: `sqlite:${again}`,
          check: false,
          onProgress: (done) =>
            void (written ??= done < 1000 ? undefined : database.query(`update stock set version = version + 1`)),
        })
      )._unsafeUnwrap()
      await database.query(`update stock set version = version - 1`)
      expect(differences).toEqual(['the source was written to meanwhile: stop every service that works on it'])
      expect(contentOf(again)).toEqual(content)
    })

    it('shows a row that was changed afterwards', async () => {
      await database.query(`update payments set amount_fen = amount_fen + 1 order by id desc limit 1`)
      const { code, report } = await shouyin(...move, '--check')
      expect(code).toBe(1)
      expect(report.differences).toEqual([
        expect.stringMatching(/^payments \w+: amount_fen differ$/),
        expect.stringMatching(/^payments.amount_fen: \d+ in the source, \d+ in the target$/),
        'payments: rows differ',
      ])
      await database.query(`update payments set amount_fen = amount_fen - 1 order by id desc limit 1`)
      expect((await shouyin(...move, '--check')).code).toBe(0)
    })

    it('numbers its next event after all it has brought along', async () => {
      const store = await open()
      const events = [{ type: 'order.created', orderId: 'o', at: new Date(0) }] as const
      const cause = { kind: 'request', actor: 'u' } as const
      await store.transaction.run(async ({ outbox }) => {
        await outbox.append({ stream: 'o', events, cause, at: new Date(0) })
        return ok(undefined)
      })
      await store.close()
      const rows = await database.query('select position, stream from events order by position desc limit 2')
      const [next, last] = rows.map(({ position }) => Number(position))
      expect([rows[0]?.['stream'], last, Number(next) > Number(last)]).toEqual(['o', total('events'), true])
    })
  }),
)
