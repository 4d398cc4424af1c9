import { mkdirSync } from 'node:fs'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadSettings } from '../../src/main/config.ts'
import { type Service, startService } from '../../src/main/start.ts'
import { freePort } from '../support/free-port.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { launchBrowser } from './chromium.ts'

const SCREENSHOTS = 'tests/browser/screenshots'
const PHONE = { width: 390, height: 844 }
const DESKTOP = { width: 1280, height: 800 }

let browser: Browser
let service: Service
let directory: ReturnType<typeof temporaryDirectory>
let complaints: string[]

beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true })
  browser = await launchBrowser()
})
afterAll(() => browser.close())

beforeEach(async () => {
  complaints = []
  directory = temporaryDirectory()
  const DATABASE_URL = `sqlite:${directory.path}/shouyin.db`
  const settings = loadSettings({ PORT: String(await freePort()), DATABASE_URL, LOG_LEVEL: 'silent' })._unsafeUnwrap()
  service = (await startService(settings))._unsafeUnwrap()
})
afterEach(async () => {
  await service.stop()
  directory.remove()
})

const link = (): string => service.demoUrl ?? ''
const orderId = (): string => new URL(link()).pathname.split('/')[2] ?? ''

/** Where a payment of the demo order by this method sends the payer's browser. */
const redirectOf = async (provider: string, method: string): Promise<string> => {
  const answer = await fetch(`${service.origin}/api/v1/payments/${provider}/create`, {
    method: 'POST',
    headers: { authorization: `Bearer ${new URL(link()).hash.slice(1)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ orderId: orderId(), method }),
  })
  const { data } = (await answer.json()) as { readonly data: { readonly action: { readonly url: string } } } // The contract's.
  return data.action.url
}

const sandboxCall = (path: string, body: object) =>
  fetch(`${service.sandbox?.origin}/sandbox/api/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

const newPage = async (context: BrowserContext): Promise<Page> => {
  const page = await context.newPage()
  page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())))
  page.on('pageerror', (error) => void complaints.push(error.message))
  return page
}

const stands = (page: Page, standing: string) =>
  page.waitForSelector(`#status[data-state="${standing}"]`, { state: 'attached' })

const payThere = async (page: Page, url: string): Promise<void> => {
  await page.goto(url)
  await page.click('#pay')
  await page.waitForURL(`**/cashier/${orderId()}/return**`)
}

describe('coming back from the gateway’s page', () => {
  it.each([
    ['wechat', 'WECHAT_H5'],
    ['alipay', 'ALIPAY_WAP'],
  ] as const)(
    'after paying at %s by %s: a browser that never had the link sees that it is paid',
    async (at, method) => {
      const context = await browser.newContext({ viewport: PHONE, locale: 'zh-CN' })
      const page = await newPage(context)
      await payThere(page, await redirectOf(at, method))
      await stands(page, 'paid')
      expect(await page.isVisible('#paid')).toBe(true)
      expect(await page.isVisible('#paid-facts')).toBe(false)
      expect(new URL(page.url()).search).toBe('')
      await page.screenshot({ path: `${SCREENSHOTS}/return-${at}-paid.png` })
      expect(complaints).toEqual([])
      await context.close()
    },
  )

  it('shows the whole result where the cashier was open in this tab before', async () => {
    const context = await browser.newContext({ viewport: PHONE, locale: 'zh-CN' })
    const page = await newPage(context)
    await page.goto(link())
    await stands(page, 'choose')
    await payThere(page, await redirectOf('alipay', 'ALIPAY_WAP'))
    await stands(page, 'paid')
    await page.waitForSelector('#paid-facts')
    expect([await page.textContent('#paid-amount'), await page.textContent('#paid-order')]).toEqual([
      '¥99.00',
      orderId(),
    ])
    await page.screenshot({ path: `${SCREENSHOTS}/return-with-link-paid.png` })
    expect(complaints).toEqual([])
    await context.close()
  })

  it.each([true, false])('too early it waits, and turns by itself (cashier seen before: %s)', async (hasLink) => {
    const context = await browser.newContext({ viewport: DESKTOP, locale: 'en-GB' })
    const page = await newPage(context)
    if (hasLink) await page.goto(link())
    const url = await redirectOf('alipay', 'ALIPAY_WEB')
    await page.goto(url) // Begins the trade, which Alipay does not know before.
    await page.goto(`${service.origin}/cashier/${orderId()}/return?trade_status=TRADE_SUCCESS&lang=en`)
    await stands(page, 'waiting')
    expect(await page.isVisible('#back-to-cashier')).toBe(hasLink)
    await page.screenshot({ path: `${SCREENSHOTS}/return-waiting-${hasLink ? 'link' : 'plain'}.png` })
    await sandboxCall('faults', { provider: 'alipay', operation: 'callback', kind: 'never' })
    const trades = await fetch(`${service.sandbox?.origin}/sandbox/api/trades`)
    const { alipay } = (await trades.json()) as { readonly alipay: readonly { readonly outTradeNo: string }[] } // As above.
    await sandboxCall('pay', { outTradeNo: alipay[0]?.outTradeNo })
    await stands(page, 'paid')
    expect(await page.isVisible('#paid-facts')).toBe(hasLink)
    await page.screenshot({ path: `${SCREENSHOTS}/return-turned-${hasLink ? 'link' : 'plain'}.png` })
    expect(complaints).toEqual([])
    await context.close()
  })

  it('says when it does not know, in both languages', async () => {
    const context = await browser.newContext({ viewport: PHONE, locale: 'zh-CN' })
    const page = await newPage(context)
    await page.goto(`${service.origin}/cashier/${'f'.repeat(32)}/return`)
    await stands(page, 'unknown')
    await page.screenshot({ path: `${SCREENSHOTS}/return-unknown.png` })
    await page.click('#lang')
    expect(await page.textContent('#standing-title')).toBe('The result is not known yet')
    expect(complaints).toEqual([])
    await context.close()
  })
})
