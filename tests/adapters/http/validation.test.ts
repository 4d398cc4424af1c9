import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, type Reply, type Sent, type Service, startService, tokenFor } from './service.ts'

let service: Service
let token: string
let admin: string
let productId: string
beforeAll(async () => {
  service = await startService()
  token = await tokenFor('u1')
  admin = await adminToken()
  productId = (await service.sell()).id
})
afterAll(() => service.stop())

const post = (raw: string | Uint8Array<ArrayBuffer>, headers: Sent['headers'] = {}): Promise<Reply> =>
  service.call('POST', '/api/v1/orders', { token, raw, headers: { 'content-type': 'application/json', ...headers } })

const order = (line: string): Promise<Reply> => post(`{"items":[{"productId":"${productId}",${line}}]}`)

const pathsOf = ({ json }: Reply): string[] => json.errors.map(({ path }: { path: string }) => path)

const expectInvalid = (reply: Reply, path: string): void => {
  expect([reply.status, reply.json.code]).toEqual([400, 'VALIDATION_FAILED'])
  expect(pathsOf(reply)).toContain(path)
  for (const { message } of reply.json.errors) expect(message).not.toBe('')
}

describe('a quantity', () => {
  it.each([
    '-1',
    '0',
    '-0',
    '0.1',
    '1.5',
    '1e3',
    '1e309',
    '1000',
    '2147483648',
    '9007199254740992',
    '9007199254740993',
    '"1"',
    '" 1"',
    '"１"',
    '"1_0"',
    '"0x10"',
    '[1]',
    '{"$gt":0}',
    'true',
    'null',
    '""',
    '"NaN"',
  ])('is not %s', async (quantity) => {
    const reply = await order(`"quantity":${quantity}`)
    expect([reply.status, reply.json.code]).toEqual([400, 'VALIDATION_FAILED'])
    expect(pathsOf(reply).every((path) => path.startsWith('items.0.quantity'))).toBe(true)
  })

  it.each(['1', '999', '1.0'])('may be %s', async (quantity) => {
    expect((await order(`"quantity":${quantity}`)).status).toBe(201)
  })

  it('must be there', async () => {
    expectInvalid(await order('"note":1'), 'items.0.quantity')
  })
})

describe('the lines of an order', () => {
  const lines = (count: number) =>
    post(JSON.stringify({ items: Array.from({ length: count }, () => ({ productId, quantity: 1 })) }))

  it('are 1 to 50', async () => {
    expectInvalid(await lines(0), 'items')
    expect((await lines(50)).status).toBe(201)
    expectInvalid(await lines(51), 'items')
  })

  it.each([
    '',
    ' ',
    '../x',
    'a b',
    'a\u0000',
    "x' or '1'='1",
    '<img onerror=1>',
    '=1+1',
    'é',
    '💰',
    'x'.repeat(65),
    '%00',
    'a/b',
  ])('never name a product like %j', async (id) => {
    expectInvalid(await post(JSON.stringify({ items: [{ productId: id, quantity: 1 }] })), 'items.0.productId')
  })
})

describe('a field nobody knows', () => {
  it('is refused wherever it stands, and named', async () => {
    const known = { productId, quantity: 1 }
    expect(pathsOf(await post(JSON.stringify({ items: [known], userId: 'u2', amount: '0.01' })))).toEqual([
      'userId',
      'amount',
    ])
    expectInvalid(await post(JSON.stringify({ items: [{ ...known, unitPrice: '0.01' }] })), 'items.0.unitPrice')
    expectInvalid(await service.call('GET', '/api/v1/orders?limit=1&userId=u2', { token }), 'userId')
    expectInvalid(await service.call('GET', '/api/v1/products/x?debug=1'), 'debug')
    expectInvalid(await service.call('GET', '/api/v1/orders?status[]=paid', { token }), 'status[]')
  })

  it('does not blow the answer up, however many and long they are', async () => {
    const many = Object.fromEntries(Array.from({ length: 190 }, (_, i) => [`${i}${'x'.repeat(300)}`, 1]))
    const reply = await post(JSON.stringify(many))
    expect(reply.status).toBe(400)
    expect(reply.text.length).toBeLessThan(10_000)
  })
})

