// @ts-check
import { eventParser } from './event-stream.js'

/** @typedef {'wechat' | 'alipay'} Provider */
/** @typedef {{ readonly productId: string, readonly name: string, readonly unitPrice: string, readonly quantity: number }} Item */
/** @typedef {'pending' | 'paid' | 'partially_refunded' | 'refunded' | 'cancelled' | 'expired'} OrderStatus */
/**
 * @typedef {object} Order
 * @property {string} id
 * @property {OrderStatus} status
 * @property {string} amount
 * @property {string} refundedAmount
 * @property {string} currency
 * @property {readonly Item[]} items
 * @property {string} expiresAt
 * @property {string | null} [paidAt]
 * @property {string} updatedAt
 */
/** @typedef {{ readonly type: string, readonly codeUrl: string, readonly expiresAt: string }} QrAction */
/** @typedef {{ readonly code: string, readonly retryAfterS: number, readonly requestId: string }} Problem */
/**
 * @template T
 * @typedef {{ readonly ok: true, readonly data: T } | { readonly ok: false, readonly problem: Problem }} Answer
 */
/** @typedef {ReturnType<typeof makeApi>} Api */

const BASE = '/api/v1'
const TIMEOUT_MS = 15_000

/** @type {Readonly<Record<Provider, string>>} */
const METHODS = { wechat: 'WECHAT_NATIVE', alipay: 'ALIPAY_QR' }

/** @type {(code: string) => { readonly ok: false, readonly problem: Problem }} */
export const refused = (code) => ({ ok: false, problem: { code, retryAfterS: 0, requestId: '' } })

/**
 * The routes this page calls, for one order and in the name of its link.
 * @param {{ readonly orderId: string, readonly token: string, readonly onServerTime: (at: number) => void }} link
 */
export const makeApi = ({ orderId, token, onServerTime }) => {
  const id = encodeURIComponent(orderId)

  const request = async (/** @type {string} */ path, /** @type {RequestInit} */ init) => {
    const headers = { authorization: `Bearer ${token}`, ...init.headers }
    const response = await fetch(BASE + path, { ...init, headers, cache: 'no-store', credentials: 'omit' })
    const at = Date.parse(response.headers.get('date') ?? '')
    if (!Number.isNaN(at)) onServerTime(at)
    return response
  }

  /**
   * @template T
   * @param {string} path
   * @param {RequestInit} [init]
   * @returns {Promise<Answer<T>>}
   */
  const call = async (path, init = {}) => {
    const controller = new AbortController()
    const timer = setTimeout(() => controller.abort(), TIMEOUT_MS)
    try {
      const response = await request(path, { ...init, signal: controller.signal })
      return response.ok ? { ok: true, data: (await response.json()).data } : await problemOf(response)
    } catch {
      return refused('NETWORK_LOST')
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    /** @returns {Promise<Answer<Order>>} */
    order: () => call(`/orders/${id}`),

    /** @type {(provider: Provider) => Promise<Answer<{ readonly action: QrAction }>>} */
    create: (provider) =>
      call(`/payments/${provider}/create`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ orderId, method: METHODS[provider] }),
      }),

    /** @type {(provider: Provider) => Promise<Answer<{ readonly order: Order }>>} */
    query: (provider) => call(`/payments/${provider}/query/${id}`),

    /**
     * Calls back for each order the stream brings and `onBytes` for any sign of life; settles when the stream ends.
     * @param {AbortSignal} signal
     * @param {(order: Order) => void} onOrder
     * @param {() => void} onBytes
     * @returns {Promise<Answer<undefined>>}
     */
    events: async (signal, onOrder, onBytes) => {
      try {
        const response = await request(`/orders/${id}/events`, { headers: { accept: 'text/event-stream' }, signal })
        if (!response.ok) return await problemOf(response)
        if (response.body === null) return refused('NETWORK_LOST')
        const feed = eventParser((event, data) => event === 'order' && onOrder(JSON.parse(data)))
        await readText(response.body, feed, onBytes)
        return { ok: true, data: undefined }
      } catch {
        return refused('NETWORK_LOST')
      }
    },
  }
}

/** @type {(body: ReadableStream<Uint8Array>, feed: (text: string) => void, onBytes: () => void) => Promise<void>} */
const readText = async (body, feed, onBytes) => {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    onBytes()
    feed(decoder.decode(chunk.value, { stream: true }))
  }
}

/** @type {(response: Response) => Promise<{ readonly ok: false, readonly problem: Problem }>} */
const problemOf = async (response) => {
  const body = await response.json().catch(() => ({}))
  const code = typeof body?.code === 'string' ? body.code : `HTTP_${response.status}`
  const requestId = typeof body?.requestId === 'string' ? body.requestId : ''
  return { ok: false, problem: { code, retryAfterS: Number(response.headers.get('retry-after')) || 0, requestId } }
}
