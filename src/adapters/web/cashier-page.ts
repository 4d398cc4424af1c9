import type { Standing } from '../../application/payments/check-order.ts'
import { loadCashierFiles } from './cashier-assets.ts'
import type { CashierAssets } from './cashier-assets.ts'
import { cashierHtml, type CashierProvider } from './cashier-html.ts'
import type { Lang } from './page-shell.ts'
import { returnHtml } from './return-html.ts'

export type { CashierAssets } from './cashier-assets.ts'

export type CashierOptions = {
  readonly providers: readonly CashierProvider[]
  /** Where the sandbox shows a payer's phone; its `/pay?code=` stands in for a wallet's scanner. */
  readonly sandboxUrl: string | undefined
}

export type Cashier = {
  readonly page: (orderId: string, lang: Lang) => string
  /** Where a payer comes back to from a gateway's own page. */
  readonly returnPage: (orderId: string, lang: Lang, standing: Standing) => string
  readonly assets: CashierAssets
}

const ASSETS_PATH = '/cashier/assets/'

/** The hosted cashier: one page for every order, one to come back to, and the files they refer to by name. */
export const loadCashier = ({ providers, sandboxUrl }: CashierOptions): Cashier => {
  const { assets, names } = loadCashierFiles()
  const shared = { style: ASSETS_PATH + names.style, icon: ASSETS_PATH + names.icon }
  const cashierFiles = { ...shared, script: ASSETS_PATH + names.script, preload: ASSETS_PATH + names.qr }
  const returnFiles = { ...shared, script: ASSETS_PATH + names.returnScript }
  const isSandbox = sandboxUrl !== undefined
  return {
    page: (orderId, lang) => cashierHtml({ orderId, lang, providers, sandboxUrl, files: cashierFiles }),
    returnPage: (orderId, lang, standing) => returnHtml({ orderId, lang, standing, isSandbox, files: returnFiles }),
    assets,
  }
}
