// @ts-check
import { makeApi, refused } from './api.js'
import { by } from './dom.js'
import { keepLanguage, readLanguage, takeToken } from './link.js'
import { isDeadLink, watchOrder } from './order-watch.js'
import { isScannable } from './qr.js'
import { newer, screenOf } from './screen.js'
import { render } from './view.js'

/** @typedef {import('./api.js').Order} Order */
/** @typedef {import('./api.js').Problem} Problem */
/** @typedef {import('./api.js').Provider} Provider */
/** @typedef {import('./screen.js').Model} Model */

const NOTICE_MS = 8000
/** Below this the difference is the network's and the header's whole seconds, not the payer's clock. */
const CLOCK_TOLERANCE_MS = 2500

const { orderId = '', providers: listed = '', sandboxUrl = '' } = document.body.dataset
const isProvider = (/** @type {string} */ name) => name === 'wechat' || name === 'alipay'
const providers = /** @type {Provider[]} filter does not narrow */ (listed.split(',').filter(isProvider))

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
let clockOffsetMs = 0
const now = () => Date.now() + clockOffsetMs

const update = (/** @type {Partial<Model>} */ change) => {
  model = { ...model, ...change }
  render(model, now(), sandboxUrl)
}

const onServerTime = (/** @type {number} */ at) => {
  const offset = at - Date.now()
  clockOffsetMs = Math.abs(offset) < CLOCK_TOLERANCE_MS ? 0 : offset
}

const token = takeToken(orderId)
const api = makeApi({ orderId, token: token ?? '', onServerTime })

const onOrder = (/** @type {Order} */ order) => update({ order: newer(model.order, order), failure: undefined })
const onFailure = (/** @type {Problem} */ failure) => update({ failure })

const readOrder = async () => {
  const answer = await api.order()
  if (answer.ok) return onOrder(answer.data)
  if (model.order === undefined || isDeadLink(answer.problem)) onFailure(answer.problem)
}

/** @type {(provider: Provider, problem: Problem | undefined) => void} */
const refuse = (provider, problem) =>
  update({ codes: { ...model.codes, [provider]: undefined }, refusals: { ...model.refusals, [provider]: problem } })

/** @type {Set<Provider>} */
const fetching = new Set()

const fetchCode = async (/** @type {Provider} */ provider) => {
  if (fetching.has(provider)) return
  fetching.add(provider)
  refuse(provider, undefined)
  const answer = await api.create(provider)
  fetching.delete(provider)
  if (!answer.ok) {
    refuse(provider, answer.problem)
    return readOrder()
  }
  const { codeUrl, expiresAt } = answer.data.action
  if (!isScannable(codeUrl)) return refuse(provider, refused('CODE_UNREADABLE').problem)
  update({ codes: { ...model.codes, [provider]: { codeUrl, expiresAt: Date.parse(expiresAt) } } })
}

const choose = (/** @type {Provider} */ provider) => {
  update({ choice: provider, notice: undefined })
  if (screenOf(model, now()) !== 'waiting') void fetchCode(provider)
}

/** Asks the gateway now, for payers who see no result yet. */
const askGateway = async () => {
  const { choice, notice } = model
  if (choice === undefined || notice === 'asking') return
  update({ notice: 'asking' })
  const answer = await api.query(choice)
  if (answer.ok) onOrder(answer.data.order)
  if (model.notice !== 'asking') return
  update({ notice: answer.ok || answer.problem.code === 'PAYMENT_NOT_FOUND' ? 'notYet' : 'askFailed' })
  setTimeout(() => model.notice !== 'asking' && update({ notice: undefined }), NOTICE_MS)
}

/** @type {ReturnType<typeof watchOrder> | undefined} */
let watch

const start = async () => {
  if (token === undefined) return onFailure(refused('LINK_INCOMPLETE').problem)
  await readOrder()
  if (model.order?.status !== 'pending' || watch !== undefined) return
  const [first] = providers
  if (first === undefined) return onFailure(refused('NO_PROVIDER').problem)
  watch = watchOrder({ api, onOrder, onConnection: (online) => update({ online }), onRefused: onFailure })
  if (providers.length === 1) choose(first)
}

const wake = () => {
  if (document.visibilityState === 'hidden') return
  if (watch !== undefined) watch.wake()
  else if (model.failure?.code === 'NETWORK_LOST') void start()
}

const switchLanguage = () => {
  const lang = model.lang === 'zh' ? 'en' : 'zh'
  keepLanguage(lang)
  update({ lang })
}

for (const provider of providers) by(`pay-${provider}`).addEventListener('click', () => choose(provider))
by('i-have-paid').addEventListener('click', () => void askGateway())
by('try-again').addEventListener('click', () => model.choice !== undefined && void fetchCode(model.choice))
by('refresh').addEventListener('click', () => void start())
by('lang').addEventListener('click', switchLanguage)
document.addEventListener('visibilitychange', wake)
addEventListener('online', wake)
addEventListener('offline', () => update({ online: false }))
addEventListener('pageshow', (event) => event.persisted && wake())
addEventListener('hashchange', () => location.reload())
setInterval(() => update({}), 1000)
update({})
void start()
