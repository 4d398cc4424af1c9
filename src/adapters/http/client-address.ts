import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * The client's address: the peer, or behind proxies we trust the last hop of `X-Forwarded-For` that is not one of
 * them. What stands further left was written by the client and counts for nothing.
 */
export const createClientAddress = (trustedProxies: readonly string[]): ((request: IncomingMessage) => string) => {
  if (trustedProxies.length === 0) return peerOf
  const isTrusted = createAddressList(trustedProxies)
  return (request) => {
    const { headers } = request
    let address = peerOf(request)
    const hops = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
    while (isTrusted(address)) {
      const hop = plain(hops.pop()?.trim() ?? '')
      if (isIP(hop) === 0) return address
      address = hop
    }
    return address
  }
}

/** Who is at the other end of the connection: the client, or a proxy. */
export const peerOf = ({ socket }: IncomingMessage): string => plain(socket.remoteAddress ?? '')

/** What a proxy says of those behind it. */
const FORWARDED = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via']

/** Whether a proxy handed it on. */
export const isForwarded = ({ headers }: IncomingMessage): boolean =>
  FORWARDED.some((name) => (headers[name] ?? '') !== '')

/** How many hops of `X-Forwarded-For` were believed until this address. */
export const trustedHops = ({ headers }: IncomingMessage, address: string): number => {
  const hops = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
  const at = hops.findLastIndex((hop) => plain(hop.trim()) === address)
  return at === -1 ? 0 : hops.length - at
}

/** What one client can be counted by: whoever has an IPv6 address has all of its /64. */
export const countableAddress = (address: string): string => {
  if (!isIPv6(address)) return address
  const groups = ipaddr.IPv6.parse(address).parts.slice(0, 4)
  return `${groups.map((group) => group.toString(16)).join(':')}::/64`
}

/** Whether an address is one of these addresses or within one of these networks. */
export const createAddressList = (networks: readonly string[]): ((address: string) => boolean) => {
  const list = listOf(networks)
  return (address) => isIP(address) !== 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

const listOf = (networks: readonly string[]): BlockList => {
  const list = new BlockList()
  for (const network of networks) {
    if (!network.includes('/')) list.addAddress(network, isIPv6(network) ? 'ipv6' : 'ipv4')
    else {
      const [address, prefix] = ipaddr.parseCIDR(network)
      list.addSubnet(address.toString(), prefix, address.kind())
    }
  }
  return list
}

/** IPv4 addresses arrive in IPv6 clothes on a dual-stack socket. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '')
