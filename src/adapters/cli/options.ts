import { err, ok, type Result } from 'neverthrow'
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'

export type UsageError = { readonly code: 'USAGE'; readonly message: string }

export const usage = (message: string): Result<never, UsageError> => err({ code: 'USAGE', message })

type Read<T extends ParseArgsOptionsConfig> = {
  readonly values: ReturnType<typeof parseArgs<{ args: string[]; options: T; allowPositionals: true }>>['values']
  readonly words: readonly string[]
}

/** The options and the other words after a command; one it does not know, or too many words, are an error. */
export const readOptions = <const T extends ParseArgsOptionsConfig>(
  command: string,
  args: readonly string[],
  options: T,
  words: readonly string[] = [],
): Result<Read<T>, UsageError> => {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    if (positionals.length !== words.length)
      return usage(
        words.length === 0 ? `'${command}' takes no '${positionals[0]}'` : `${command} needs ${words.join(' ')}`,
      )
    return ok({ values, words: positionals })
  } catch {
    // parseArgs throws on any option it does not know.
    return usage(`${command} takes ${[...words, ...Object.keys(options).map((name) => `--${name}`)].join(', ')}`)
  }
}

const ID = /^[0-9A-Za-z_-]{1,64}$/

/** An id, or a number of ours or of a gateway. */
export const isId = (text: string | undefined): text is string => text !== undefined && ID.test(text)

/** Options every list has. */
export const LIST_OPTIONS = {
  limit: { type: 'string' },
  cursor: { type: 'string' },
  json: { type: 'boolean' },
} as const

export type ListWords = { readonly limit: number; readonly cursor: string | undefined; readonly json: boolean }

export const readList = (given: {
  readonly limit?: string | undefined
  readonly cursor?: string | undefined
  readonly json?: boolean | undefined
}): Result<ListWords, UsageError> => {
  const limit = wholeNumber(given.limit ?? '20', 1, 100)
  if (limit === undefined) return usage('--limit is 1 to 100')
  return ok({ limit, cursor: given.cursor, json: given.json ?? false })
}

/** A whole number within bounds, else nothing. */
export const wholeNumber = (text: string, least: number, most: number): number | undefined => {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  return number >= least && number <= most ? number : undefined
}

/** Why something is done; it goes on record. */
export const readReason = (text: string | undefined): Result<string | undefined, UsageError> => {
  const reason = text?.trim()
  return reason === '' || (reason !== undefined && reason.length > 500)
    ? usage('--reason is 1 to 500 characters')
    : ok(reason)
}
