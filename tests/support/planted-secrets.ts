import { leaksIn, linesOfPem } from './leaks.ts'

type Environment = Readonly<Record<string, string | undefined>>

const SECRET_SETTING = /(?:SECRET|TOKEN|PASSWORD|PRIVATE_KEY|API_V3_KEY|CLIENT_KEY|ENCRYPTION_KEY|SECRET_KEY|HEADERS)$/
const ADDRESS_SETTING = /_URL$/
/** Shorter than any secret that would be worth one. */
const SHORTEST = 8

/** What a service was given that nobody may find again in what it writes, by the names of its settings. */
export const secretsIn = (environment: Environment): Readonly<Record<string, string | Buffer>> =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value = '']): [string, string | Buffer][] => {
      if (ADDRESS_SETTING.test(name)) return passwordIn(name, value)
      if (!SECRET_SETTING.test(name) || value.length < SHORTEST) return []
      if (name === 'DATA_ENCRYPTION_KEY')
        return value.split(',').map((key, n) => [`${name} ${n}`, Buffer.from(key, 'base64')])
      const lines = Object.entries(linesOfPem(name, value))
      return lines.length > 0 ? lines : [[name, value]]
    }),
  )

const passwordIn = (name: string, value: string): [string, string][] => {
  const password = decodeURIComponent(URL.parse(value)?.password ?? '')
  return password.length < SHORTEST ? [] : [[`password in ${name}`, password]]
}

/** Secrets that come to be while a service runs, told by their form in a line of the log. */
const FORMS: Readonly<Record<string, RegExp>> = {
  'a user token': /eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{20,}/,
  'a bearer token': /bearer +[\w.~+/-]{12,}/i,
  'the token of a cashier link': /\bct1~[\w~-]{20,}/,
  'the secret of a webhook': /whsec_[\w+/=-]{12,}/,
  'a private key': /-----BEGIN/,
  'a signature': /[A-Za-z0-9+/]{300,}/,
  'an access code': /\b[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}\b/,
  'an openid': /"o[\w-]{27}"/,
  'a header or field that is secret':
    /"(?:authorization|cookie|set-cookie|wechatpay-signature|sign|paysign|openid|password|secret)":"(?!\[redacted\]")/i,
}

/** What stands in a text that nobody may read there: known secrets anywhere, and their forms in lines of the log. */
export const secretsFound = (text: string, known: Readonly<Record<string, string | Buffer>>): readonly string[] => [
  ...leaksIn(text, known),
  ...text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .flatMap((line) =>
      Object.entries(FORMS)
        .filter(([, form]) => form.test(line))
        .map(([name]) => `${name} in ${line.slice(0, SHOWN)}`),
    ),
]

const SHOWN = 400
