import { Pool } from 'undici'
import type { Callback } from './callback.ts'

const CONNECTIONS = 32

export type Answer = { readonly status: number; readonly body: string; readonly ms: number }

/** Sends each callback once over 32 connections, each with one request under way; rate, latencies, answers. */
export const fire = async (origin: string, callbacks: readonly Callback[]) => {
  const pool = new Pool(origin, { connections: CONNECTIONS, pipelining: 1 })
  const answers: Answer[] = []
  let next = 0
  const connection = async (): Promise<void> => {
    for (;;) {
      const callback = callbacks[next]
      next += 1
      if (callback === undefined) return
      const { path, headers, body } = callback
      const start = performance.now()
      const answer = await pool.request({ method: 'POST', path, headers, body })
      const text = await answer.body.text()
      answers.push({ status: answer.statusCode, body: text, ms: performance.now() - start })
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: CONNECTIONS }, connection))
  const seconds = (performance.now() - start) / 1000
  await pool.close()
  const latencies = answers.map(({ ms }) => ms).toSorted((a, b) => a - b)
  const at = (part: number): number => Math.round((latencies[Math.floor(latencies.length * part)] ?? 0) * 10) / 10
  return { rate: Math.round(callbacks.length / seconds), p50: at(0.5), p99: at(0.99), answers }
}
