import {
  copyFileSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  existsSync,
} from 'node:fs';
import { join } from 'node:path';
import { run } from '../command.ts';
import { closure, download, type DebianPackage } from './debian-packages.ts';

/** Documentation, translations and leftovers of installation: 60 % of the files of a small root, none of them read by a server. */
const stripped = [
  './usr/share/doc/*',
  './usr/share/man/*',
  './usr/share/info/*',
  './usr/share/locale/*',
  './usr/share/i18n/*',
  './usr/share/lintian/*',
  './usr/share/linda/*',
  './usr/share/bash-completion/*',
  './usr/lib/x86_64-linux-gnu/gconv/*',
  './usr/lib/systemd/*',
  './lib/systemd/*',
  './etc/init.d/*',
];

/** Since Debian 12 these are links into /usr; they must exist before the first package is unpacked. */
const mergedFolders = ['bin', 'sbin', 'lib', 'lib64'];

function prepareMergedRoot(root: string): void {
  for (const folder of mergedFolders) {
    mkdirSync(join(root, 'usr', folder), { recursive: true });
    if (!existsSync(join(root, folder))) symlinkSync(`usr/${folder}`, join(root, folder));
  }
}

/** Unpacks package files over a root. */
async function unpack(files: readonly string[], root: string): Promise<void> {
  const excludes = stripped.map((pattern) => `--exclude=${pattern}`).join(' ');
  const script = `set -e; for f in "$@"; do dpkg-deb --fsys-tarfile "$f" | tar -x -C "$ROOT" --keep-directory-symlink ${excludes}; done`;
  await run('sh', ['-c', script, 'unpack', ...files], { env: { ROOT: root } });
}

/** Builds a root folder that holds packages and what they need, less what a lower layer already has. */
export async function makeRoot(options: {
  readonly root: string;
  readonly scratch: string;
  readonly packages: readonly string[];
  /** Packages of the layer below. */
  readonly below: readonly DebianPackage[];
}): Promise<readonly DebianPackage[]> {
  const { root, scratch, below } = options;
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  prepareMergedRoot(root);
  const wanted = await closure(options.packages, scratch);
  const missing = wanted.filter((one) => !below.some((have) => have.name === one.name));
  await unpack(await download(missing, join(scratch, 'debs')), root);
  return missing;
}

/** An account of /etc/passwd and the group of the same name and number. */
export interface Account {
  readonly name: string;
  readonly id: number;
  readonly home: string;
}

/** Does for a base root what maintainer scripts would have done: accounts, certificate bundle, the name `awk`. */
export function finishBase(root: string): void {
  for (const file of ['passwd', 'group']) {
    copyFileSync(join(root, 'usr/share/base-passwd', `${file}.master`), join(root, 'etc', file));
  }
  const certificates = globSync('usr/share/ca-certificates/**/*.crt', { cwd: root }).sort();
  const bundle = certificates.map((file) => readFileSync(join(root, file), 'utf8').trimEnd()).join('\n');
  mkdirSync(join(root, 'etc/ssl/certs'), { recursive: true });
  writeFileSync(join(root, 'etc/ssl/certs/ca-certificates.crt'), `${bundle}\n`);
  rmSync(join(root, 'usr/share/ca-certificates'), { recursive: true });
  if (!existsSync(join(root, 'usr/bin/awk'))) symlinkSync('mawk', join(root, 'usr/bin/awk'));
}

/** The account files of a base root with one more account, for the layer above. */
export function addAccount(base: string, root: string, account: Account): void {
  const { name, id, home } = account;
  mkdirSync(join(root, 'etc'), { recursive: true });
  const passwd = readFileSync(join(base, 'etc/passwd'), 'utf8');
  const group = readFileSync(join(base, 'etc/group'), 'utf8');
  writeFileSync(join(root, 'etc/passwd'), `${passwd}${name}:x:${String(id)}:${String(id)}::${home}:/bin/sh\n`);
  writeFileSync(join(root, 'etc/group'), `${group}${name}:x:${String(id)}:\n`);
}
