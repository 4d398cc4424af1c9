import { formatYuan } from '../../../domain/money.ts'
import type { CallbackAttempt } from '../callbacks.ts'
import { beijingTime } from '../gateway-time.ts'
import { type Html, html } from './html.ts'
import type { PayerTrade, Provider } from './payer-trades.ts'
import { type Language, type Texts, textsOf } from './texts.ts'

export type View = {
  readonly language: Language
  /** The page's own address in the other language. */
  readonly otherLanguage: string
}

const RECENT = 20
const MOST_OPEN = 100

/** Everything that can be paid, and what has been. */
export const listPage = (view: View, trades: readonly PayerTrade[], armed: boolean): string => {
  const texts = textsOf(view.language)
  const open = trades.filter(({ status }) => status === 'open').slice(0, MOST_OPEN)
  const recent = trades.filter(({ status }) => status !== 'open').slice(0, RECENT)
  return page(
    view,
    texts.title,
    html`
      <header class="bar">
        <h1>${texts.title}</h1>
        <p>${texts.subtitle}</p>
      </header>
      <main>
        ${armed ? html`<p class="notice" role="status">${texts.armed}</p>` : undefined}
        <div data-live>
          <section>
            <h2>${texts.openTrades}</h2>
            ${open.length === 0 ? html`<p class="empty">${texts.noOpenTrades}</p>` : list(view, open, texts)}
          </section>
          ${recent.length === 0 ? undefined : html`<section><h2>${texts.recentTrades}</h2>${list(view, recent, texts)}</section>`}
        </div>
        <form class="card row" method="get" action="/sandbox/pay">
          <label for="code">${texts.codeLabel}</label>
          ${languageField(view)}
          <input id="code" name="code" required autocomplete="off" spellcheck="false" />
          <button class="plain">${texts.openCode}</button>
        </form>
        ${apiFaultForm(view, texts, undefined)}
      </main>`,
  )
}

/** How the payer came to a trade: by this code, from that page. */
export type Opened = { readonly code: string | undefined; readonly back: string | undefined }

/** One trade on the payer's phone. */
export const payPage = (view: View, trade: PayerTrade, opened: Opened): string => {
  const texts = textsOf(view.language)
  const quit = trade.quitUrl ?? opened.back
  return page(
    view,
    texts[trade.provider],
    html`
      <main class="sheet ${trade.provider}">
        <p class="brand">${texts[trade.provider]}</p>
        ${amount(trade)}
        ${facts(trade, texts)}
        <form method="post" action="/sandbox/pay" id="pay-form">
          ${hiddenFields(view, trade, opened)}
          <label for="fault">${texts.callbackFault}</label>
          <select id="fault" name="fault">
            <option value="">${texts.normal}</option>
            <option value="twice">${texts.twice}</option>
            <option value="late">${texts.late}</option>
            <option value="never">${texts.never}</option>
            <option value="forged">${texts.forged}</option>
          </select>
          <button id="pay" class="primary" autofocus>${texts.pay} ¥${formatYuan(trade.total)}</button>
        </form>
        <form method="post" action="/sandbox/close">
          ${hiddenFields(view, trade, opened)}
          <button id="close" class="plain">${texts.closeTrade}</button>
        </form>
        ${quit === undefined ? undefined : html`<a id="cancel" class="link" href="${quit}">${texts.cancel}</a>`}
        ${backLink(view, texts)}
      </main>
      ${apiFaultForm(view, texts, trade.provider)}`,
  )
}

/** What has become of a trade. `leave` sends the browser on to the merchant by itself. */
export const resultPage = (view: View, trade: PayerTrade, merchant: string | undefined, leave: boolean): string => {
  const texts = textsOf(view.language)
  const paid = trade.status === 'paid'
  const onwards =
    merchant === undefined
      ? undefined
      : html`<a id="return" class="primary" href="${merchant}" ${leave ? html`data-leave` : undefined}>${texts.toMerchant}</a>`
  return page(
    view,
    paid ? texts.paid : texts.closed,
    html`
      <main class="sheet ${trade.provider}">
        <p class="mark ${paid ? 'done' : 'over'}" aria-hidden="true"></p>
        <h1 id="result" role="status">${paid ? texts.paid : texts.closed}</h1>
        ${amount(trade)}
        ${facts(trade, texts)}
        ${onwards}
        ${backLink(view, texts)}
      </main>
      ${paid ? callbackCard(trade.callbacks, texts) : undefined}`,
  )
}

/** Something that cannot be done, with the reason. */
export const problemPage = (view: View, reason: string | undefined): string => {
  const texts = textsOf(view.language)
  return page(
    view,
    texts.cannot,
    html`
      <main class="sheet">
        <p class="mark over" aria-hidden="true"></p>
        <h1 id="result" role="alert">${texts.cannot}</h1>
        <p class="reason">${reason ?? texts.notFound}</p>
        ${backLink(view, texts)}
      </main>`,
  )
}

