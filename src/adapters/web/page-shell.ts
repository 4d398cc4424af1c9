import texts from './assets/text.json' with { type: 'json' }
import { SYMBOLS } from './cashier-icons.ts'

export type Lang = 'zh' | 'en'

/** Where a page finds its files; absolute paths. */
export type PageFiles = {
  readonly style: string
  readonly script: string
  readonly icon: string
  /** What the script will ask for in a moment. */
  readonly preload?: string
}

export type TextKey = keyof typeof texts.zh
/** The rest of an element whose text the script can translate: the attribute that names it, and the text. */
export type Text = (key: TextKey) => string

type Shell = {
  readonly lang: Lang
  /** Attributes of the body, for the script. */
  readonly data: Readonly<Record<string, string | undefined>>
  readonly isSandbox: boolean
  readonly files: PageFiles
  readonly main: string
}

export const textIn =
  (lang: Lang): Text =>
  (key) =>
    `data-text="${key}">${escapeHtml(texts[lang][key])}`

/** Everything around what a payer's page is about: head, bar with the language, footer. */
export const shellHtml = ({ lang, data, isSandbox, files, main }: Shell): string => {
  const text = textIn(lang)
  const { icon, style, script, preload } = files
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
<link rel="icon" href="${escapeHtml(icon)}" type="image/svg+xml">
<link rel="stylesheet" href="${escapeHtml(style)}">
${preload === undefined ? '' : `<link rel="modulepreload" href="${escapeHtml(preload)}">\n`}<script type="module" src="${escapeHtml(script)}"></script>
</head>
<body${attributes(data)}>
${SYMBOLS}
<header>
${isSandbox ? `<p class="ribbon" ${text('sandboxRibbon')}</p>` : ''}
<div class="bar">
<h1><img src="${escapeHtml(icon)}" alt="" width="28" height="28"><span ${text('title')}</span></h1>
<button type="button" id="lang" lang="${LANGUAGE_TAGS[lang === 'zh' ? 'en' : 'zh']}" ${text('otherLanguage')}</button>
</div>
</header>
${main}
<footer><p ${text('secure')}</p></footer>
</body>
</html>
`
}

const LANGUAGE_TAGS = { zh: 'zh-CN', en: 'en' } as const

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export const escapeHtml = (value: string): string => value.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '')

const attributes = (data: Shell['data']): string =>
  Object.entries(data)
    .map(([name, value]) => (value === undefined ? '' : ` data-${name}="${escapeHtml(value)}"`))
    .join('')
