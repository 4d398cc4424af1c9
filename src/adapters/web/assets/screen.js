// @ts-check

/** @typedef {import('./api.js').Order} Order */
/** @typedef {import('./api.js').Provider} Provider */
/** @typedef {import('./api.js').Problem} Problem */
/** @typedef {import('./text.js').Lang} Lang */
/** @typedef {{ readonly codeUrl: string, readonly expiresAt: number }} Code */
/** @typedef {'asking' | 'notYet' | 'askFailed'} Notice */
/** @typedef {'loading' | 'choose' | 'preparing' | 'waiting' | 'paid' | 'expired' | 'cancelled' | 'refunded' | 'error'} Screen */
/**
 * @typedef {object} Model
 * @property {Lang} lang
 * @property {Order | undefined} order
 * @property {Problem | undefined} failure the page as a whole cannot go on
 * @property {Provider | undefined} choice
 * @property {Readonly<Partial<Record<Provider, Code>>>} codes
 * @property {Readonly<Partial<Record<Provider, Problem>>>} refusals
 * @property {boolean} online
 * @property {Notice | undefined} notice what became of "I have paid"
 */

/**
 * What the page shows, decided from what it knows.
 * @type {(model: Model, now: number) => Screen}
 */
export const screenOf = (model, now) => {
  if (model.failure !== undefined) return 'error'
  if (model.order === undefined) return 'loading'
  switch (model.order.status) {
    case 'pending':
      return pendingScreen(model, model.order, now)
    case 'partially_refunded':
      return 'refunded'
    case 'paid':
    case 'refunded':
    case 'cancelled':
    case 'expired':
      return model.order.status
  }
}

/** @type {(model: Model, order: Order, now: number) => Screen} */
const pendingScreen = (model, order, now) => {
  if (now >= Date.parse(order.expiresAt)) return 'expired'
  if (model.choice === undefined) return 'choose'
  if (refusalOf(model, now) !== undefined) return 'error'
  return model.codes[model.choice] === undefined ? 'preparing' : 'waiting'
}

/**
 * Why the chosen provider cannot be paid with now.
 * @type {(model: Model, now: number) => Problem | undefined}
 */
export const refusalOf = ({ choice, codes, refusals }, now) => {
  if (choice === undefined) return undefined
  const code = codes[choice]
  if (code !== undefined && now >= code.expiresAt) return { code: 'CODE_EXPIRED', retryAfterS: 0, requestId: '' }
  return refusals[choice]
}

/**
 * The newer of two readings: an answer that was long on its way must not take a payment back.
 * @type {(known: Order | undefined, read: Order) => Order}
 */
export const newer = (known, read) => (known !== undefined && read.updatedAt < known.updatedAt ? known : read)