const page = ({ language, otherLanguage }: View, title: string, content: Html): string =>
  html`<!doctype html>
<html lang="${language === 'en' ? 'en' : 'zh-CN'}">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${title}</title>
    <link rel="stylesheet" href="/sandbox/payer.css" />
    <script src="/sandbox/payer.js" defer></script>
  </head>
  <body>
    <div class="phone">
      ${content}
      <footer><a href="${otherLanguage}" hreflang="${language === 'en' ? 'zh-CN' : 'en'}">${textsOf(language).language}</a></footer>
    </div>
  </body>
</html>
`.html

const list = (view: View, trades: readonly PayerTrade[], texts: Texts): Html =>
  html`<ul class="trades">${trades.map((trade) => item(view, trade, texts))}</ul>`

const item = (view: View, trade: PayerTrade, texts: Texts): Html => html`
  <li>
    <a href="${tradeAddress(view, trade)}" class="${trade.provider}">
      <span class="dot" aria-hidden="true"></span>
      <span class="what">${trade.description}<small>${texts[trade.provider]} · ${trade.outTradeNo}</small></span>
      <span class="sum">¥${formatYuan(trade.total)}<small class="${trade.status}">${texts[trade.status]}</small></span>
    </a>
  </li>`

/** The page of one trade. */
export const tradeAddress = (view: View, { provider, outTradeNo }: PayerTrade): string =>
  `/sandbox/pay?${new URLSearchParams({ provider, outTradeNo, ...languageParam(view) }).toString()}`

const amount = (trade: PayerTrade): Html => html`<p class="amount"><span>¥</span>${formatYuan(trade.total)}</p>`

const facts = (trade: PayerTrade, texts: Texts): Html => html`
  <dl>
    <dt>${texts.description}</dt><dd id="description">${trade.description}</dd>
    <dt>${texts.merchantOrder}</dt><dd id="out-trade-no">${trade.outTradeNo}</dd>
    ${
      trade.status === 'paid' && trade.transactionId !== undefined
        ? html`<dt>${texts.transaction}</dt><dd id="transaction-id">${trade.transactionId}</dd>`
        : undefined
    }
    <dt>${texts.method}</dt><dd>${texts.balance}</dd>
  </dl>`

const callbackCard = (attempts: readonly CallbackAttempt[], texts: Texts): Html => html`
  <section class="card" data-live>
    <h2>${texts.callbacks}</h2>
    ${attempts.length === 0 ? html`<p class="empty">${texts.noCallbacks}</p>` : undefined}
    <ol class="attempts">
      ${attempts.map((attempt) => html`<li><time>${beijingTime(new Date(attempt.at)).slice(11)}</time> ${'status' in attempt ? attempt.status : attempt.error}</li>`)}
    </ol>
  </section>`

const apiFaultForm = (view: View, texts: Texts, provider: Provider | undefined): Html => html`
  <details class="card">
    <summary>${texts.apiFaults}</summary>
    <form method="post" action="/sandbox/faults">
      ${languageField(view)}
      <label for="api-provider">${texts.method}</label>
      <select id="api-provider" name="provider">
        <option value="wechat">${texts.wechat}</option>
        <option value="alipay" ${provider === 'alipay' ? html`selected` : undefined}>${texts.alipay}</option>
      </select>
      <label for="api-operation">${texts.apiOperation}</label>
      <select id="api-operation" name="operation">
        <option value="create">${texts.create}</option>
        <option value="query">${texts.query}</option>
        <option value="close">${texts.close}</option>
        <option value="refund">${texts.refund}</option>
      </select>
      <label for="api-fault">${texts.apiFault}</label>
      <select id="api-fault" name="kind">
        <option value="delay">${texts.slow}</option>
        <option value="error_500_after">${texts.error}</option>
        <option value="cut_before">${texts.cutBefore}</option>
        <option value="cut_after">${texts.cutAfter}</option>
      </select>
      <button id="arm" class="plain">${texts.arm}</button>
      <button id="clear" class="plain" name="clear" value="yes">${texts.clear}</button>
    </form>
  </details>`

const backLink = (view: View, texts: Texts): Html =>
  html`<a class="link" href="/sandbox${view.language === 'en' ? '?lang=en' : ''}">${texts.back}</a>`

const hiddenFields = (view: View, trade: PayerTrade, { code, back }: Opened): Html => html`
  <input type="hidden" name="provider" value="${trade.provider}" />
  <input type="hidden" name="outTradeNo" value="${trade.outTradeNo}" />
  ${code === undefined ? undefined : html`<input type="hidden" name="code" value="${code}" />`}
  ${back === undefined ? undefined : html`<input type="hidden" name="back" value="${back}" />`}
  ${languageField(view)}`

const languageField = ({ language }: View): Html | undefined =>
  language === 'en' ? html`<input type="hidden" name="lang" value="en" />` : undefined

const languageParam = ({ language }: View): Record<string, string> => (language === 'en' ? { lang: 'en' } : {})
