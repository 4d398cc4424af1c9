import type { AlertAnswer } from '../../application/alerts/alert-sender.ts'

/** For a whole attempt, from the lookup of the name to the last byte. */
export const ATTEMPT_MS = 10_000

/** Whatever an attempt ends with, as an answer: it is broken off at its deadline, and when we are stopping. */
export const withinTime = async (
  { timeoutMs, closing }: { readonly timeoutMs: number; readonly closing: AbortSignal },
  attempt: (signal: AbortSignal) => Promise<AlertAnswer>,
): Promise<AlertAnswer> => {
  if (closing.aborted) return { type: 'interrupted' }
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), timeoutMs)
  try {
    return await attempt(AbortSignal.any([deadline.signal, closing]))
  } catch (error) {
    if (closing.aborted) return { type: 'interrupted' }
    return { type: 'refused', reason: deadline.signal.aborted ? 'TIMEOUT' : reasonOf(error) }
  } finally {
    clearTimeout(timer)
  }
}

/** Codes alone: messages of network errors carry addresses, and those of robots are secrets. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'NETWORK_ERROR'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return 'responseCode' in error && typeof error.responseCode === 'number' ? `${code} ${error.responseCode}` : code
}
