import type { Kysely } from 'kysely'
import type { Page, PageRequest } from '../../application/page.ts'
import type { Blacklist, BlacklistEntry } from '../../application/risk/blacklist.ts'
import { type Network, networksAround } from '../../domain/network.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { pageConditions, pageOf } from './paging.ts'
import { readBy } from './read-by.ts'
import { toBlacklistEntry, toBlacklistRow, toNetworkKey } from './risk-row.ts'
import { type DB, kindsOf, type Row } from './schema.ts'
import { insertion, query, type Statement, statement } from './statement.ts'

/** Built once for IPv4 and once for IPv6: each address of a family lies in as many networks. */
type Among = Statement<Readonly<Record<string, string>>, Row<'blacklist'>>

export const blacklistStatements = (builder: Kysely<DB>) => {
  const entries = builder.selectFrom('blacklist').selectAll()
  const built = new Map<number, Among>()
  return {
    find: statement(kindsOf('blacklist', 'id'), ({ id }) => entries.where('id', '=', id)),
    same: statement(kindsOf('blacklist', 'network'), ({ network }) => entries.where('network', '=', network)),
    insert: insertion(builder, 'blacklist'),
    replace: statement(kindsOf('blacklist', 'id', 'reason', 'expires_at'), ({ id, ...changes }) =>
      builder.updateTable('blacklist').set(changes).where('id', '=', id),
    ),
    remove: statement(kindsOf('blacklist', 'id'), ({ id }) => builder.deleteFrom('blacklist').where('id', '=', id)),
    /** One lookup by key for each of so many networks, however long the list is. */
    among(count: number): Among {
      const known = built.get(count)
      if (known !== undefined) return known
      const names = Array.from({ length: count }, (_, n): readonly [string, 'text'] => [`network${n}`, 'text'])
      const among = statement(Object.fromEntries(names), (networks) =>
        entries.where('network', 'in', Object.values(networks)),
      )
      built.set(count, among)
      return among
    },
    list: (page: PageRequest) =>
      readBy(builder, 'blacklist', 'blacklist_by_age')
        .selectAll()
        .where((eb) => eb.and([...pageConditions(page)]))
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(page.limit + 1),
  }
}

export class KyselyBlacklist implements Blacklist {
  readonly #sql: ReturnType<typeof blacklistStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof blacklistStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async find(id: string): Promise<BlacklistEntry | undefined> {
    const row = await this.#sql.find.first(this.#on, { id })
    return row && toBlacklistEntry(row)
  }

  async findSame(network: Network): Promise<BlacklistEntry | undefined> {
    const row = await this.#sql.same.first(this.#on, { network: toNetworkKey(network) })
    return row && toBlacklistEntry(row)
  }

  async list(page: PageRequest): Promise<Page<BlacklistEntry>> {
    const rows = await query(this.#on, this.#sql.list(page))
    return pageOf(rows.map(toBlacklistEntry), page, (entry) => entry)
  }

  async covering(address: Network, at: Date): Promise<BlacklistEntry | undefined> {
    const networks = networksAround(address).map((network, n) => [`network${n}`, toNetworkKey(network)])
    const rows = await this.#sql.among(networks.length).rows(this.#on, Object.fromEntries(networks))
    return rows
      .map(toBlacklistEntry)
      .filter(({ expiresAt }) => expiresAt === undefined || expiresAt > at)
      .toSorted((a, b) => b.network.prefix - a.network.prefix)[0]
  }

  insert(entry: BlacklistEntry): Promise<boolean> {
    const row = toBlacklistRow(entry)
    return insertOnce(
      () => this.#sql.insert(this.#on, [row]),
      async () => (await this.#sql.same.first(this.#on, row)) !== undefined,
    )
  }

  async replace(entry: BlacklistEntry): Promise<boolean> {
    return (await this.#sql.replace.change(this.#on, toBlacklistRow(entry))) === 1
  }

  async remove(id: string): Promise<boolean> {
    return (await this.#sql.remove.change(this.#on, { id })) === 1
  }
}
