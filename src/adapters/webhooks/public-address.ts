import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3')

/**
 * Whether an address belongs to a host anywhere in the internet, and to nothing else. All that is not known to be such
 * is refused: what is private, of this link or this machine, a group, reserved, or an IPv4 address in IPv6 clothes
 * (mapped, compatible, 6to4, Teredo, NAT64), in which a private one could be hidden.
 */
export const isPublicAddress = (address: string): boolean => {
  // `ipaddr` also reads `0177.1` and the like; and what needs a zone is of this link.
  if (isIP(address) === 0 || address.includes('%')) return false
  const parsed = ipaddr.parse(address)
  return parsed.range() === 'unicast' && (parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST))
}
