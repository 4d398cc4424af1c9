// @ts-check

/** @typedef {import('./api.js').Api} Api */
/** @typedef {import('./api.js').Order} Order */
/** @typedef {import('./api.js').Problem} Problem */

const POLL_MS = 3000
const MAX_POLLS = 10
/** The stream starts with the order itself, so silence means that something on the way holds it back. */
const FIRST_EVENT_MS = 5000
const SILENCE_MS = 45_000
const STEADY_MS = 10_000

/** No later request with this link can answer otherwise. */
const DEAD_LINK = ['UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND', 'ORDER_NOT_FOUND']

/** @type {(problem: Problem) => boolean} */
export const isDeadLink = ({ code }) => DEAD_LINK.includes(code)

/**
 * Follows an order until it is no longer pending or the link is refused: by the event stream, and whenever that
 * breaks by asking every few seconds, ever longer between attempts at a new stream.
 * @param {object} options
 * @param {Pick<Api, 'order' | 'events'>} options.api
 * @param {(order: Order) => void} options.onOrder
 * @param {(online: boolean) => void} options.onConnection
 * @param {(problem: Problem) => void} options.onRefused
 */
export const watchOrder = ({ api, onOrder, onConnection, onRefused }) => {
  let ended = false
  let interrupt = () => {}

  const heard = (/** @type {Order} */ order) => {
    onConnection(true)
    onOrder(order)
    if (order.status === 'pending') return
    ended = true
    interrupt()
  }
  const failed = (/** @type {Problem} */ problem) => {
    if (!isDeadLink(problem)) return
    ended = true
    onRefused(problem)
  }

  /** Says whether the stream held long enough to be trusted again at once. */
  const listen = async () => {
    const controller = new AbortController()
    interrupt = () => controller.abort()
    const startedAt = Date.now()
    let timer = setTimeout(interrupt, FIRST_EVENT_MS)
    const alive = () => {
      clearTimeout(timer)
      timer = setTimeout(interrupt, SILENCE_MS)
    }
    const answer = await api.events(controller.signal, heard, alive)
    clearTimeout(timer)
    if (!answer.ok) failed(answer.problem)
    return Date.now() - startedAt >= STEADY_MS
  }

  const poll = async () => {
    const answer = await api.order()
    if (answer.ok) return heard(answer.data)
    onConnection(answer.problem.code !== 'NETWORK_LOST')
    failed(answer.problem)
  }

  /** Resolves to true when it was cut short, so the caller goes back to the stream at once. */
  const pause = () =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), POLL_MS)
      interrupt = () => {
        clearTimeout(timer)
        resolve(true)
      }
    })

  const pollFor = async (/** @type {number} */ times) => {
    for (let count = 0; count < times && !ended; count += 1) {
      if (await pause()) return
      await poll()
    }
  }

  const run = async () => {
    for (let failures = 0; !ended; ) {
      failures = (await listen()) ? 0 : failures + 1
      if (!ended) await poll()
      await pollFor(failures === 0 ? 0 : Math.min(2 ** (failures - 1), MAX_POLLS))
    }
  }
  void run()

  return {
    /** The page came back to the front or the network returned: what the stream missed must show now. */
    wake: () => interrupt(),
  }
}
