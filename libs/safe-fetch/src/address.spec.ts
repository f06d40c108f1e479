import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NetworkError, classifyAddress, parseNetworks } from './address.ts';

const refusedAddresses = [
  // IPv4: this network, private, shared, loopback, link-local, protocol assignments, documentation, benchmarks, multicast, future
  ...[
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '10.255.255.255',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '127.255.255.254',
  ],
  ...['169.254.0.1', '169.254.169.254', '169.254.170.2', '172.16.0.1', '172.31.255.255', '192.0.0.1', '192.0.0.192'],
  ...['192.0.2.1', '192.88.99.1', '192.168.0.1', '192.168.255.255', '198.18.0.1', '198.19.255.255', '198.51.100.1'],
  ...['203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '168.63.129.16'],
  // IPv6: unspecified, loopback, link-local, site-local, unique local, multicast, documentation, discard, segment routing
  ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'fc00::1', 'fd00:ec2::254', 'fd12:3456::1', 'ff02::1'],
  ...['2001:db8::1', '3fff::1', '100::1', '5f00::1', '4000::1', 'e000::1'],
  // IPv4 inside IPv6: mapped, compatible, translated, NAT64, local NAT64, 6to4, Teredo
  ...[
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '::127.0.0.1',
    '::7f00:1',
    '::a9fe:a9fe',
  ],
  ...['::ffff:0:127.0.0.1', '64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b::10.0.0.1', '64:ff9b:1::1'],
  ...['2002:7f00:1::', '2002:a9fe:a9fe::1', '2001:0:4136:e378:8000:63bf:3fff:fdd2', '2001::1', '::8.8.8.8'],
  // not addresses
  ...['', 'localhost', '1.2.3.4.5', 'g::1', '127.0.0.1\n'],
];

const globalAddresses = [
  ...['1.1.1.1', '8.8.8.8', '9.9.9.9', '93.184.216.34', '100.63.255.255', '100.128.0.1', '11.0.0.1', '172.15.255.255'],
  ...['172.32.0.1', '169.253.255.255', '169.255.0.1', '192.167.255.255', '192.169.0.1', '198.17.255.255', '198.20.0.1'],
  ...['168.63.129.15', '168.63.129.17', '223.255.255.255', '126.255.255.255', '128.0.0.1'],
  ...[
    '2606:4700:4700::1111',
    '2001:4860:4860::8888',
    '2a00:1450:4001::1',
    '2620:fe::fe',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
  ],
];

describe('an address', () => {
  it.each(refusedAddresses)('%j of the inside or of no one is refused', (address) => {
    expect(classifyAddress(address, []).verdict).toBe('refused');
  });

  it.each(globalAddresses)('%s that anybody may reach is global', (address) => {
    expect(classifyAddress(address, [])).toEqual({ verdict: 'global' });
  });

  it('in IPv4 form and mapped into IPv6 gets the same verdict, whichever it is', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(classifyAddress(`::ffff:${address}`, [])).toEqual(classifyAddress(address, []));
        expect(classifyAddress(`64:ff9b::${address}`, [])).toEqual(classifyAddress(address, []));
      }),
    );
  });

  it('in IPv6 is global only inside 2000::/3', () => {
    // All 16 leading bits, so that each registry block is met, not only the likely ones.
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), (head) => {
        const address = `${head.toString(16)}:4700::1111`;
        const outside = head < 0x2000 || head > 0x3fff;
        if (outside) expect(classifyAddress(address, []).verdict).toBe('refused');
      }),
    );
  });
});

describe('allowed networks', () => {
  const allowed = parseNetworks(['10.1.0.0/16', 'fd00::/8', '127.0.0.1']);

  it.each(['10.1.2.3', '::ffff:10.1.2.3', '127.0.0.1', 'fd00::5'])('let %s through', (address) => {
    expect(classifyAddress(address, allowed)).toEqual({ verdict: 'allowed' });
  });

  it.each(['10.2.0.1', '127.0.0.2', 'fc00::1', '169.254.169.254', '::1'])('do not open %s', (address) => {
    expect(classifyAddress(address, allowed).verdict).toBe('refused');
  });

  it.each(['10.0.0.0/33', 'ten', '10.0.0.0/', '/8', ''])('that are no ranges (%j) are named', (range) => {
    expect(() => parseNetworks([range])).toThrow(NetworkError);
    expect(() => parseNetworks([range])).toThrow(JSON.stringify(range));
  });
});
