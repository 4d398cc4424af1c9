import { loadCashierFiles } from './cashier-assets.ts'
import type { CashierAssets } from './cashier-assets.ts'
import { cashierHtml, type CashierProvider, type Lang } from './cashier-html.ts'

export type { CashierAssets } from './cashier-assets.ts'

export type CashierOptions = {
  readonly providers: readonly CashierProvider[]
  /** Where the sandbox shows a payer's phone; its `/pay?code=` stands in for a wallet's scanner. */
  readonly sandboxUrl: string | undefined
}

export type Cashier = {
  readonly page: (orderId: string, lang: Lang) => string
  readonly assets: CashierAssets
}

const ASSETS_PATH = '/cashier/assets/'

/** The hosted cashier: one page for every order, and the files it refers to by name. */
export const loadCashier = ({ providers, sandboxUrl }: CashierOptions): Cashier => {
  const { assets, names } = loadCashierFiles()
  const files = {
    style: ASSETS_PATH + names.style,
    script: ASSETS_PATH + names.script,
    qr: ASSETS_PATH + names.qr,
    icon: ASSETS_PATH + names.icon,
  }
  return { page: (orderId, lang) => cashierHtml({ orderId, lang, providers, sandboxUrl, files }), assets }
}