describe('a body', () => {
  const good = () => JSON.stringify({ items: [{ productId, quantity: 1 }] })
  const bytes = (...parts: (string | number[])[]) =>
    new Uint8Array(
      Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part)))),
    )

  it.each([
    ['empty', ''],
    ['broken', '{"items":'],
    ['followed by more', '{"items":[]} {}'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a text', '"items"'],
    ['a number', '1'],
  ])('is refused where it is %s', async (_, raw) => {
    expectInvalid(await post(raw), '')
  })

  it('is refused with a byte order mark, in UTF-16, and in broken UTF-8', async () => {
    expectInvalid(await post(bytes([0xef, 0xbb, 0xbf], good())), '')
    expectInvalid(await post(new Uint8Array(Buffer.from(good(), 'utf16le'))), '')
    expectInvalid(await post(bytes('{"items":"', [0xff], '"}')), '')
    expectInvalid(await post(bytes('{"items":"', [0xc0, 0xaf], '"}')), '')
    expectInvalid(await post(bytes('{"items":"', [0xed, 0xa0, 0x80], '"}')), '')
  })

  it('is refused with a field twice, a prototype’s field, or too deep', async () => {
    expectInvalid(await order('"quantity":1,"quantity":2'), 'items.0.quantity')
    expectInvalid(await order('"quantity":1,"__proto__":{"role":"admin"}'), 'items.0.__proto__')
    expectInvalid(await order('"quantity":1,"constructor":1'), 'items.0.constructor')
    expect((await post('['.repeat(30_000) + ']'.repeat(30_000))).status).toBe(400)
  })

  it('is application/json in UTF-8, uncompressed', async () => {
    for (const type of ['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])
      expect((await post(good(), { 'content-type': type })).status, type).toBe(201)
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=gbk',
      'application/jsonp',
      'application/problem+json',
      'text/json',
      'multipart/form-data; boundary=x',
    ]) {
      const reply = await post(good(), { 'content-type': type })
      expect([type, reply.status, reply.json.code]).toEqual([type, 415, 'UNSUPPORTED_MEDIA_TYPE'])
    }
    const zipped = await post(new Uint8Array(gzipSync(good())), { 'content-encoding': 'gzip' })
    expect(zipped.status).toBe(415)
  })

  it('has 64 KiB at most', async () => {
    const padded = (length: number) => good() + ' '.repeat(length - good().length)
    expect((await post(padded(65_536))).status).toBe(201)
    const reply = await post(padded(65_537))
    expect([reply.status, reply.json.code]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
  })
})

describe('an amount of money', () => {
  const price = (written: string) =>
    service.call('POST', '/api/v1/admin/products', {
      token: admin,
      raw: `{"name":"x","price":${written},"fulfilment":{"type":"goods","sku":"A"}}`,
      headers: { 'content-type': 'application/json' },
    })

  it.each([
    ['"99.00"', '99.00'],
    ['"0.1"', '0.10'],
    ['"007"', '7.00'],
    ['"000000001.10"', '1.10'],
    ['"999999999.99"', '999999999.99'],
    ['100.00', '100.00'],
    ['99.99', '99.99'],
    ['0.01', '0.01'],
    ['4.35', '4.35'],
    ['1.15', '1.15'],
    ['999999999.99', '999999999.99'],
  ])('may be written %s', async (written, kept) => {
    expect((await price(written)).json.data.price).toBe(kept)
  })

  it.each([
    '"1e2"',
    '1e2',
    '"-1"',
    '-1',
    '-0',
    '-0.01',
    '"+1"',
    '"1."',
    '".5"',
    '"1.234"',
    '1.234',
    '0.30000000000000004',
    '99.990',
    '"1,000.00"',
    '" 1"',
    '"1 "',
    '"１"',
    '"0x10"',
    '""',
    '"NaN"',
    '"Infinity"',
    '1000000000',
    '"1000000000"',
    '"1\\u0000"',
    '"1\\n"',
    '[1]',
    '{"$gt":0}',
    'true',
    'null',
    '9007199254740993',
    '99.99000000000000001',
  ])('is not %s', async (written) => {
    expectInvalid(await price(written), 'price')
  })

  it('is read without floating point, for every amount there is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 99_999_999_999 }), fc.boolean(), async (amount, quoted) => {
        const text = `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, '0')}`
        const reply = await price(quoted ? `"${text}"` : text)
        expect(reply.json.data.price).toBe(text)
      }),
      { numRuns: 100 },
    )
  })
})

