import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asset } from './asset.ts'

type Parser = (onEvent: (event: string, data: string) => void) => (chunk: string) => void
const { eventParser } = await asset<{ readonly eventParser: Parser }>('event-stream.js')

const eventsOf = (chunks: readonly string[]): readonly (readonly [string, string])[] => {
  const events: [string, string][] = []
  const feed = eventParser((event, data) => events.push([event, data]))
  for (const chunk of chunks) feed(chunk)
  return events
}

describe('reading server-sent events', () => {
  it('gives each event with its name and data', () => {
    expect(eventsOf(['event: order\ndata: {"a":1}\n\nevent: order\ndata:{"a":2}\n\n'])).toEqual([
      ['order', '{"a":1}'],
      ['order', '{"a":2}'],
    ])
  })

  it('passes over comments and unknown fields, and names a nameless event "message"', () => {
    expect(eventsOf([': alive\n\nid: 7\nretry: 10\ndata: x\n\n'])).toEqual([['message', 'x']])
  })

  it('joins the lines of one event', () => {
    expect(eventsOf(['data: a\ndata:\ndata:  b\n\n'])).toEqual([['message', 'a\n\n b']])
  })

  it('gives nothing before the blank line that ends an event', () => {
    expect(eventsOf(['event: order\ndata: {"a"', ':1}\n'])).toEqual([])
  })

  it('reads the same events wherever the stream is cut, with either line ending', () => {
    const stream = ': hi\nevent: order\ndata: {"name":"会员"}\ndata: 2\n\ndata: y\n\n'
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 80 }), { maxLength: 8 }), fc.constantFrom('\n', '\r\n'), (cuts, end) => {
        const text = stream.replaceAll('\n', end)
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length]
        const chunks = places.slice(1).map((to, at) => text.slice(places[at], to))
        expect(eventsOf(chunks)).toEqual(eventsOf([stream]))
      }),
    )
  })
})
