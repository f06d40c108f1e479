/** What a name server of an attacker says about a public name. */
export interface DnsAnswer {
  readonly what: string;
  readonly reason: string;
  readonly addresses: readonly string[];
}

const publicV4 = '93.184.216.34';
const publicV6 = '2606:4700::6810:1';

/** Answers that lead inside. A CNAME to the inside, and the names of wildcard services such as nip.io, arrive as such an address, too. */
export const dnsAnswers: readonly DnsAnswer[] = [
  { what: 'loopback', reason: 'loopback', addresses: ['127.0.0.1'] },
  { what: 'another loopback address', reason: 'loopback', addresses: ['127.8.8.8'] },
  { what: 'IPv6 loopback', reason: 'loopback', addresses: ['::1'] },
  { what: 'loopback, long', reason: 'loopback', addresses: ['0000:0000:0000:0000:0000:0000:0000:0001'] },
  { what: 'mapped loopback', reason: 'loopback', addresses: ['::ffff:127.0.0.1'] },
  { what: 'mapped loopback in hexadecimal', reason: 'loopback', addresses: ['::ffff:7f00:1'] },
  { what: 'translated loopback', reason: 'loopback', addresses: ['64:ff9b::7f00:1'] },
  { what: 'nothing', reason: 'unspecified', addresses: ['0.0.0.0'] },
  { what: 'nothing in IPv6', reason: 'unspecified', addresses: ['::'] },
  { what: 'the class A network', reason: 'private', addresses: ['10.96.0.1'] },
  { what: 'the class B networks', reason: 'private', addresses: ['172.20.0.10'] },
  { what: 'the class C networks', reason: 'private', addresses: ['192.168.49.2'] },
  { what: 'carrier-grade NAT', reason: 'carrierGradeNat', addresses: ['100.64.0.10'] },
  { what: 'cloud metadata', reason: 'linkLocal', addresses: ['169.254.169.254'] },
  { what: 'cloud metadata, mapped', reason: 'linkLocal', addresses: ['::ffff:a9fe:a9fe'] },
  { what: 'cloud metadata behind NAT64', reason: 'linkLocal', addresses: ['64:ff9b::a9fe:a9fe'] },
  { what: "Azure's host services", reason: 'metadata', addresses: ['168.63.129.16'] },
  { what: "Alibaba's metadata", reason: 'metadata', addresses: ['100.100.100.200'] },
  { what: 'IPv6 metadata', reason: 'uniqueLocal', addresses: ['fd00:ec2::254'] },
  { what: 'a unique local address', reason: 'uniqueLocal', addresses: ['fd00:10:96::1'] },
  { what: 'a link-local address with a zone', reason: 'linkLocal', addresses: ['fe80::1%eth0'] },
  { what: 'a site-local address', reason: 'siteLocal', addresses: ['fec0::1'] },
  { what: 'a compatible address', reason: 'unassigned', addresses: ['::127.0.0.1'] },
  { what: 'local-use NAT64', reason: 'rfc6052', addresses: ['64:ff9b:1::a00:1'] },
  { what: '6to4', reason: '6to4', addresses: ['2002:a00:1::1'] },
  { what: 'Teredo', reason: 'teredo', addresses: ['2001:0:53aa:64c::1'] },
  { what: 'ISATAP', reason: 'isatap', addresses: ['2606:4700::5efe:a00:1'] },
  { what: 'multicast', reason: 'multicast', addresses: ['239.255.255.250'] },
  { what: 'broadcast', reason: 'broadcast', addresses: ['255.255.255.255'] },
  { what: 'a public and an inside address', reason: 'loopback', addresses: [publicV4, '127.0.0.1'] },
  { what: 'an inside and a public address', reason: 'private', addresses: ['10.0.0.1', publicV4] },
  { what: 'public IPv4 and inside IPv6', reason: 'loopback', addresses: [publicV4, '::1'] },
  { what: 'public IPv6 and inside IPv4', reason: 'linkLocal', addresses: [publicV6, '169.254.169.254'] },
  {
    what: 'one inside address among many',
    reason: 'private',
    addresses: [...Array.from({ length: 30 }, (_, last) => `93.184.216.${String(last)}`), '192.168.0.1'],
  },
  { what: 'no address at all', reason: 'invalid', addresses: ['inside.example.org'] },
  { what: 'an empty address', reason: 'invalid', addresses: [''] },
  { what: 'an address with a port', reason: 'invalid', addresses: ['127.0.0.1:80'] },
];
