/** A number as it is written: some of these are no longer themselves once they are parsed. */
export type Written = { readonly written: string }

const written = (text: string): Written => ({ written: text })

/** Numbers, and what passes for one somewhere. */
const NUMBERS: readonly Written[] = [
  '-1',
  '0',
  '-0',
  '0.1',
  '0.01',
  '0.001',
  '1e3',
  '1e309',
  '-1e309',
  '2147483647',
  '2147483648',
  '9007199254740992',
  '9007199254740993',
  '18446744073709551616',
  '1E-7',
  '1.0',
  '00',
  '1.',
  'NaN',
  'Infinity',
  '+1',
  '0x10',
].map(written)

const CONFUSED: readonly unknown[] = [
  '1',
  ' 1',
  '１',
  '1_0',
  '0x10',
  '1e3',
  '1.005',
  '-0',
  'NaN',
  'true',
  'null',
  '__proto__',
  'constructor',
  [1],
  [],
  {},
  { $gt: 0 },
  { $ne: null },
  true,
  false,
  null,
  ['x', 'y'],
  { toString: 'x' },
  { length: 1e6 },
]

const TEXTS: readonly string[] = [
  '',
  ' ',
  'x'.repeat(256),
  'x'.repeat(60_000),
  '\u0000',
  'a\u0000b',
  'a\r\nSet-Cookie: a=b',
  '\u001b[31mred\u001b[0m',
  '\ud800',
  'a\udc00b',
  '\u202Eabc',
  'a\u0301\u0301\u0301',
  '👩‍👩‍👧‍👦💰',
  '%00',
  '%25',
  '%2e%2e%2f',
  '../../etc/passwd',
  '..\\..\\',
  `'`,
  '"',
  `' or '1'='1`,
  `1; drop table orders--`,
  '--',
  '/*',
  '\\',
  '`',
  '<img src=x onerror=alert(1)>',
  '</script>',
  '=1+1',
  '+1',
  '-1',
  '@SUM(A1)',
  '\t=1',
  '{{7*7}}',
  '${7*7}',
  '\ufeff',
  '\u2028',
  'ＡＢＣ',
  'İ',
  'ß',
  '\u0085',
  '\uffff',
  '2026-02-30',
  '2026-11-22T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '0000-01-01T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '275760-09-13T00:00:00.001Z',
  '0.0.0.0/0',
  '::ffff:127.0.0.1',
  '2130706433',
  '127.0.0.1/33',
  '::/0',
  'http://169.254.169.254/',
  'https://user:pass@shop.example.cn/',
  'javascript:alert(1)',
  'https://[::1]/',
  'file:///etc/passwd',
]

/** In the place of any field of a JSON body. */
export const AWKWARD_JSON: readonly unknown[] = [...NUMBERS, ...CONFUSED, ...TEXTS]

/** In the place of anything that is text on the line: a part of a path, a field of a query. */
export const AWKWARD_TEXT: readonly string[] = [
  ...TEXTS.filter((text) => text.length < 8000),
  '-1',
  '0',
  '-0',
  '0.1',
  '1e3',
  '1e309',
  '2147483648',
  '9007199254740993',
  'NaN',
  '１',
  '0x10',
  '[1]',
  'true',
  'null',
  'undefined',
  'WyJ4IiwieSJd',
  'WzAsIiJd',
  'WzguNjRlMTUsInh4Il0',
  'WzEsIngiXQ==',
  'W10',
  'bnVsbA',
  'eyJhIjoxfQ',
  'WzEuNSwieCJd',
  'Wy0xLCJ4Il0',
]

const isWritten = (value: unknown): value is Written =>
  typeof value === 'object' && value !== null && 'written' in value && typeof value.written === 'string'

/** JSON, but for the numbers that only their writing can express. */
export const jsonOf = (value: unknown): string => {
  if (isWritten(value)) return value.written
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([name, part]) => `${JSON.stringify(name)}:${jsonOf(part)}`)
      .join(',')}}`
  return JSON.stringify(value) ?? 'null'
}
