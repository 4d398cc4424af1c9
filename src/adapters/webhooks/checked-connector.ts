import type { LookupAddress, LookupOptions } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { buildConnector } from 'undici'

/** Like `lookup` of `node:dns`, which is what it is but in tests. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

export class AddressRefused extends Error {
  override readonly name = 'AddressRefused'
  readonly code = 'ADDRESS_REFUSED'

  constructor() {
    super('the address is not one that webhooks are sent to')
  }
}

type Options = {
  readonly timeoutMs: number
  readonly resolve: Resolve
  readonly isAllowed: (address: string) => boolean
}

/**
 * Connects to allowed addresses only. A name is looked up once, and the connection goes to the very addresses that were
 * checked, so a name that means something else a moment later gains nothing.
 */
export const checkedConnector = ({ timeoutMs, resolve, isAllowed }: Options): buildConnector.connector => {
  const connect = buildConnector({ timeout: timeoutMs, allowH2: false, lookup: checked(resolve, isAllowed) })
  return (options, callback) => {
    // An address in the place of a name is never looked up.
    const isRefused = isIP(options.hostname) !== 0 && !isAllowed(options.hostname)
    if (isRefused) callback(new AddressRefused(), null)
    else connect(options, callback)
  }
}

const checked =
  (resolve: Resolve, isAllowed: Options['isAllowed']): LookupFunction =>
  (hostname, options, callback) =>
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error !== null) callback(error, [])
      // One bad address among good ones is no accident.
      else if (first === undefined || !addresses.every(({ address }) => isAllowed(address)))
        callback(new AddressRefused(), [])
      else if (options.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
