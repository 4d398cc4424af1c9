import { gzipSync } from 'node:zlib'
import { AWKWARD_JSON, AWKWARD_TEXT, jsonOf } from './awkward-values.ts'
import { type Draft, pick } from './draft.ts'
import { type Choose, placesIn, replaceAt } from './examples.ts'

/** One thing done to a request that was in order. */
type Alteration = (draft: Draft, choose: Choose) => Draft

const withHeader = (draft: Draft, name: string, value: string): Draft => ({
  ...draft,
  headers: [...draft.headers.filter(([other]) => other !== name), [name, value]],
})

const awkwardField: Alteration = (draft, choose) => {
  const value = pick(choose, AWKWARD_JSON)
  return draft.json === undefined
    ? draft
    : { ...draft, json: replaceAt(draft.json, pick(choose, placesIn(draft.json)), value) }
}

const missingField: Alteration = (draft, choose) =>
  draft.json === undefined
    ? draft
    : { ...draft, json: replaceAt(draft.json, pick(choose, placesIn(draft.json)), undefined) }

const unknownField: Alteration = (draft, choose) => {
  const name = pick(choose, [
    'role',
    'userId',
    'status',
    'price',
    'isAdmin',
    '$where',
    'amountFen',
    'id',
    'toString',
    '',
  ])
  return typeof draft.json !== 'object'
    ? draft
    : { ...draft, json: { ...draft.json, [name]: pick(choose, AWKWARD_JSON) } }
}

const awkwardParam: Alteration = (draft, choose) => {
  const names = Object.keys(draft.params)
  if (names.length === 0) return awkwardQuery(draft, choose)
  return { ...draft, params: { ...draft.params, [pick(choose, names)]: pick(choose, AWKWARD_TEXT) } }
}

const awkwardQuery: Alteration = (draft, choose) => {
  const name = pick(choose, [...Object.keys(draft.operation.query), 'limit', 'cursor', 'x'])
  const value = pick(choose, AWKWARD_TEXT)
  const twice = choose(6) === 0 ? [[name, value] as const] : []
  const written = pick(choose, [name, name, name, name, `${name}[]`, `${name}[b]`, `__proto__`, `${name};a`])
  return { ...draft, query: [...draft.query.filter(([other]) => other !== name), [written, value], ...twice] }
}

const HEADERS: readonly (readonly [string, readonly string[]])[] = [
  [
    'Idempotency-Key',
    ['', '0', 'k', 'x'.repeat(255), 'x'.repeat(256), 'caf\u00e9', 'a\tb', 'shared-1', 'shared-2', ' '],
  ],
  ['Accept-Language', ['en', 'zh', '*', 'en;q=9', ';;;', ','.repeat(500), 'x'.repeat(5000)]],
  ['X-Request-Id', ['', 'x'.repeat(129), 'a b', '../..', '{"a":1}', '\u001b[31m']],
  ['X-HTTP-Method-Override', ['DELETE', 'PATCH', 'GET']],
  ['X-Forwarded-Host', ['evil.example.cn']],
  [
    'X-Forwarded-For',
    ['', ',', 'unknown', '::1', '127.0.0.1', '1.2.3.4, 5.6.7.8', '[::ffff:10.0.0.1]:80', 'x'.repeat(4000)],
  ],
  ['Host', ['evil.example.cn', '', 'a:b:c', '[::1']],
  [
    'Content-Type',
    [
      '',
      'text/plain',
      'application/json; charset=gbk',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ],
  ],
  ['Content-Encoding', ['gzip', 'br', 'identity', 'x']],
  [
    'Authorization',
    [
      '',
      'Bearer',
      'Bearer ',
      'Basic eDp5',
      'bearer x',
      `Bearer ${'a.'.repeat(3000)}`,
      'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1MSJ9.',
    ],
  ],
  ['Expect', ['100-continue', 'x']],
  ['Range', ['bytes=0-1', 'bytes=9-1']],
  ['If-None-Match', ['*', 'W/"x"']],
  ['Origin', ['null', 'https://evil.example.cn', 'http://127.0.0.1:3000']],
  ['Cookie', ['a=b; token=x', ';;;', 'x'.repeat(4000)]],
  ['X-Filler', ['', 'x'.repeat(8000), '\u00ff\u00fe']],
]

const awkwardHeader: Alteration = (draft, choose) => {
  const [name, values] = pick(choose, HEADERS)
  const changed = withHeader(draft, name, pick(choose, values))
  const [again] = changed.headers.filter(([other]) => other === name)
  return choose(5) === 0 && again !== undefined ? { ...changed, headers: [...changed.headers, again] } : changed
}

const otherMethod: Alteration = (draft, choose) => ({
  ...draft,
  method: pick(choose, ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND']),
})

const nested = (depth: number): string => '[{"a":'.repeat(depth) + '1' + '}]'.repeat(depth)

/** Bodies of which the JSON itself is out of order. */
const BODIES: readonly ((text: string) => Buffer)[] = [
  (text) => gzipSync(text),
  (text) => Buffer.from(text, 'utf16le'),
  (text) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]),
  (text) => Buffer.from(`\ufeff${text}`),
  (text) => Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('"}')]),
  (text) => Buffer.from(`${text}${text}`),
  (text) => Buffer.from(`${text}x`),
  (text) => Buffer.from(text.slice(0, text.length >> 1)),
  (text) => Buffer.from(text.replace('{', '{"__proto__":{"role":"admin"},')),
  (text) => Buffer.from(text.replace('{', '{"constructor":{"prototype":{}},')),
  (text) => Buffer.from(text.replace(/\{("\w+":)([^{[,}]+)/, '{$1$2,$1$2')),
  (text) => Buffer.from(text.replace(/"(\w)/, '"\\u0000$1')),
  () => Buffer.from(nested(10)),
  () => Buffer.from(nested(10_000)),
  () => Buffer.from('['.repeat(60_000)),
  () => Buffer.from('[1e309]'),
  () => Buffer.from(`{${Array.from({ length: 300 }, (_, n) => `"k${n}":1`).join(',')}}`),
  () => Buffer.alloc(65_537, ' '),
  () => Buffer.alloc(200_000, 'x'),
  () => Buffer.alloc(0),
  () => Buffer.from('null'),
  () => Buffer.from('"text"'),
  () => Buffer.from('items[0][productId]=x&items[]=1;a=b&&=&noequals'),
  () => Buffer.from('--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'),
]

const awkwardBody: Alteration = (draft, choose) => {
  const make = pick(choose, BODIES)
  const changed = { ...draft, bytes: make(draft.json === undefined ? '{"a":1}' : jsonOf(draft.json)) }
  return choose(4) === 0 ? withHeader(changed, 'Content-Encoding', 'gzip') : changed
}

const queryInBody: Alteration = (draft) => ({
  ...draft,
  query: [...draft.query, ...Object.entries(typeof draft.json === 'object' ? (draft.json ?? {}) : {})].map(
    ([name, value]) => [name, typeof value === 'string' ? value : jsonOf(value)] as const,
  ),
})

const ALTERATIONS: readonly (readonly [weight: number, alteration: Alteration])[] = [
  [8, awkwardField],
  [2, missingField],
  [2, unknownField],
  [4, awkwardParam],
  [4, awkwardQuery],
  [3, awkwardHeader],
  [1, otherMethod],
  [2, awkwardBody],
  [1, queryInBody],
]
const WEIGHTED = ALTERATIONS.flatMap(([weight, alteration]) => Array.from({ length: weight }, () => alteration))

export const alter = (draft: Draft, choose: Choose): Draft => pick(choose, WEIGHTED)(draft, choose)