describe('a text', () => {
  const product = (fields: object) =>
    service.call('POST', '/api/v1/admin/products', {
      token: admin,
      body: { name: 'x', price: '1', fulfilment: { type: 'goods', sku: 'A' }, ...fields },
    })

  it.each(['', 'x'.repeat(121), 'a\u0000b', 'a\r\nb', 'a\u001b[31mb', 'a\u0085b'])('is not %j', async (name) => {
    expectInvalid(await product({ name }), 'name')
  })

  it('has no half characters', async () => {
    const reply = await service.call('POST', '/api/v1/admin/products', {
      token: admin,
      raw: '{"name":"\\ud800","price":"1","fulfilment":{"type":"goods","sku":"A"}}',
      headers: { 'content-type': 'application/json' },
    })
    expectInvalid(reply, 'name')
    expect(reply.json.errors[0].message).toBe('含有控制字符或残缺的字符')
  })

  it.each([
    '会员',
    '👩‍👩‍👧',
    'e\u0301',
    '\u202eabc',
    `<img src=x onerror=alert(1)>`,
    '=1+1',
    "'; drop table orders; --",
  ])('may be %j, and comes back as it was', async (name) => {
    expect((await product({ name })).json.data.name).toBe(name)
  })

  it('may have line breaks where it describes', async () => {
    expect((await product({ description: '一\n二' })).json.data.description).toBe('一\n二')
    expectInvalid(await product({ description: '一\r二' }), 'description')
  })
})

describe('a fulfilment', () => {
  it.each([
    [{ type: 'magic' }, 'fulfilment.type'],
    [{ type: 'access', delivery: 'grant', validityDays: 0 }, 'fulfilment.validityDays'],
    [{ type: 'access', delivery: 'post', validityDays: 1 }, 'fulfilment.delivery'],
    [{ type: 'points', points: 0 }, 'fulfilment.points'],
    [{ type: 'points', points: 1.5 }, 'fulfilment.points'],
    [{ type: 'points', points: 1, bonusPoints: -1 }, 'fulfilment.bonusPoints'],
    [{ type: 'goods', sku: '' }, 'fulfilment.sku'],
    [{ type: 'goods', sku: 'A', points: 1 }, 'fulfilment.points'],
  ])('is not %j', async (fulfilment, path) => {
    const body = { name: 'x', price: '1', fulfilment }
    expectInvalid(await service.call('POST', '/api/v1/admin/products', { token: admin, body }), path)
  })
})

describe('a page', () => {
  it.each(['0', '-1', '101', '1.5', '1e1', '0x10', ' 5', '５', '', 'ten', '1&limit=2'])(
    'has no limit of %j',
    async (limit) => {
      expectInvalid(await service.call('GET', `/api/v1/orders?limit=${limit}`, { token }), 'limit')
    },
  )

  it('does not begin where no page ended', async () => {
    await service.order(token, productId)
    await service.order(token, productId)
    const { nextCursor } = (await service.call('GET', '/api/v1/orders?limit=1', { token })).json.page
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    for (const cursor of [
      `${nextCursor}x`,
      nextCursor.slice(0, -1),
      'x',
      '',
      encode(null),
      encode({}),
      encode([1]),
      encode(['1', 'a']),
      encode([-1, 'a']),
      encode([9e15, 'a']),
      encode([1, 'a', 'b']),
      encode([1, { $gt: '' }]),
      `${encode([1, 'a'])}=`,
      'x'.repeat(513),
    ])
      expectInvalid(await service.call('GET', `/api/v1/orders?cursor=${cursor}`, { token }), 'cursor')
  })

  it('has no status and no time that is none', async () => {
    for (const [name, value] of [
      ['status', 'PAID'],
      ['status', 'constructor'],
      ['from', '2026-03-01'],
      ['from', '2026-02-30T00:00:00Z'],
      ['to', '1700000000000'],
      ['to', '2026-03-01T00:00:00'],
    ])
      expectInvalid(await service.call('GET', `/api/v1/orders?${name}=${value}`, { token }), name ?? '')
  })
})

