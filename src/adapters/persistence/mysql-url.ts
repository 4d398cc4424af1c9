/** How a transaction sees what others commit meanwhile; both are kept to, the first waits less. */
export type Isolation = 'read committed' | 'repeatable read'

/** What the address of a MySQL database may say beside where it is. */
export type MysqlUrl = {
  readonly connections: number
  readonly isolation: Isolation
  /** Encrypted, and the server's certificate checked. */
  readonly ssl: boolean
}

const CONNECTIONS = 10
const MAX_CONNECTIONS = 1000
const ISOLATIONS: Readonly<Record<string, Isolation>> = {
  'read-committed': 'read committed',
  'repeatable-read': 'repeatable read',
}

export const isMysqlUrl = (url: string): boolean => url.startsWith('mysql:')

/**
 * `mysql://user:password@host:port/database`, and after a `?` any of `connections=10`, `isolation=read-committed` (or
 * `repeatable-read`) and `ssl=true`. What is wrong with it, where it can't be understood.
 */
export const readMysqlUrl = (url: string): MysqlUrl | { readonly problem: string } => {
  const parsed = URL.parse(url)
  if (parsed === null || parsed.hostname === '' || !/^\/[^/]+$/.test(parsed.pathname))
    return { problem: 'mysql://user:password@host:port/database' }
  const {
    connections = String(CONNECTIONS),
    isolation = 'read-committed',
    ssl = 'false',
    ...others
  } = Object.fromEntries(parsed.searchParams)
  const [unknown] = Object.keys(others)
  const count = /^[1-9]\d{0,3}$/.test(connections) ? Number(connections) : 0
  const level = ISOLATIONS[isolation]
  if (unknown !== undefined) return { problem: `'${unknown}' is no option of a database` }
  if (count < 1 || count > MAX_CONNECTIONS) return { problem: `connections: 1 to ${MAX_CONNECTIONS}` }
  if (level === undefined) return { problem: `isolation: ${Object.keys(ISOLATIONS).join(' or ')}` }
  if (ssl !== 'true' && ssl !== 'false') return { problem: 'ssl: true or false' }
  return { connections: count, isolation: level, ssl: ssl === 'true' }
}

/** That of an address that was checked before. */
export const mysqlOptions = (url: string): MysqlUrl => {
  const read = readMysqlUrl(url)
  if ('problem' in read) throw new Error(`the address of the database: ${read.problem}`)
  return read
}
