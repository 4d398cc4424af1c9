import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  makeSandboxKeys,
  readSandbox,
  type Sandbox,
  type SandboxKeys,
  startSandbox,
} from '../../../src/adapters/sandbox/sandbox.ts'
import { alipayClient, beijing } from './alipay-client.ts'
import { startMerchant } from './merchant.ts'
import { send, wechatClient } from './wechat-client.ts'

let keys: SandboxKeys
let folder: string
let stateFile: string
beforeAll(async () => {
  keys = await makeSandboxKeys()
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-'))
  stateFile = join(folder, 'data', 'sandbox.json')
})
afterEach(() => rm(folder, { recursive: true }))

describe('a sandbox with a state file', () => {
  it('goes on after a restart with its keys and books', async () => {
    const first = await startSandbox({ stateFile })
    const order = wechatClient(first.wechat.credentials).order()
    await wechatClient(first.wechat.credentials).post('/v3/pay/transactions/native', order)
    await alipayClient(first.alipay.credentials).precreate('P0000001')
    const { transactionId } = await first.alipay.pay('P0000001')
    await first.stop()
    const second = await startSandbox({ stateFile, keys })
    const { baseUrl: _, ...credentials } = second.wechat.credentials
    expect(first.wechat.credentials).toMatchObject(credentials)
    expect((await wechatClient(second.wechat.credentials).query(order.out_trade_no)).json['trade_state']).toBe('NOTPAY')
    expect(second.alipay.find('P0000001')).toMatchObject({ state: 'TRADE_SUCCESS', transactionId })
    await second.stop()
  })

  it('tells other processes its keys and where it is, and nothing where there is none', async () => {
    expect(await readSandbox(stateFile)).toBeUndefined()
    const sandbox = await startSandbox({ stateFile, keys })
    expect(await readSandbox(stateFile)).toMatchObject({
      origin: sandbox.origin,
      keys: { wechatKeys: { apiV3Key: sandbox.wechat.credentials.apiV3Key } },
    })
    await sandbox.stop()
  })

  it('sends the callbacks that an earlier run could not deliver', async () => {
    const merchant = await startMerchant({ status: 200 })
    merchant.answers.push({ status: 500 })
    const first = await startSandbox({ stateFile, keys, callbackSpeed: 100 })
    const client = wechatClient(first.wechat.credentials)
    const order = client.order({ notify_url: merchant.url })
    await client.post('/v3/pay/transactions/native', order)
    await first.wechat.pay(order.out_trade_no)
    await expect.poll(() => first.wechat.find(order.out_trade_no)?.callbacks.length).toBe(1)
    await first.stop()
    const second = await startSandbox({ stateFile, callbackSpeed: 100 })
    await second.wechat.callbacksSettled()
    expect(second.wechat.find(order.out_trade_no)?.callbacks).toMatchObject([{ status: 500 }, { status: 200 }])
    await second.stop()
    await merchant.stop()
  })

  it('ends the refunds that an earlier run left under way', async () => {
    const first = await startSandbox({ stateFile, keys })
    first.wechat.configure({ refundDelayMs: 3_600_000 })
    const client = wechatClient(first.wechat.credentials)
    const order = client.order()
    await client.post('/v3/pay/transactions/native', order)
    first.wechat.faults.add({ operation: 'callback', kind: 'never' })
    await first.wechat.pay(order.out_trade_no)
    const amount = { refund: 1, total: 9900, currency: 'CNY' }
    const refund = { out_trade_no: order.out_trade_no, out_refund_no: 'R1', amount }
    expect((await client.post('/v3/refund/domestic/refunds', refund)).json['status']).toBe('PROCESSING')
    await first.stop()
    const second = await startSandbox({ stateFile, callbackSpeed: 1_000_000 })
    await second.wechat.callbacksSettled()
    expect(second.wechat.find(order.out_trade_no)?.refunds).toMatchObject([{ status: 'SUCCESS' }])
    await second.stop()
  })

  it('has the same bills after a restart, with what was planted in them', async () => {
    const now = () => new Date('2026-10-04T12:00:00+08:00')
    const wechatBill = async (sandbox: Sandbox) => {
      const client = wechatClient(sandbox.wechat.credentials)
      const timestamp = now().getTime() / 1000
      const offer = await client.call('GET', '/v3/bill/tradebill?bill_date=2026-10-04', '', { timestamp })
      return offer.json['hash_value']
    }
    const alipayBill = async (sandbox: Sandbox) => {
      const biz = { bill_type: 'trade', bill_date: '2026-10-04' }
      const method = 'alipay.data.dataservice.bill.downloadurl.query'
      const client = alipayClient(sandbox.alipay.credentials)
      const { response } = await client.call(method, biz, { timestamp: beijing(now().getTime()) })
      return (await send(String(response['bill_download_url']), 'GET', { 'User-Agent': 'test' })).bytes
    }
    const first = await startSandbox({ stateFile, keys, now })
    const client = wechatClient(first.wechat.credentials)
    const order = client.order()
    const timestamp = now().getTime() / 1000
    await client.post('/v3/pay/transactions/native', order, { timestamp })
    await first.wechat.pay(order.out_trade_no)
    first.wechat.billDifferences.plant({ kind: 'extra_row', day: '2026-10-04' })
    first.alipay.billDifferences.plant({ kind: 'extra_row', day: '2026-10-04' })
    const [wechat, alipay] = [await wechatBill(first), await alipayBill(first)]
    await first.stop()
    const second = await startSandbox({ stateFile, keys, now })
    expect(wechat).toMatch(/^[0-9a-f]{40}$/)
    expect(await wechatBill(second)).toBe(wechat)
    expect((await alipayBill(second)).equals(alipay)).toBe(true)
    await second.stop()
  })

  it('keeps the private keys in it from others and leaves no draft behind', async () => {
    const sandbox = await startSandbox({ stateFile, keys })
    await sandbox.stop()
    expect((await stat(stateFile)).mode & 0o777).toBe(0o600)
    expect(await readdir(join(folder, 'data'))).toEqual(['sandbox.json'])
    expect(await readFile(stateFile, 'utf8')).toContain('PRIVATE KEY')
  })

  it('says so where the file is not its own or cannot be written', async () => {
    await writeFile(join(folder, 'other.json'), '{"version":99}')
    await expect(startSandbox({ stateFile: join(folder, 'other.json'), keys })).rejects.toThrow('another version')
    await expect(startSandbox({ stateFile: join(folder, 'other.json', 'x.json'), keys })).rejects.toThrow()
  })
})
