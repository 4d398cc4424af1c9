import { calledBy, callerFor, draftOf, pick, type Source, writeDraft } from './draft.ts'
import type { Choose } from './examples.ts'
import type { Header, Input } from './input.ts'

type Spoil = (input: Input) => Partial<Input>

const lengthOf = ({ body }: Input): string => String(body.length)
const chunked = ({ body }: Input): Buffer =>
  Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')])
const and = ({ headers }: Input, ...more: readonly Header[]): Pick<Input, 'headers'> => ({
  headers: [...headers, ...more],
})

/** Requests that two servers in a row may read in two ways, or that no server should. */
const OF_BODIES: readonly Spoil[] = [
  (input) => ({
    ...and(input, ['Content-Length', lengthOf(input)], ['Transfer-Encoding', 'chunked']),
    body: chunked(input),
  }),
  (input) => ({ ...and(input, ['Transfer-Encoding', 'chunked'], ['Content-Length', '3']), body: chunked(input) }),
  (input) => ({ ...and(input, ['Transfer-Encoding', 'chunked']), body: chunked(input) }),
  (input) => ({ ...and(input, ['Transfer-Encoding', 'chunked, identity']), body: chunked(input) }),
  (input) => ({ ...and(input, ['Transfer-Encoding', 'xchunked']), body: chunked(input) }),
  (input) => ({ ...and(input, ['Transfer-Encoding', 'chunked']), body: Buffer.from('zz\r\nx\r\n0\r\n\r\n') }),
  (input) => ({
    ...and(input, ['Transfer-Encoding', 'chunked']),
    body: Buffer.from('ffffffffffff\r\nx'),
    isUnfinished: true,
  }),
  (input) => ({ ...and(input, ['Content-Length', String(input.body.length + 5)]), isUnfinished: true }),
  (input) => ({
    body: input.body.subarray(0, input.body.length >> 1),
    ...and(input, ['Content-Length', lengthOf(input)]),
    isUnfinished: true,
  }),
  (input) => and(input, ['Content-Length', lengthOf(input)], ['Content-Length', '1']),
  (input) => and(input, ['Content-Length', lengthOf(input)], ['Content-Length', lengthOf(input)]),
  (input) => and(input, ['Content-Length', '-1']),
  (input) => and(input, ['Content-Length', '+5']),
  (input) => and(input, ['Content-Length', '99999999999999999999']),
  (input) => and(input, ['Content-Length ', lengthOf(input)]),
]

const OF_HEADS: readonly Spoil[] = [
  (input) => and(input, ['X-Long', 'x'.repeat(16_384)]),
  (input) => and(input, ['X-Nearly', 'x'.repeat(15_000)]),
  (input) => and(input, ...Array.from({ length: 1200 }, (_, n): Header => [`X-${n}`, '1'])),
  (input) => and(input, ['X-Nul', 'a\u0000b']),
  (input) => and(input, ['X-Folded', 'a\r\n b']),
  (input) => and(input, ['X Space', 'a']),
  (input) => and(input, ['', 'a']),
  (input) => and(input, ['Host', 'a'], ['Host', 'b']),
  (input) => and(input, ['Connection', 'Upgrade, HTTP2-Settings'], ['Upgrade', 'h2c']),
  (input) => and(input, ['Connection', 'Upgrade'], ['Upgrade', 'websocket'], ['Sec-WebSocket-Key', 'eA==']),
  (input) => and(input, ['Connection', 'close']),
  (input) => ({ target: `http://evil.example.cn${input.target}` }),
  (input) => ({ target: `https://127.0.0.1:9${input.target}` }),
  (input) => ({ target: `/${input.target}` }),
  (input) => ({ target: `${input.target}#fragment` }),
  (input) => ({ target: input.target.replace('/api', '/%61pi') }),
  (input) => ({ target: input.target.replace('/api', '/x/../api') }),
  (input) => ({ target: `${input.target}/` }),
  (input) => ({ target: input.target.toUpperCase() }),
  (input) => ({ target: `${input.target.split('?')[0]}?${'a=1&'.repeat(2000)}` }),
  () => ({ target: '*', method: 'OPTIONS' }),
  () => ({ target: 'shop.example.cn:443', method: 'CONNECT' }),
  () => ({ target: 'no-slash' }),
  () => ({ target: `/${'a'.repeat(15_000)}` }),
  () => ({ target: '/%' }),
  () => ({ target: '/api/v1/orders/%c3%28' }),
  () => ({ target: '/api/v1/orders/%00' }),
  () => ({ method: 'get' }),
  () => ({ method: 'BREW' }),
  () => ({ method: 'PRI' }),
]

/** A request in order, framed or addressed as none should be. */
export const anyFraming = (source: Source, choose: Choose): Input => {
  const operation = pick(choose, source.operations)
  const credentials = source.shop.credentials[callerFor(operation)]
  const input = writeDraft(calledBy(draftOf(source, operation, choose), credentials))
  // Where no body is wanted none is read: the work is done before anything is found wrong with it.
  const spoils = operation.body === undefined ? OF_HEADS : [...OF_HEADS, ...OF_BODIES]
  return { ...input, ...pick(choose, spoils)(input), isWhole: false }
}
