import { readdirSync, readFileSync } from 'node:fs'
import { Script } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import texts from '../../../src/adapters/web/assets/text.json' with { type: 'json' }
import { loadCashier } from '../../../src/adapters/web/cashier-page.ts'

const both = { providers: ['wechat', 'alipay'], sandboxUrl: undefined } as const
const cashier = loadCashier(both)
const page = cashier.page('order-1', 'zh')
const returned = cashier.returnPage('order-1', 'zh', 'waiting')

const assetNamed = (pattern: RegExp): string => {
  const [, asset] = [...cashier.assets].find(([name]) => pattern.test(name)) ?? []
  if (asset === undefined) throw new Error(`no asset is named like ${pattern}`)
  return asset.body.toString('utf8')
}

const sourcesNamed = (pattern: RegExp): readonly string[] =>
  readdirSync(new URL('../../../src/adapters/web/assets/', import.meta.url)).filter((name) => pattern.test(name))

const placeholders = (text: string): readonly string[] => (text.match(/\{\w+\}/g) ?? []).toSorted()

describe('the cashier page', () => {
  it('keeps script and style out of the markup, as its content security policy asks', () => {
    const scripts = page.match(/<script[^>]*>[^]*?<\/script>/g) ?? []
    expect(scripts).toHaveLength(1)
    expect(scripts[0]).toMatch(/^<script type="module" src="\/cashier\/assets\/cashier\.[0-9a-f]{16}\.js"><\/script>$/)
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/i)
  })

  it('asks for nothing outside its own origin', () => {
    const addresses = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address)
    expect(
      addresses.filter((address) => !address?.startsWith('#') && !address?.startsWith('/cashier/assets/')),
    ).toEqual([])
    expect(assetNamed(/\.css$/)).not.toMatch(/url\(|@import/)
  })

  it('refers only to assets that exist, each named by its content and served for ever', () => {
    const names = [...(page + returned).matchAll(/\/cashier\/assets\/([^"]+)"/g)].map(([, name]) => name ?? '')
    expect(new Set(names)).toEqual(new Set(cashier.assets.keys()))
    expect([...cashier.assets.values()].every(({ immutable }) => immutable)).toBe(true)
    expect(loadCashier(both).assets).toEqual(cashier.assets)
  })

  it('stays far below 60 kB on the wire', () => {
    const bodies = [Buffer.from(page), ...[...cashier.assets.values()].map(({ body }) => body)]
    expect(bodies.reduce((sum, body) => sum + gzipSync(body).length, 0)).toBeLessThan(40_000)
  })

  it('shows what it is given as text only', () => {
    const evil = `"><script>alert('1')</script>&`
    const html = loadCashier({ ...both, sandboxUrl: `http://127.0.0.1:4/${evil}` }).page(evil, 'zh')
    expect(html).not.toContain('<script>alert')
    expect(html).toContain('data-order-id="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;"')
    expect(html).toContain('data-sandbox-url="http://127.0.0.1:4/&quot;&gt;&lt;script&gt;')
  })

  it('offers the configured providers and no other', () => {
    const html = loadCashier({ providers: ['alipay'], sandboxUrl: undefined }).page('order-1', 'zh')
    expect(html).toContain('id="pay-alipay"')
    expect(html).not.toContain('id="pay-wechat"')
    expect(html).toContain('data-providers="alipay"')
  })

  it('leads to the payer’s phone page in the sandbox only', () => {
    expect(page).not.toContain('sandbox')
    const html = loadCashier({ ...both, sandboxUrl: 'http://127.0.0.1:4/sandbox' }).page('order-1', 'zh')
    expect(html).toContain('data-sandbox-url="http://127.0.0.1:4/sandbox"')
    expect(html).toMatch(/<a id="sandbox-pay" target="_blank" rel="noopener"/)
    expect(html).toContain('class="ribbon"')
  })

  it('speaks the language it is asked in before its script has run', () => {
    expect(page).toContain('<html lang="zh-CN">')
    expect(page).toContain('>微信支付<')
    expect(cashier.page('order-1', 'en')).toContain('<html lang="en">')
    expect(cashier.page('order-1', 'en')).toContain('>WeChat Pay<')
  })

  it('marks the status as a live region', () => {
    expect(page).toMatch(/<p id="status" role="status" aria-live="polite"[^>]* data-state="loading"/)
  })
})

describe('the cashier’s script', () => {
  const script = assetNamed(/^cashier\..*\.js$/)

  it('is one module that imports the QR library beside it and nothing else', () => {
    const imports = script.match(/^import .*$/gm) ?? []
    expect(imports).toHaveLength(1)
    expect(imports[0]).toMatch(/^import \{ encode \} from '\.\/uqr\.[0-9a-f]{16}\.js'$/)
    expect(cashier.assets.has(/\.\/(uqr[^']+)'/.exec(script)?.[1] ?? '')).toBe(true)
  })

  it('has no two modules that declare the same name, and parses', () => {
    expect(() => new Script(`'use strict'; async () => {${script.replace(/^import .*$/gm, '')}\n}`)).not.toThrow()
    expect(script).not.toMatch(/^export /m)
  })

  it('never turns data into markup', () => {
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function/)
  })

  it('asks for elements the page has', () => {
    const sandbox = loadCashier({ ...both, sandboxUrl: 'http://127.0.0.1:4' }).page('order-1', 'zh')
    const asked = [...script.matchAll(/\bby\('([^']+)'\)/g)].map(([, id]) => id)
    expect(asked.length).toBeGreaterThan(20)
    expect(asked.filter((id) => !sandbox.includes(`id="${id}"`))).toEqual([])
  })

  it('ships the QR library with its licence, as a module that needs no other', () => {
    const uqr = assetNamed(/^uqr\./)
    expect(uqr).toContain('MIT License')
    expect(uqr).toMatch(/^export \{[^}]*\bencode\b/m)
    expect(uqr).not.toMatch(/^import |\bimport\(|\brequire\(/m)
  })
})

describe('the return page', () => {
  const script = assetNamed(/^return\..*\.js$/)
  const standings = ['paid', 'waiting', 'ended', 'unknown'] as const

  it('tells how the order stands before its script has run, in either language, and no more', () => {
    const told = standings.map((standing) => {
      const html = cashier.returnPage('order-1', 'en', standing)
      expect(html).toContain(`data-standing="${standing}"`)
      expect(html).toContain('<html lang="en">')
      expect(html.includes('id="paid" hidden')).toBe(standing !== 'paid')
      expect(html.includes('id="standing" hidden')).toBe(standing === 'paid')
      return /id="status"[^>]*>([^<]*)</.exec(html)?.[1]
    })
    expect(new Set(told).size).toBe(standings.length)
    expect(cashier.returnPage('order-1', 'zh', 'paid')).toContain('>支付成功<')
  })

  it('keeps script and style out of the markup and shows what it is given as text', () => {
    expect(returned.match(/<script[^>]*>/g)).toHaveLength(1)
    expect(returned).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/i)
    expect(cashier.returnPage('"><script>alert(1)</script>', 'zh', 'paid')).not.toContain('<script>alert')
  })

  it('has a script that parses, imports nothing, asks for elements the page has and writes no markup', () => {
    expect(() => new Script(`'use strict'; async () => {${script}\n}`)).not.toThrow()
    expect(script).not.toMatch(/^(?:import|export) |innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b/m)
    const asked = [...script.matchAll(/\bby\('([^']+)'\)/g)].map(([, id]) => id)
    expect(asked.filter((id) => !returned.includes(`id="${id}"`))).toEqual([])
  })
})

describe('the scripts', () => {
  it('hold every module there is', () => {
    const held = assetNamed(/^cashier\..*\.js$/) + assetNamed(/^return\..*\.js$/)
    const sources = sourcesNamed(/\.js$/).map((name) =>
      readFileSync(new URL(`../../../src/adapters/web/assets/${name}`, import.meta.url), 'utf8'),
    )
    const lastLines = sources.map((source) =>
      source
        .trimEnd()
        .split('\n')
        .slice(-4)
        .join('\n')
        .replace(/^export /gm, ''),
    )
    expect(lastLines.filter((lines) => !held.includes(lines))).toEqual([])
  })
})

describe('the cashier’s texts', () => {
  it('exist in both languages under the same keys', () => {
    expect(Object.keys(texts.en)).toEqual(Object.keys(texts.zh))
    expect([...Object.values(texts.zh), ...Object.values(texts.en)].every((text) => text.trim() !== '')).toBe(true)
  })

  it('leave the same places to fill in both languages', () => {
    const differing = Object.entries(texts.zh).filter(
      ([key, text]) =>
        placeholders(text).join() !== placeholders(new Map(Object.entries(texts.en)).get(key) ?? '').join(),
    )
    expect(differing).toEqual([])
  })
})
