import { gzipSync } from 'node:zlib'
import { readAlipayBill } from '../../src/adapters/gateways/alipay/bill.ts'
import { readWechatBill } from '../../src/adapters/gateways/wechat/bill.ts'
import type { ReadBill } from '../../src/application/reconciliation/bill.ts'
import {
  alipayArchive,
  alipayDetails,
  type AlipayLine,
  contentOf,
  wechatBill,
  type WechatLine,
} from '../support/bill-files.ts'

// How many rows of a bill are read in a second, and what it costs the processor: `node tests/bench/bill-parsing.ts 200000`.

const ROWS = Number(process.argv[2] ?? 200_000)
const ROUNDS = 5

const clockOf = (n: number): string => {
  const two = (value: number) => String(value).padStart(2, '0')
  return `2026-10-03 ${two(Math.floor(n / 3600) % 24)}:${two(Math.floor(n / 60) % 60)}:${two(n % 60)}`
}

const wechatLines = Array.from(
  { length: ROWS },
  (_, n): WechatLine => ({
    time: clockOf(n),
    transactionId: `42000022642024061${String(n).padStart(11, '0')}`,
    outTradeNo: `SY20240610${String(n).padStart(10, '0')}`,
    price: 100 + (n % 100_000),
    fee: n % 60,
    ...(n % 20 === 0
      ? { refundId: `503021089420240610${String(n).padStart(11, '0')}`, refundNo: `SYR${n}`, price: 0, refund: 50 }
      : {}),
  }),
)
const alipayLines = Array.from(
  { length: ROWS },
  (_, n): AlipayLine => ({
    transactionId: `20261003220014123456${String(n).padStart(8, '0')}`,
    outTradeNo: `P20261003${String(n).padStart(9, '0')}`,
    createdAt: clockOf(n),
    completedAt: clockOf(n),
    price: n % 20 === 0 ? -50 : 100 + (n % 100_000),
    fee: -(n % 60),
    ...(n % 20 === 0 ? { refundNo: `R${n}` } : {}),
  }),
)

const measure = async (name: string, read: ReadBill, bytes: Buffer): Promise<void> => {
  let best = { seconds: Number.POSITIVE_INFINITY, cpu: 0 }
  for (let round = 0; round < ROUNDS; round += 1) {
    const [from, cpuFrom] = [performance.now(), process.cpuUsage()]
    let rows = 0
    for await (const part of read('wechat_csv', contentOf(bytes, 65_536))) {
      if (part.type === 'rows') rows += part.rows.length
      if (part.type === 'broken') throw new Error(part.reason)
    }
    if (rows !== ROWS) throw new Error(`${rows} rows`)
    const { user, system } = process.cpuUsage(cpuFrom)
    const seconds = (performance.now() - from) / 1000
    if (seconds < best.seconds) best = { seconds, cpu: (user + system) / 1e6 }
  }
  const perSecond = Math.round(ROWS / best.seconds).toLocaleString('en')
  const bytesARow = Math.round(bytes.length / ROWS)
  console.log(`${name}: ${perSecond} rows/s, ${best.cpu.toFixed(2)} s of processor time, ${bytesARow} bytes a row`)
}

const plain = wechatBill(wechatLines)
const details = alipayDetails(alipayLines)
await measure('WeChat Pay, plain', readWechatBill, plain)
await measure('WeChat Pay, gzip', readWechatBill, gzipSync(plain))
await measure('Alipay, plain', readAlipayBill, details)
await measure('Alipay, archive', readAlipayBill, alipayArchive(details))
