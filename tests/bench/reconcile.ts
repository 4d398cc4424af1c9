import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Executor } from '../../src/adapters/persistence/executor.ts'
import { migrateMysql } from '../../src/adapters/persistence/mysql-migrate.ts'
import { MysqlServer } from '../../src/adapters/persistence/mysql-server.ts'
import { SqliteConnection } from '../../src/adapters/persistence/sqlite-connection.ts'
import { migrateSqlite } from '../../src/adapters/persistence/sqlite-migrate.ts'
import { fen } from '../../src/domain/money.ts'
import { parseShanghaiDay, startOfDay } from '../../src/domain/shanghai-day.ts'
import { makeSandboxKeys, startSandbox } from '../../src/adapters/sandbox/sandbox.ts'
import { sandboxSettings } from '../../src/main/sandbox.ts'
import { type BenchRow, writeAlipayBill, writeWechatBill } from './bill-files.ts'
import { paidRows, type PaidRow, writePaidBooks } from './paid-books.ts'

/**
 * Holds bills of growing size, in an order of their own, against as many payments, by the command an operator runs, on
 * one core: how long it takes, how much memory the whole process had at its peak, and whether every difference is found.
 */
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000,100000,1000000' },
    providers: { type: 'string', default: 'wechat,alipay' },
    databases: { type: 'string', default: 'sqlite,mariadb' },
    json: { type: 'string' },
  },
})

const DAY = parseShanghaiDay('2026-11-20')
if (DAY === undefined) throw new Error('there is such a day')
const START_MS = startOfDay(DAY).getTime()

type Provider = 'wechat' | 'alipay'
type Database = 'sqlite' | 'mariadb'
type Planted = { readonly amountDiffers: number; readonly missingLocal: number; readonly missingRemote: number }
type Measured = Planted & {
  readonly provider: Provider
  readonly database: Database
  readonly rows: number
  readonly megabytes: number
  readonly seconds: number
  readonly peakMb: number
  readonly isRight: boolean
}

/** One in a thousand of each kind. */
const plantedOf = (count: number): Planted => {
  const each = Math.max(1, Math.round(count / 1000))
  return { amountDiffers: each, missingLocal: each, missingRemote: each }
}

/** The bill's rows: those of the books, some with another amount, some left out, and some the books do not have. */
const billRows = (books: readonly PaidRow[], planted: Planted): readonly BenchRow[] => {
  const { amountDiffers, missingLocal, missingRemote } = planted
  const kept = books
    .slice(missingRemote)
    .map((row, n) => (n < amountDiffers ? { ...row, amount: fen(row.amount + 1) } : row))
  const strange = [...paidRows(missingLocal, START_MS)].map((row, n) => ({
    ...row,
    transactionId: `4200009999${String(n).padStart(18, '0')}`,
  }))
  return shuffled([...kept, ...strange])
}

const shuffled = <T>(rows: T[]): readonly T[] => {
  for (let n = rows.length - 1; n > 0; n -= 1) {
    const other = Math.floor(Math.random() * (n + 1))
    const one = rows[n]
    const two = rows[other]
    if (one === undefined || two === undefined) throw new Error('both are there')
    rows[n] = two
    rows[other] = one
  }
  return rows
}

const openDatabase = async (database: Database, directory: string) => {
  if (database === 'sqlite') {
    const path = join(directory, 'books.db')
    await migrateSqlite(path)
    const connection = new SqliteConnection(path, 'write')
    connection.command('begin')
    return {
      url: `sqlite:${path}`,
      on: connection as Executor,
      async filled() {
        connection.command('commit')
        connection.close()
      },
      async drop() {},
    }
  }
  const name = `shouyin_bench_${randomBytes(4).toString('hex')}`
  const root = new MysqlServer({ url: 'mysql://root@127.0.0.1:3306/mysql', connections: 1 })
  const admin = await root.acquire(600_000)
  await admin.command(`create database ${name} character set utf8mb4`)
  const url = `mysql://root@127.0.0.1:3306/${name}`
  await migrateMysql(url)
  const server = new MysqlServer({ url, connections: 1 })
  const connection = await server.acquire(600_000)
  await connection.command('set foreign_key_checks = 0')
  return {
    url,
    on: connection as Executor,
    async filled() {
      connection.release()
      await server.close()
    },
    async drop() {
      await admin.command(`drop database ${name}`)
      admin.release()
      await root.close()
    },
  }
}

