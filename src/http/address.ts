import ipaddr from 'ipaddr.js'

/**
 * Whether an address by number is one of the public internet that one host answers at. Everything else is refused:
 * loopback, private, link-local (cloud metadata lives there), carrier-grade NAT, multicast, documentation, reserved.
 *
 * An IPv4 address inside of an IPv6 one counts as what it is: networks without IPv4 reach the whole of it through the
 * well-known NAT64 prefix, so that refusing all of these would cut them off. Older ways to wrap (6to4, Teredo, the
 * compatible form) are always refused, because nothing needs them and each can lead inside.
 *
 * @see RFC 6890, RFC 6052 section 2.1, RFC 4291 section 2.4
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed instanceof ipaddr.IPv4) return isPublicIpv4(parsed)
  if (parsed.range() === 'ipv4Mapped') return isPublicIpv4(parsed.toIPv4Address())
  if (parsed.match(wellKnownNat64, 96)) return isPublicIpv4(new ipaddr.IPv4(parsed.toByteArray().slice(12)))
  // Only this eighth of IPv6 has been given out; the library takes what it has no name for as public.
  return parsed.range() === 'unicast' && parsed.match(globalUnicast, 3)
}

/**
 * Whether a host name, as {@link URL} spells it, says by itself that it leads inside: an address by number that is not
 * public, a name of this machine, a name without a dot, or one of a suffix that only inner networks use. What other
 * names resolve to is not known here.
 *
 * @see RFC 6761 section 6.3, RFC 6762 section 3, RFC 8375
 */
export function isInnerHost(hostname: string): boolean {
  if (isNumeric(hostname)) return !isPublicAddress(bare(hostname))
  const name = hostname.replace(/\.+$/, '').toLowerCase() // a dot at the end makes no other name of it
  return !name.includes('.') || innerSuffix.test(name)
}

/** Whether a host name is an address by number; `URL` has already turned `0x7f.1` and its kin into four numbers. */
export function isNumeric(hostname: string): boolean {
  return hostname.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(hostname)
}

const innerSuffix = /\.(?:localhost|localdomain|local|internal|intranet|lan|home|corp|home\.arpa)$/
const wellKnownNat64 = ipaddr.IPv6.parse('64:ff9b::')
const globalUnicast = ipaddr.IPv6.parse('2000::')

function isPublicIpv4(address: ipaddr.IPv4): boolean {
  return address.range() === 'unicast' && !hostServices.has(address.toString())
}

/** Numbers of the public range that lead to the machine below, not to the internet: Azure's host answers at this one. */
const hostServices: ReadonlySet<string> = new Set(['168.63.129.16'])

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}
