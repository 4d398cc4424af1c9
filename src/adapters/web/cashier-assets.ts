import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

export type CashierAsset = { readonly type: string; readonly body: Buffer; readonly immutable: boolean }
export type CashierAssets = ReadonlyMap<string, CashierAsset>

export type CashierFiles = {
  readonly assets: CashierAssets
  /** The hashed name of each file the pages ask for. */
  readonly names: Readonly<Record<'style' | 'script' | 'returnScript' | 'qr' | 'icon', string>>
}

/** In an order in which each one only needs those before it. */
const SHARED = [
  'text',
  'event-stream',
  'api',
  'link',
  'order-watch',
  'screen',
  'dom',
  'problem-text',
  'outcome-view',
] as const
const CASHIER = [...SHARED, 'qr', 'order-view', 'pay-view', 'status-view', 'view', 'cashier'] as const
const RETURN = [...SHARED, 'return-view', 'return'] as const

const STYLES = ['frame', 'order', 'pay', 'outcome'] as const

/** Reads the page's files and names each by its content, so that a browser may keep it for ever. */
export const loadCashierFiles = (): CashierFiles => {
  const assets = new Map<string, CashierAsset>()
  const add = (name: string, extension: string, type: string, content: string): string => {
    const body = Buffer.from(content)
    const key = `${name}.${createHash('sha256').update(body).digest('hex').slice(0, 16)}.${extension}`
    assets.set(key, { type, body, immutable: true })
    return key
  }
  const qr = add('uqr', 'js', 'text/javascript; charset=utf-8', uqr())
  const script = add('cashier', 'js', 'text/javascript; charset=utf-8', joinModules(CASHIER, qr))
  const returnScript = add('return', 'js', 'text/javascript; charset=utf-8', joinModules(RETURN, qr))
  const style = add('cashier', 'css', 'text/css; charset=utf-8', STYLES.map((name) => read(`${name}.css`)).join('\n'))
  const icon = add('icon', 'svg', 'image/svg+xml', read('icon.svg'))
  return { assets, names: { style, script, returnScript, qr, icon } }
}

const read = (name: string): string => readFileSync(new URL(`assets/${name}`, import.meta.url), 'utf8')

/** Our modules as one file, one request: what they import of each other is then simply in scope. */
const joinModules = (modules: readonly string[], qr: string): string =>
  modules
    .map((name) => read(`${name}.js`))
    .join('\n')
    .replace(/^import TEXT from .*$/m, () => `const TEXT = ${JSON.stringify(JSON.parse(read('text.json')))}`)
    .replace(/^import [^']* from '\.\/[^']+'\n/gm, '')
    .replace(/^export /gm, '')
    .replace(`from 'uqr'`, `from './${qr}'`)

/** The library as it is published, a module without imports, under its licence. */
const uqr = (): string => {
  const file = new URL(import.meta.resolve('uqr'))
  const licence = readFileSync(new URL('../LICENSE', file), 'utf8')
  return `/*! uqr\n${licence}*/\n${readFileSync(file, 'utf8')}`
}
