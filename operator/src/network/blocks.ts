/** A range of addresses without some of its parts, as a NetworkPolicy names it. */
export type AddressBlock = { readonly cidr: string; readonly except?: readonly string[] };

/** IPv4 ranges that are not of the public internet (RFC 6890 and its registry), and a host service of a cloud that looks public. */
const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;

/** Where NAT64 delivers to IPv4: what is special there is special here. */
const NAT64_PREFIX = '64:ff9b::';
const NAT64_LENGTH = 96;

function translated(range: string): string {
  const [address = '', length = ''] = range.split('/');
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  const words = [a * 256 + b, c * 256 + d].map((word) => word.toString(16)).join(':');
  return `${NAT64_PREFIX}${words}/${String(NAT64_LENGTH + Number(length))}`;
}

/** All public addresses and no others; a test compares them with what the fetch itself takes for public. */
export const GLOBAL_BLOCKS: readonly AddressBlock[] = [
  { cidr: '0.0.0.0/0', except: SPECIAL_IPV4 },
  { cidr: '2000::/3', except: ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'] },
  { cidr: `${NAT64_PREFIX}/${String(NAT64_LENGTH)}`, except: SPECIAL_IPV4.map(translated) },
];

/** Every address. */
export const ALL_BLOCKS: readonly AddressBlock[] = [{ cidr: '0.0.0.0/0' }, { cidr: '::/0' }];