const PEAK = `data:text/javascript,process.on('exit',()=>process.stderr.write('PEAK '+process.resourceUsage().maxRSS+'\\n'))`

type Ran = { readonly seconds: number; readonly peakMb: number; readonly summary: Readonly<Record<string, unknown>> }

/** The command as an operator runs it, on the first core. */
const runCommand = async (words: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> => {
  const cache = join(import.meta.dirname, '../../src/main/compile-cache.js')
  const program = [
    '--import',
    cache,
    '--import',
    PEAK,
    join(import.meta.dirname, '../../src/main/shouyin.ts'),
    ...words,
  ]
  const isPinned = process.platform === 'linux' && availableParallelism() > 1
  const [command, args] = isPinned
    ? ['taskset', ['-c', '0', process.execPath, ...program]]
    : [process.execPath, program]
  const startedAt = performance.now()
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, errors] = ['', '']
  child.stdout.on('data', (text: Buffer) => (out += text.toString()))
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()))
  const code = await new Promise((resolve) => child.once('close', resolve))
  const seconds = (performance.now() - startedAt) / 1000
  if (code !== 0) throw new Error(`the command ended with ${String(code)}\n${out}\n${errors}`)
  const peak = /PEAK (\d+)/.exec(errors)?.[1]
  return { seconds, peakMb: Math.round(Number(peak) / 1024), summary: JSON.parse(out).summary }
}

const sandbox = await startSandbox({ keys: await makeSandboxKeys() })
const credentials = Object.fromEntries(
  Object.entries(sandboxSettings(sandbox)).filter(([, value]) => value !== undefined),
) as Record<string, string>
const { WECHAT_MCH_ID: mchId = '', WECHAT_APP_ID: wechatApp = '', ALIPAY_SELLER_ID: sellerId = '' } = credentials
const { ALIPAY_APP_ID: alipayApp = '' } = credentials

const measure = async (provider: Provider, database: Database, count: number): Promise<Measured> => {
  const directory = mkdtempSync(join(tmpdir(), 'shouyin-bench-'))
  try {
    const books = [...paidRows(count, START_MS)]
    const planted = plantedOf(count)
    const file = join(directory, provider === 'wechat' ? 'bill.csv' : 'bill.zip')
    const rows = billRows(books, planted)
    if (provider === 'wechat') await writeWechatBill(file, rows, { mchId, appId: wechatApp })
    else await writeAlipayBill(file, rows, { day: DAY, sellerId })
    const opened = await openDatabase(database, directory)
    const identity =
      provider === 'wechat'
        ? { provider, merchantId: mchId, appId: wechatApp }
        : { provider, merchantId: sellerId, appId: alipayApp }
    await writePaidBooks(opened.on, books, identity, () => {})
    await opened.filled()
    const env = {
      ...credentials,
      DATABASE_URL: opened.url,
      DATA_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      JWT_SECRET: randomBytes(32).toString('hex'),
      RECOVERY_SCHEDULE: '1s',
    }
    const words = ['reconcile', '--provider', provider, '--date', DAY, '--file', file, '--json']
    const { seconds, peakMb, summary } = await runCommand(words, env)
    await opened.drop()
    const isRight =
      Object.entries(planted).every(([name, value]) => summary[name] === value) &&
      summary['matched'] === count - planted.amountDiffers - planted.missingRemote &&
      summary['unreadable'] === 0
    if (!isRight) console.error(summary)
    const megabytes = Math.round(statSync(file).size / 1e6)
    return { provider, database, rows: count, megabytes, seconds, peakMb, isRight, ...planted }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const [cpu] = cpus()
console.log(`${cpu?.model ?? ''} × ${cpus().length}, Node ${process.version}, one core`)
console.log('| provider | database | rows | MB | s | rows/s | peak MB | all found |')
console.log('| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |')
const measured: Measured[] = []
for (const database of values.databases.split(',') as Database[])
  for (const provider of values.providers.split(',') as Provider[])
    for (const count of values.rows.split(',').map(Number)) {
      const one = await measure(provider, database, count)
      measured.push(one)
      const { megabytes, seconds, peakMb, isRight } = one
      const speed = Math.round(count / seconds)
      console.log(
        `| ${provider} | ${database} | ${count} | ${megabytes} | ${seconds.toFixed(1)} | ${speed} | ${peakMb} | ${isRight ? 'yes' : 'NO'} |`,
      )
    }
await sandbox.stop()
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(measured, undefined, 2))
if (measured.some(({ isRight }) => !isRight)) process.exitCode = 1
