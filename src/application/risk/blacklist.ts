import type { Network } from '../../domain/network.ts'
import type { Page, PageRequest } from '../page.ts'

/** An address or network from which nothing may be ordered, paid or activated. */
export type BlacklistEntry = {
  readonly id: string
  /** As it was typed. */
  readonly address: string
  readonly network: Network
  readonly reason: string
  /** From when on it no longer counts; never where that is undefined. */
  readonly expiresAt: Date | undefined
  readonly createdBy: string
  readonly createdAt: Date
}

export interface BlacklistReader {
  find(id: string): Promise<BlacklistEntry | undefined>
  /** The entry of just this network, whether it still counts or not. */
  findSame(network: Network): Promise<BlacklistEntry | undefined>
  /** Newest first. */
  list(page: PageRequest): Promise<Page<BlacklistEntry>>
  /** The narrowest entry that counts at this time and has the address in it. */
  covering(address: Network, at: Date): Promise<BlacklistEntry | undefined>
}

export interface Blacklist extends BlacklistReader {
  /** `false` where the network has an entry; nothing is written then. */
  insert(entry: BlacklistEntry): Promise<boolean>
  /** Writes its reason and its end; `false` where it is gone. */
  replace(entry: BlacklistEntry): Promise<boolean>
  /** `false` where it is gone. */
  remove(id: string): Promise<boolean>
}
