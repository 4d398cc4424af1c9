// @ts-check
import { makeApi } from './api.js'
import { by } from './dom.js'
import { keepLanguage, readLanguage, takeToken } from './link.js'
import { watchOrder } from './order-watch.js'
import { renderReturn, standingFrom, standingOf } from './return-view.js'
import { newer } from './screen.js'

/** @typedef {import('./screen.js').Model} Model */

const FIRST_PAUSE_MS = 3000
const LONGEST_PAUSE_MS = 15_000
const MAX_TURNS = 60

const { orderId = '' } = document.body.dataset
let told = standingFrom(document.body.dataset.standing)
/** @type {string | undefined} */
let token = takeToken(orderId)

/** @type {Model} */
let model = {
  lang: readLanguage(),
  order: undefined,
  failure: undefined,
  choice: undefined,
  codes: {},
  refusals: {},
  online: true,
  notice: undefined,
}

const show = () => renderReturn(model, told, token !== undefined)

const update = (/** @type {Partial<Model>} */ change) => {
  model = { ...model, ...change }
  show()
}

/** The page itself is the question: the service asks the gateways and writes the answer into it. */
const ask = async () => {
  try {
    const response = await fetch(location.pathname, { cache: 'no-store', credentials: 'omit' })
    const page = new DOMParser().parseFromString(await response.text(), 'text/html')
    told = standingFrom(page.body.dataset.standing)
  } catch {
    told = 'unknown'
  }
  show()
}

const isOpen = () => {
  const standing = standingOf(model, told)
  return standing === 'waiting' || standing === 'unknown'
}

const askAgainAndAgain = async () => {
  let pauseMs = FIRST_PAUSE_MS
  for (let turn = 0; turn < MAX_TURNS && isOpen(); turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    pauseMs = Math.min(pauseMs * 1.2, LONGEST_PAUSE_MS)
    if (document.visibilityState === 'visible' && isOpen()) await ask()
  }
}

/** With the cashier's link the whole order shows, and the service tells of changes by itself. */
const watch = (/** @type {string} */ link) => {
  const api = makeApi({ orderId, token: link, onServerTime: () => {} })
  const watched = watchOrder({
    api,
    onOrder: (order) => update({ order: newer(model.order, order) }),
    onConnection: (online) => update({ online }),
    onRefused: () => {
      token = undefined
      show()
      void askAgainAndAgain()
    },
  })
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && watched.wake())
}

/** What the gateway wrote into the address proves nothing; nobody needs to copy it along. */
const tidyAddress = () => {
  const lang = new URLSearchParams(location.search).get('lang')
  history.replaceState(null, '', location.pathname + (lang === 'zh' || lang === 'en' ? `?lang=${lang}` : ''))
}

const switchLanguage = () => {
  const lang = model.lang === 'zh' ? 'en' : 'zh'
  keepLanguage(lang)
  update({ lang })
}

by('lang').addEventListener('click', switchLanguage)
by('refresh').addEventListener('click', () => location.reload())
by('ask-again').addEventListener('click', (event) => {
  event.preventDefault()
  void ask()
})
tidyAddress()
show()
if (token === undefined) void askAgainAndAgain()
else watch(token)