describe('a path', () => {
  it.each(['%00', '%25', '..%2Fx', '%E0%A4%A', '%F0%9F%92%B0', 'a%20b', "x'--", 'x'.repeat(65)])(
    'names no order like %s',
    async (id) => {
      expectInvalid(await service.call('GET', `/api/v1/orders/${id}`, { token }), 'orderId')
    },
  )

  it('is taken letter by letter', async () => {
    for (const path of ['/api/v1/Products', '/api/v1/products/', '/API/v1/products', '//api/v1/products'])
      expect((await service.call('GET', path)).json.code).toBe('NOT_FOUND')
  })
})

describe('what is wrong', () => {
  it('is said in Chinese, and in English to those who ask for it', async () => {
    const ask = (language?: string) =>
      service.call(
        'GET',
        '/api/v1/products/x?limit=1',
        language === undefined ? {} : { headers: { 'accept-language': language } },
      )
    const chinese = await ask()
    expect(chinese.json).toMatchObject({ title: '请求无效', errors: [{ path: 'limit', message: '未知字段' }] })
    expect(chinese.headers.get('content-language')).toBe('zh')
    for (const language of ['en', 'en-US,en;q=0.9', 'fr, en;q=0.5']) {
      const english = await ask(language)
      expect(english.json).toMatchObject({ title: 'Invalid request', errors: [{ message: 'unknown field' }] })
      expect(english.headers.get('content-language')).toBe('en')
    }
    for (const language of ['zh-CN', 'fr', '*', 'zh;q=1, en;q=0.9'])
      expect((await ask(language)).json.title).toBe('请求无效')
  })

  it('never changes anything', async () => {
    const list = async () => (await service.call('GET', '/api/v1/orders?limit=100', { token })).text
    const before = await list()
    await order('"quantity":0')
    await order('"quantity":1,"x":1')
    expect(await list()).toBe(before)
  })
})

describe('whatever is sent', () => {
  const anything = fc.oneof(
    fc.jsonValue({ maxDepth: 3, noUnicodeString: false }),
    fc.constantFrom('1e309', -0, 2 ** 53 + 1, '１', { $gt: 0 }, [1], 'a\u0000b', '\ud800', '../', '%00', "'; --", {}),
  )
  const fields = fc.dictionary(
    fc.constantFrom(
      'items',
      'orderId',
      'method',
      'amount',
      'name',
      'price',
      'fulfilment',
      'delta',
      'reason',
      'refundNo',
      'url',
      'eventTypes',
      'toString',
    ),
    anything,
  )
  const routes = [
    'POST /api/v1/orders',
    'POST /api/v1/payments/wechat/create',
    'POST /api/v1/payments/wechat/refund',
    'POST /api/v1/admin/refunds/R1/reject',
    'POST /api/v1/admin/products',
    'POST /api/v1/admin/inventory/A/adjust',
    'PATCH /api/v1/admin/products/x',
    'POST /api/v1/admin/webhook-endpoints',
    'PATCH /api/v1/admin/webhook-endpoints/x',
  ] as const

  it('is answered with a refusal or done, never with a fault of ours', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...routes), fc.oneof(fields, anything), async (route, body) => {
        const [method = '', path = ''] = route.split(' ')
        const reply = await service.call(method, path, { token: admin, raw: JSON.stringify(body), headers: JSON_TYPE })
        expect(reply.status).toBeLessThan(500)
      }),
      { numRuns: 300 },
    )
  })

  it('is answered so in the query and the path too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          '/orders',
          '/payments',
          '/refunds',
          '/products',
          '/access-codes',
          '/points/entries',
          '/admin/inventory',
          '/admin/webhook-endpoints',
        ),
        fc.constantFrom('limit', 'cursor', 'status', 'from', 'to', '__proto__', 'a[b]'),
        fc.string({ unit: 'binary' }),
        async (path, name, value) => {
          const query = `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`
          const replies = [
            await service.call('GET', `/api/v1${path}?${query}`, { token: admin }),
            await service.call('GET', `/api/v1${path}/${encodeURIComponent(value.toWellFormed())}`, { token: admin }),
          ]
          for (const { status } of replies) expect(status).toBeLessThan(500)
        },
      ),
      { numRuns: 200 },
    )
  })
})

const JSON_TYPE = { 'content-type': 'application/json' }
