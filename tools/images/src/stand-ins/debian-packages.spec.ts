import { describe, expect, it } from 'vitest';
import { parseUris, withoutInstallers } from './debian-packages.ts';

const output = `Reading package lists...
'http://deb.debian.org/debian/pool/main/g/glibc/libc6_2.36-9%2bdeb12u14_amd64.deb' libc6_2.36-9+deb12u14_amd64.deb 2759320 SHA256:00
'http://deb.debian.org/debian/pool/main/z/zlib/zlib1g_1.2.13.dfsg-1_amd64.deb' zlib1g_1%3a1.2.13.dfsg-1_amd64.deb 86684 SHA256:00
'http://deb.debian.org/debian/pool/main/p/perl/perl-base_5.36.0-7_amd64.deb' perl-base_5.36.0-7_amd64.deb 1609596 SHA256:00
'http://deb.debian.org/debian/pool/main/d/dpkg/dpkg_1.21.22_amd64.deb' dpkg_1.21.22_amd64.deb 1568 MD5Sum:00
`;

describe('packages that apt would fetch', () => {
  it('are read with name and file, whatever else apt says', () => {
    expect(parseUris(output).map((one) => one.name)).toEqual(['libc6', 'zlib1g', 'perl-base', 'dpkg']);
    expect(parseUris(output)[1]?.file).toBe('zlib1g_1%3a1.2.13.dfsg-1_amd64.deb');
  });

  it('are none in an output without any', () => {
    expect(parseUris('0 upgraded, 0 newly installed')).toEqual([]);
  });

  it('lose what only installs or draws, but keep libraries', () => {
    expect(withoutInstallers(parseUris(output)).map((one) => one.name)).toEqual(['libc6', 'zlib1g']);
  });

  it('keep what is asked for by name', () => {
    expect(withoutInstallers(parseUris(output), ['dpkg']).map((one) => one.name)).toEqual(['libc6', 'zlib1g', 'dpkg']);
  });
});
