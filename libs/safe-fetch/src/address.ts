import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A network that the operator of the service has declared reachable although it is not public. */
export type Network = readonly [Address, number];

/** The text is not an address range; the message names it. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
}

/**
 * Reads ranges such as `10.0.0.0/8` or `fd00::/8`; a single address is a range of one.
 *
 * @throws NetworkError
 */
export function parseNetworks(ranges: readonly string[]): readonly Network[] {
  return ranges.map((range) => {
    try {
      if (range.includes('/')) return ipaddr.parseCIDR(range);
      const address = ipaddr.parse(range);
      return [address, address.kind() === 'ipv4' ? 32 : 128];
    } catch {
      throw new NetworkError(`${JSON.stringify(range)} is not an address range. Write it as 10.0.0.0/8 or fd00::/8.`);
    }
  });
}

/** What an address is to the fetcher: `allowed` is inside a declared network, `global` anybody may reach, all else is refused. */
export type AddressVerdict =
  { readonly verdict: 'allowed' | 'global' } | { readonly verdict: 'refused'; readonly reason: string };

// ipaddr.js knows the registries of special addresses, but not these.
const extraRefused: readonly (readonly [string, string])[] = [
  ['168.63.129.16/32', 'metadata'], // Azure's host services, in a range that is otherwise public
  ['100.100.100.200/32', 'metadata'], // Alibaba Cloud
  ['192.0.0.0/24', 'reserved'], // IETF protocol assignments, Oracle Cloud metadata
  ['192.88.99.0/24', '6to4'], // the retired anycast relay
  ['fec0::/10', 'siteLocal'],
  ['3fff::/20', 'documentation'],
  ['5f00::/16', 'segmentRouting'],
  ['2001::/32', 'teredo'],
  ['2001::/23', 'protocolAssignments'], // its neighbours, assigned or not
];
const extraNetworks = extraRefused.map(([range, reason]) => ({ network: ipaddr.parseCIDR(range), reason }));
const globalIpv6 = ipaddr.parseCIDR('2000::/3');
const wellKnownNat64 = ipaddr.parseCIDR('64:ff9b::/96');

/** Classifies one literal address; what is not an address is refused. */
export function classifyAddress(literal: string, allowed: readonly Network[]): AddressVerdict {
  // A zone index (fe80::1%eth0) is dropped: it only ever follows addresses that are refused anyway.
  const plain = canonical(literal.replace(/%.*$/, ''));
  if (!ipaddr.isValid(plain)) return { verdict: 'refused', reason: 'invalid' };
  const address = unwrap(ipaddr.parse(plain));
  if (allowed.some((network) => inside(address, network))) return { verdict: 'allowed' };
  const reason = refusal(address);
  return reason === undefined ? { verdict: 'global' } : { verdict: 'refused', reason };
}

/** One spelling for each IPv6 address: ipaddr.js reads `::8.8.8.8` as mapped, sockets as compatible, which nobody routes. */
function canonical(literal: string): string {
  return literal.includes(':') ? (URL.parse(`http://[${literal}]/`)?.hostname.slice(1, -1) ?? '') : literal;
}

/** The IPv4 address inside an IPv6 one, where the network would deliver to it; others are judged (and refused) as they are. */
function unwrap(address: Address): Address {
  if (!(address instanceof ipaddr.IPv6)) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  if (address.match(wellKnownNat64)) return new ipaddr.IPv4(address.toByteArray().slice(12));
  return address;
}

function refusal(address: Address): string | undefined {
  if (isIsatap(address)) return 'isatap';
  const extra = extraNetworks.find(({ network }) => inside(address, network));
  if (extra !== undefined) return extra.reason;
  const range = address.range();
  if (range !== 'unicast') return range;
  // Everything outside 2000::/3 is unassigned or embeds an IPv4 address in an obsolete way (::127.0.0.1).
  return address instanceof ipaddr.IPv6 && !address.match(globalIpv6) ? 'unassigned' : undefined;
}

/** `…:0:5efe:a.b.c.d` under any prefix: a tunnel ends at the IPv4 address inside (RFC 5214), so no prefix makes it public. */
function isIsatap(address: Address): boolean {
  if (!(address instanceof ipaddr.IPv6)) return false;
  const [, , , , tag = 0, mark] = address.parts;
  return mark === 0x5efe && (tag & 0xfdff) === 0;
}

function inside(address: Address, network: readonly [Address, number]): boolean {
  const [range, bits] = network;
  if (address instanceof ipaddr.IPv4) return range instanceof ipaddr.IPv4 && address.match(range, bits);
  return range instanceof ipaddr.IPv6 && address.match(range, bits);
}
