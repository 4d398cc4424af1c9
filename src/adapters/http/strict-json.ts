import { err, ok, type Result } from 'neverthrow'
import { type ApiError, invalidField } from './problem.ts'
import { type Text, text } from './language.ts'

const MAX_DEPTH = 20
const MAX_KEYS = 200
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor'])

/** Strings, with the colon that makes one a key; brackets, commas; and whatever else stands alone. */
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\],]|[^\s{}[\],:"]+/g
const NUMBER = /^-?\d/
/** No exponents, no third decimal, no negative zero: nothing that would be rounded or read in two ways. */
const PLAIN_NUMBER = /^(?!-0(?:\.0+)?$)-?(?:0|[1-9]\d*)(?:\.\d{1,2})?$/

/** One open object or array: the keys it has had, or none for an array, and where we are in it. */
type Level = { readonly keys: Set<string> | undefined; at: string | number }

/**
 * Parses one JSON text and refuses what `JSON.parse` lets through: repeated keys, keys that reach into prototypes,
 * great depth and breadth, and numbers that floating point would change silently.
 */
export const parseStrictJson = (source: string): Result<unknown, ApiError> => {
  let value: unknown
  try {
    value = JSON.parse(source)
  } catch {
    return err(invalidField('', text('不是有效的 JSON', 'not valid JSON')))
  }
  const fault = faultOf(source)
  return fault === undefined ? ok(value) : err(invalidField(fault.path, fault.message))
}

type Fault = { readonly path: string; readonly message: Text }

/** Walks the tokens of a text that is known to be JSON; the walk would not end in good time on any other. */
const faultOf = (source: string): Fault | undefined => {
  const levels: Level[] = []
  let keyCount = 0
  for (const [token, quoted, colon] of source.matchAll(TOKEN)) {
    const level = levels.at(-1)
    if (quoted !== undefined && colon !== undefined && level?.keys !== undefined) {
      keyCount += 1
      const fault = enterKey(level, quoted, keyCount)
      if (fault !== undefined) return { path: pathOf(levels), message: fault }
    } else if (token === '{' || token === '[') {
      levels.push(token === '{' ? { keys: new Set(), at: '' } : { keys: undefined, at: 0 })
      if (levels.length > MAX_DEPTH) return { path: pathOf(levels), message: TOO_DEEP }
    } else if (token === '}' || token === ']') levels.pop()
    else if (token === ',' && typeof level?.at === 'number') level.at += 1
    else if (NUMBER.test(token) && !PLAIN_NUMBER.test(token)) return { path: pathOf(levels), message: NOT_PLAIN }
  }
  return undefined
}

const enterKey = (level: Level, quoted: string, keyCount: number): Text | undefined => {
  const key: unknown = JSON.parse(quoted)
  level.at = String(key)
  if (FORBIDDEN_KEYS.has(level.at)) return text('不允许的字段名', 'this field name is not allowed')
  if (level.keys?.has(level.at) === true) return text('字段重复', 'the field is there twice')
  level.keys?.add(level.at)
  return keyCount > MAX_KEYS ? text(`字段超过 ${MAX_KEYS} 个`, `more than ${MAX_KEYS} fields`) : undefined
}

const TOO_DEEP = text(`嵌套超过 ${MAX_DEPTH} 层`, `nested more than ${MAX_DEPTH} deep`)
const NOT_PLAIN = text(
  '数字须为不带指数、最多两位小数的写法',
  'write numbers without exponent, with two decimals at most',
)

const pathOf = (levels: readonly Level[]): string =>
  levels
    .map(({ at }) => at)
    .filter((at) => at !== '')
    .join('.')
