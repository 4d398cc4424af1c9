import { readFile } from 'node:fs/promises'
import { answer, type Outcome, type Received, type Reply } from '../http-exchange.ts'
import { PayerRefused } from '../payer-refused.ts'
import { armFault, clearFaults, controlApi } from './control-api.ts'
import { strangerTo } from './guard.ts'
import { listPage, payPage, problemPage, resultPage, tradeAddress, type View } from './pages.ts'
import { allTrades, findTrade, type Gateways, type PayerTrade, type Provider } from './payer-trades.ts'

const SLOW_MS = 8000
const LATE_MS = 10_000
const CALLBACK_FAULTS = ['twice', 'never', 'forged'] as const

const SECURITY = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  // Forms must tell where they come from, and "no-referrer" would make them say "null".
  'Referrer-Policy': 'same-origin',
  'Cache-Control': 'no-store',
} as const

/** The payer's phone, and the same for programs; `undefined` is somebody else's address. */
export const payerSite =
  (gateways: Gateways) =>
  async (received: Received): Promise<Outcome | undefined> => {
    if (received.path === H5_PATH) return answer(fromH5(received))
    if (received.path !== '/sandbox' && !received.path.startsWith('/sandbox/')) return undefined
    const stranger = strangerTo(received)
    const reply =
      stranger === undefined
        ? ((await controlApi(gateways, received)) ?? (await site(gateways, received)))
        : plainText(403, stranger)
    return answer({ ...reply, headers: { ...SECURITY, ...reply.headers } })
  }

const H5_PATH = '/cgi-bin/mmpayweb-bin/checkmweb'

/** WeChat's own page behind an `h5_url`; the merchant may have added where to go afterwards. */
const fromH5 = ({ query }: Received): Reply => {
  const back = query.get('redirect_url')
  const params = { code: query.get('prepay_id') ?? '', ...(back === null ? {} : { back }) }
  return redirect(302, `/sandbox/pay?${new URLSearchParams(params).toString()}`)
}

const site = async (gateways: Gateways, received: Received): Promise<Reply> => {
  const { method, path, query, target } = received
  const form = method === 'POST' ? new URLSearchParams(received.body.toString('utf8')) : query
  // What a form did is told by the page it leads to, so a refusal's other language starts over.
  const view = viewOf(form, method === 'POST' ? '/sandbox' : target)
  switch (`${method} ${path}`) {
    case 'GET /sandbox':
      return page(200, listPage(view, allTrades(gateways), query.get('armed') !== null))
    case 'GET /sandbox/pay':
      return showTrade(gateways, view, query)
    case 'POST /sandbox/pay':
    case 'POST /sandbox/close':
      return changeTrade(gateways, view, form, path === '/sandbox/pay')
    case 'POST /sandbox/faults':
      return spoil(gateways, view, form)
    case 'GET /sandbox/payer.css':
      return asset('payer.css', 'text/css; charset=utf-8')
    case 'GET /sandbox/payer.js':
      return asset('payer.js', 'text/javascript; charset=utf-8')
    default:
      return page(404, problemPage(view, undefined))
  }
}

const viewOf = (params: URLSearchParams, target: string): View => {
  const language = params.get('lang') === 'en' ? 'en' : 'zh'
  const other = new URL(target, 'http://localhost')
  if (language === 'en') other.searchParams.delete('lang')
  else other.searchParams.set('lang', 'en')
  return { language, otherLanguage: `${other.pathname}${other.search}` }
}

const showTrade = async (gateways: Gateways, view: View, query: URLSearchParams): Promise<Reply> => {
  const before = wantedTrade(gateways, query)
  if (before === undefined) return page(404, problemPage(view, undefined))
  const trade = await looked(gateways, before, query.get('code') ?? before.outTradeNo)
  const back = webAddress(query.get('back'))
  if (trade.status === 'open') return page(200, payPage(view, trade, { code: query.get('code') ?? undefined, back }))
  return page(200, resultPage(view, trade, trade.returnUrl ?? back, query.get('done') !== null))
}

