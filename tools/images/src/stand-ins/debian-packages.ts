import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../command.ts';

/** A Debian package as apt would fetch it: `name` and the file it lands in. */
export interface DebianPackage {
  readonly name: string;
  readonly file: string;
}

/**
 * Packages that only serve installation (maintainer scripts are not run in a stand-in), printing, sound and graphics, which a headless
 * server never loads. Left out although something "depends" on them.
 */
const leftOut: readonly RegExp[] = [
  /^(dpkg|debconf|cdebconf|adduser|passwd|login.*|usrmerge|init-system-helpers|sysvinit-utils|lsb-base|java-common|ca-certificates-java)$/,
  /^(lib)?perl(5.*|-base|-modules.*)?$/,
  /^lib(file-find-rule|number-compare|text-glob)-perl$/,
  /^lib(db5.3|gdbm.*|semanage.*|sepol.*|audit.*|pam.*|debconfclient0|blkid1|mount1|smartcols1|udev1|uuid1)$/,
  /^lib(cups2|avahi.*|asound2.*|dbus.*|gnutls30|krb5.*|k5crypto3|gssapi.*|keyutils1|com-err2|hogweed6|nettle8|p11.*|tasn1.*|idn2.*|unistring.*)$/,
  /^lib(fontconfig1|freetype6|harfbuzz0b|glib2.0.*|graphite2-3|png16.*|jpeg62.*|lcms2.*|brotli1|expat1|pcsclite1|nss3|nspr4|sqlite3-0|ffi8)$/,
  /^(util-linux.*|fonts-.*|fontconfig-config|openssl|libgmp10)$/,
];

/** The packages named in the output of `apt-get --print-uris install`: lines of `'URI' FILE SIZE CHECKSUM`. */
export function parseUris(output: string): readonly DebianPackage[] {
  const files = output.matchAll(/^'[^']+' (\S+\.deb) \d+/gm);
  return [...files].map(([, file = '']) => ({ name: file.slice(0, file.indexOf('_')), file }));
}

/** What remains of a package list for a root that is only run, never installed into. `kept` names what is wanted whatever the list of leavings says. */
export function withoutInstallers(
  packages: readonly DebianPackage[],
  kept: readonly string[] = [],
): readonly DebianPackage[] {
  return packages.filter((one) => kept.includes(one.name) || !leftOut.some((pattern) => pattern.test(one.name)));
}

/** Everything that packages need on a machine that has nothing, as the apt of this machine resolves it, less what only installs. */
export async function closure(names: readonly string[], scratch: string): Promise<readonly DebianPackage[]> {
  mkdirSync(scratch, { recursive: true });
  const nothingInstalled = join(scratch, 'status');
  writeFileSync(nothingInstalled, '');
  const options = ['-y', '-o', `Dir::State::status=${nothingInstalled}`, '--no-install-recommends', '--print-uris'];
  return withoutInstallers(parseUris(await run('apt-get', [...options, 'install', ...names])), names);
}

/** Downloads packages through apt (which checks their signatures) into a folder; answers with the files' paths. */
export async function download(packages: readonly DebianPackage[], folder: string): Promise<readonly string[]> {
  mkdirSync(folder, { recursive: true });
  const names = packages.map((one) => one.name);
  await run(
    'apt-get',
    ['download', '-q', '-o', 'APT::Sandbox::User=root', '-o', 'Dir::State::status=/dev/null', ...names],
    {
      cwd: folder,
    },
  );
  return packages.map((one) => join(folder, one.file));
}
