import texts from './assets/text.json' with { type: 'json' }
import { icon, SYMBOLS } from './cashier-icons.ts'

export type Lang = 'zh' | 'en'
export type CashierProvider = 'wechat' | 'alipay'

export type CashierPage = {
  readonly orderId: string
  readonly lang: Lang
  readonly providers: readonly CashierProvider[]
  readonly sandboxUrl: string | undefined
  /** Where the page finds its files; absolute paths. */
  readonly files: { readonly style: string; readonly script: string; readonly qr: string; readonly icon: string }
}

type TextKey = keyof typeof texts.zh

/** The whole page before its script has run: every text in place, the order still to come. */
export const cashierHtml = ({ orderId, lang, providers, sandboxUrl, files }: CashierPage): string => {
  const text = (key: TextKey): string => `data-text="${key}">${escapeHtml(texts[lang][key])}`
  return `<!doctype html>
<html lang="${LANGUAGE_TAGS[lang]}">
<head>
<meta charset="utf-8">
<title>${escapeHtml(texts[lang].title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="format-detection" content="telephone=no">
<link rel="icon" href="${escapeHtml(files.icon)}" type="image/svg+xml">
<link rel="stylesheet" href="${escapeHtml(files.style)}">
<link rel="modulepreload" href="${escapeHtml(files.qr)}">
<script type="module" src="${escapeHtml(files.script)}"></script>
</head>
<body data-order-id="${escapeHtml(orderId)}" data-providers="${providers.join()}"${
    sandboxUrl === undefined ? '' : ` data-sandbox-url="${escapeHtml(sandboxUrl)}"`
  }>
${SYMBOLS}
<header>
${sandboxUrl === undefined ? '' : `<p class="ribbon" ${text('sandboxRibbon')}</p>`}
<div class="bar">
<h1><img src="${escapeHtml(files.icon)}" alt="" width="28" height="28"><span ${text('title')}</span></h1>
<button type="button" id="lang" lang="${LANGUAGE_TAGS[lang === 'zh' ? 'en' : 'zh']}" ${text('otherLanguage')}</button>
</div>
</header>
<noscript><p class="noscript" ${text('needScript')}</p></noscript>
<main>
${summary(text)}
<section class="card" id="checkout">
<p id="status" role="status" aria-live="polite" tabindex="-1" data-state="loading" ${text('status.loading')}</p>
<div id="pay" hidden>
<h2 id="pay-heading" ${text('payHeading')}</h2>
<div id="methods" role="group" aria-labelledby="pay-heading">
${providers.map((provider) => method(provider, text)).join('\n')}
</div>
${code(sandboxUrl, text)}
<div id="problem" role="alert" hidden>
<p id="problem-text"></p>
<button type="button" class="plain" id="try-again" ${text('tryAgain')}</button>
</div>
</div>
${outcomes(text)}
</section>
</main>
<footer><p ${text('secure')}</p></footer>
</body>
</html>
`
}

type Text = (key: TextKey) => string

const LANGUAGE_TAGS = { zh: 'zh-CN', en: 'en' } as const

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeHtml = (value: string): string => value.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '')

const summary = (
  text: Text,
): string => `<section class="card" id="summary" aria-labelledby="amount-label" aria-busy="true">
<p id="amount-label" ${text('amountDue')}</p>
<p id="amount"></p>
<p id="time-left" hidden><span ${text('timeLeft')}</span> <span id="countdown" role="timer"></span></p>
<details id="items-box" open>
<summary><span ${text('items')}</span><span id="items-count"></span></summary>
<ul id="items"><li class="blank"></li></ul>
</details>
<dl><dt ${text('orderNumber')}</dt><dd id="order-number"></dd></dl>
</section>`

const method = (provider: CashierProvider, text: Text): string =>
  `<button type="button" id="pay-${provider}" aria-pressed="false">${icon(provider)}<span ${text(provider)}</span>${icon('tick')}</button>`

const code = (sandboxUrl: string | undefined, text: Text): string => `<div id="code" hidden>
<div id="qr"></div>
<p id="scan-hint"></p>
<button type="button" class="plain" id="i-have-paid" ${text('iHavePaid')}</button>
<p class="same-phone" ${text('samePhone')}</p>
${
  sandboxUrl === undefined
    ? ''
    : `<a id="sandbox-pay" target="_blank" rel="noopener" hidden><strong ${text('sandboxPay')}</strong><span ${text('sandboxNote')}</span></a>`
}
</div>`

const outcomes = (text: Text): string => `<div class="outcome" id="paid" hidden>
${icon('check')}
<h2 id="paid-title" tabindex="-1" ${text('paidTitle')}</h2>
<p id="paid-amount"></p>
<p ${text('paidText')}</p>
<dl>
<div><dt ${text('orderNumber')}</dt><dd id="paid-order"></dd></div>
<div id="paid-time"><dt ${text('paidAt')}</dt><dd id="paid-at"></dd></div>
</dl>
<p class="aside" ${text('paidClose')}</p>
</div>
<div class="outcome" id="ended" hidden>
${icon('clock', 'id="ended-icon" ')}
<h2 id="ended-title" tabindex="-1"></h2>
<p id="ended-text"></p>
<dl id="refund" hidden><div><dt ${text('refunded')}</dt><dd id="refunded-amount"></dd></div></dl>
<button type="button" class="plain" id="refresh" ${text('refresh')}</button>
</div>`