/** A buyer looking at an order is what makes it a trade at Alipay. */
const looked = async (gateways: Gateways, trade: PayerTrade, codeOrNumber: string): Promise<PayerTrade> => {
  if (trade.provider !== 'alipay' || trade.status !== 'open') return trade
  try {
    await gateways.alipay.scan(codeOrNumber)
  } catch (error) {
    if (!(error instanceof PayerRefused)) throw error // An outdated code: the page still shows what it was for.
  }
  return findTrade(gateways, { text: trade.outTradeNo, provider: 'alipay' }) ?? trade
}

const changeTrade = async (gateways: Gateways, view: View, form: URLSearchParams, pays: boolean): Promise<Reply> => {
  const trade = wantedTrade(gateways, form)
  if (trade === undefined) return page(404, problemPage(view, undefined))
  try {
    if (pays) {
      armCallbackFault(gateways, trade, form.get('fault') ?? '')
      await gateways[trade.provider].pay(form.get('code') ?? trade.outTradeNo)
    } else gateways[trade.provider].close(trade.outTradeNo)
  } catch (error) {
    if (error instanceof PayerRefused) return page(409, problemPage(view, error.message))
    throw error
  }
  const back = webAddress(form.get('back'))
  const rest = back === undefined ? '' : `&back=${encodeURIComponent(back)}`
  return redirect(303, `${tradeAddress(view, trade)}${rest}&done`)
}

const armCallbackFault = (gateways: Gateways, trade: PayerTrade, wanted: string): void => {
  const { faults } = gateways[trade.provider]
  const where = { operation: 'callback', outTradeNo: trade.outTradeNo } as const
  const kind = CALLBACK_FAULTS.find((each) => each === wanted)
  if (kind !== undefined) faults.add({ ...where, kind })
  if (wanted === 'late') faults.add({ ...where, kind: 'late', ms: LATE_MS })
}

const spoil = (gateways: Gateways, view: View, form: URLSearchParams): Reply => {
  const home = `/sandbox${view.language === 'en' ? '?lang=en' : ''}`
  if (form.get('clear') !== null) {
    clearFaults(gateways)
    return redirect(303, home)
  }
  const provider = form.get('provider') === 'alipay' ? 'alipay' : 'wechat'
  const kind = form.get('kind')
  const ms = kind === 'delay' ? { ms: SLOW_MS } : {}
  const armed = armFault(gateways, { provider, operation: form.get('operation'), kind, ...ms })
  if (armed.isErr()) return page(400, problemPage(view, armed.error))
  return redirect(303, `${home}${home.includes('?') ? '&' : '?'}armed`)
}

const wantedTrade = (gateways: Gateways, params: URLSearchParams): PayerTrade | undefined => {
  const text = params.get('code') ?? params.get('outTradeNo')
  return text === null ? undefined : findTrade(gateways, { text, provider: providerOf(params.get('provider')) })
}

const providerOf = (text: string | null): Provider | undefined =>
  text === 'wechat' || text === 'alipay' ? text : undefined

/** Only an address a browser may safely be sent to. */
const webAddress = (text: string | null): string | undefined => {
  const url = URL.parse(text ?? '')
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') ? url.href : undefined
}

const asset = async (name: string, type: string): Promise<Reply> => ({
  status: 200,
  headers: { 'Content-Type': type },
  body: await readFile(new URL(name, import.meta.url)),
})

const page = (status: number, text: string): Reply => ({
  status,
  headers: { 'Content-Type': 'text/html; charset=utf-8' },
  body: Buffer.from(text),
})

const plainText = (status: number, text: string): Reply => ({
  status,
  headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  body: Buffer.from(`${text}\n`),
})

const redirect = (status: 302 | 303, location: string): Reply => ({
  status,
  headers: { Location: location },
  body: Buffer.alloc(0),
})
