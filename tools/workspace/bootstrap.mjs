// The first script behind every `npm run`: plain JavaScript that also runs under an older Node and without node_modules.
// It installs the locked dependencies when they are missing or stale, then hands over to the project's own Node.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installLockPath, withInstallLock } from './install-lock.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const stamp = join(root, 'node_modules', '.cache', 'installed-lock');
const minimumMajor = 24;

/** What each word of `npm run WORD` executes; every one is TypeScript that Node runs by stripping the types. */
const commands = {
  start: 'tools/workspace/src/start.ts',
  up: 'tools/workspace/src/up/cli.ts',
  down: 'tools/workspace/src/up/cli.ts',
  cluster: 'tools/cluster/src/cli.ts',
  test: 'tools/workspace/src/test.ts',
  e2e: 'e2e/src/cli.ts',
  'test:faults': 'operator/faults/cli.ts',
  bench: 'bench/src/cli.ts',
  token: 'tools/workspace/src/token/cli.ts',
  build: 'tools/workspace/src/build.ts',
  generate: 'tools/workspace/src/generate.ts',
  verify: 'tools/workspace/src/verify.ts',
};
const keepsItsName = new Set(['up', 'down']);

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function lockDigest() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function installed() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === lockDigest();
}

function install() {
  const started = Date.now();
  process.stderr.write('Installing the locked npm dependencies (once for this lock file) ...\n');
  // Engine warnings are noise here: the Node that runs the project comes with this very install.
  const result = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (result.error)
    fail(`npm could not be started (${result.error.message}). Install npm 10 or newer and run this again.`);
  if (result.status !== 0) fail('npm ci failed: see the lines above. Nothing else was changed.');
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lockDigest());
  process.stderr.write(`Installed in ${((Date.now() - started) / 1000).toFixed(1)} s.\n`);
}

/** Another command may be installing right now: then it is enough to wait for it. */
function installOnce() {
  const onWait = () => process.stderr.write('Another command is installing the npm dependencies: waiting for it ...\n');
  const work = () => {
    if (!installed()) install();
  };
  if (!withInstallLock(installLockPath(root), work, { onWait }))
    fail(`The other installation does not end. If there is none, delete ${installLockPath(root)} and run this again.`);
}

/** The Node of the lock file where this platform has one, else the one that runs now if it is new enough. */
function projectNode() {
  const bundled = join(root, 'node_modules', '.bin', 'node');
  if (existsSync(bundled)) return bundled;
  if (Number(process.versions.node.split('.')[0]) >= minimumMajor) return process.execPath;
  return fail(
    `Node ${minimumMajor} or newer is needed and this is ${process.versions.node}. Install it from https://nodejs.org and run this again.`,
  );
}

const [name, ...args] = process.argv.slice(2);
const script = commands[name];
if (!script) fail(`Unknown command "${name}". Known: ${Object.keys(commands).join(', ')}.`);
if (!installed()) installOnce();

const node = projectNode();
const child = spawn(node, [join(root, script), ...(keepsItsName.has(name) ? [name] : []), ...args], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`,
    NODE_OPTIONS: [process.env.NODE_OPTIONS, '--disable-warning=ExperimentalWarning'].filter(Boolean).join(' '),
    NX_DAEMON: 'false',
    NX_NO_CLOUD: 'true',
  },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 128 : 1)));
