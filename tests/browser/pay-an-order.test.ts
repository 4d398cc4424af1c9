import { mkdirSync } from 'node:fs'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
const complaints: string[] = []

const start = async (): Promise<Service> => {
  const DATABASE_URL = `sqlite:${directory.path}/shouyin.db`
  const settings = loadSettings({ PORT: String(await freePort()), DATABASE_URL, LOG_LEVEL: 'silent' })._unsafeUnwrap()
  return (await startService(settings))._unsafeUnwrap()
}

beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true })
  directory = temporaryDirectory()
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser.close()
  directory.remove()
})

/** A page whose every complaint fails the test. */
const openPage = async (context: BrowserContext, url: string): Promise<Page> => {
  const page = await context.newPage()
  page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())))
  page.on('pageerror', (error) => void complaints.push(error.message))
  await page.goto(url)
  return page
}

const shown = (page: Page, state: string) =>
  page.waitForSelector(`#status[data-state="${state}"]`, { state: 'attached' })

describe.each([
  ['wechat', PHONE, 'zh'],
  ['alipay', DESKTOP, 'en'],
] as const)('paying with %s', (provider, viewport, language) => {
  it('goes from the cashier over the phone to "paid", without a reload', async () => {
    complaints.length = 0
    service = await start()
    const context = await browser.newContext({ viewport, locale: language === 'zh' ? 'zh-CN' : 'en-GB' })
    try {
      const link = service.demoUrl ?? ''
      const cashier = await openPage(context, language === 'en' ? link.replace('#', '?lang=en#') : link)
      await shown(cashier, 'choose')
      expect(await cashier.textContent('#amount')).toContain('99.00')
      expect(cashier.url()).not.toContain('#ct1')
      await cashier.screenshot({ path: `${SCREENSHOTS}/${provider}-1-choose.png` })
      await cashier.click(`#pay-${provider}`)
      await shown(cashier, 'waiting')
      await cashier.waitForSelector('#qr svg')
      await cashier.screenshot({ path: `${SCREENSHOTS}/${provider}-2-scan.png` })
      const phone = await openPage(context, (await cashier.getAttribute('#sandbox-pay', 'href')) ?? '')
      await phone.setViewportSize(PHONE)
      await phone.screenshot({ path: `${SCREENSHOTS}/${provider}-3-phone.png` })
      await phone.click('#pay')
      await phone.waitForSelector('text=/支付成功|Payment successful|Paid/')
      await phone.screenshot({ path: `${SCREENSHOTS}/${provider}-4-phone-paid.png` })
      await shown(cashier, 'paid')
      expect(await cashier.isVisible('#paid')).toBe(true)
      await cashier.screenshot({ path: `${SCREENSHOTS}/${provider}-5-paid.png` })
      expect(complaints).toEqual([])
    } finally {
      await context.close()
      await service.stop()
    }
  })
})

describe('the documentation page', () => {
  it('lists the routes without asking anybody outside', async () => {
    complaints.length = 0
    service = await start()
    const context = await browser.newContext({ viewport: DESKTOP })
    try {
      const outside: string[] = []
      context.on('request', (request) => void (request.url().startsWith(service.origin) || outside.push(request.url())))
      const page = await openPage(context, `${service.origin}/docs`)
      await page.getByText('/payments/{provider}/create').first().waitFor()
      await page.screenshot({ path: `${SCREENSHOTS}/docs.png` })
      expect(outside.filter((url) => !url.startsWith('data:'))).toEqual([])
      expect(complaints).toEqual([])
    } finally {
      await context.close()
      await service.stop()
    }
  })
})
