import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import type { OutputAsset, OutputChunk } from 'rolldown';
import { inAscii } from './ascii-source.ts';
import { workspaceRoot } from './paths.ts';
import { elapsed } from './run.ts';

/** An executable of the project: its folder and the entry files that become `dist/<name>.js`. */
export interface Executable {
  readonly name: string;
  readonly folder: string;
  readonly entries: Readonly<Record<string, string>>;
}

export const executables: readonly Executable[] = [
  { name: 'operator', folder: 'operator', entries: { main: 'src/main.ts' } },
  { name: 'api', folder: 'apps/api', entries: { main: 'src/main.ts' } },
  {
    name: 'compute',
    folder: 'apps/compute',
    entries: { main: 'src/main.ts', 'tagging.worker': 'src/tagging.worker.ts' },
  },
  {
    name: 'local',
    folder: 'apps/local',
    entries: { main: 'src/main.ts', 'tagging.worker': '../compute/src/tagging.worker.ts' },
  },
  { name: 'sample-site', folder: 'apps/sample-site', entries: { main: 'src/main.ts' } },
];

/**
 * Packages that dependencies load only when a feature is used that we do not use (Nest's other transports, drivers, view engines).
 * They stay external, and are absent from the images: a `require` of one fails exactly as it would without a bundle.
 */
const optionalPackages: readonly RegExp[] = [
  /^@nestjs\/(websockets|platform-express|microservices)(\/|$)/,
  /^@grpc\//,
  /^@fastify\/(static|view|multipart)$/,
  /^(amqplib|amqp-connection-manager|nats|@nats-io\/.*|mqtt|ioredis|kafkajs|class-transformer|class-validator)(\/|$)/,
  /^(bufferutil|utf-8-validate|pino-pretty|@node-rs\/.*|pg-native)$/,
];

/** What an executable uses in earnest although it is in the list above. */
const requiredBy: Readonly<Record<string, readonly RegExp[]>> = {
  operator: [/^kafkajs/],
  api: [/^kafkajs/],
  bench: [/^kafkajs/],
  compute: [/^kafkajs/, /^@nestjs\/microservices/],
  local: [/^kafkajs/, /^@nestjs\/microservices/],
};

// CommonJS dependencies call `require`, `__dirname` and `__filename`, which an ES module does not have.
const commonJsGlobals = `import { createRequire as __createRequire } from 'node:module';
import { dirname as __pathDirname } from 'node:path';
import { fileURLToPath as __fileUrlToPath } from 'node:url';
const require = __createRequire(import.meta.url);
const __filename = __fileUrlToPath(import.meta.url);
const __dirname = __pathDirname(__filename);`;

function isExternal(executable: string, id: string): boolean {
  if (isBuiltin(id)) return true;
  if (requiredBy[executable]?.some((pattern) => pattern.test(id))) return false;
  return optionalPackages.some((pattern) => pattern.test(id));
}

/** Bundles one executable into `<folder>/dist`, or another folder, and answers with the size of all its files in bytes. */
export async function bundle(
  executable: Executable,
  out = join(workspaceRoot, executable.folder, 'dist'),
): Promise<number> {
  const folder = join(workspaceRoot, executable.folder);
  rmSync(out, { recursive: true, force: true });
  const build = await rolldown({
    input: Object.fromEntries(Object.entries(executable.entries).map(([name, file]) => [name, join(folder, file)])),
    platform: 'node',
    tsconfig: join(workspaceRoot, 'tsconfig.base.json'),
    external: (id) => isExternal(executable.name, id),
    logLevel: 'warn',
    onLog: (level, log, handle) => {
      // Dependencies' own `eval` and circular imports are theirs; ours are caught by lint.
      if (log.code === 'EVAL' || log.code === 'CIRCULAR_DEPENDENCY') return;
      handle(level, log);
    },
  });
  const { output } = await build.generate({
    dir: out,
    format: 'esm',
    banner: commonJsGlobals,
    sourcemap: false,
    keepNames: true,
    // Every byte of a source stays in memory as long as the process runs. Names stay, so that stack traces and injected types can be read.
    minify: { compress: true, mangle: false, codegen: true },
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
  });
  await build.close();
  return output.reduce((sum, file) => sum + writeOut(join(out, file.fileName), file), 0);
}

/** Answers with its size in bytes. */
function writeOut(path: string, file: OutputChunk | OutputAsset): number {
  const content = file.type === 'chunk' ? inAscii(file.code) : file.source;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return Buffer.byteLength(content);
}

/** The entry point of each package's `build` script: bundles the one executable it names. */
async function main(name: string | undefined): Promise<number> {
  const executable = executables.find((one) => one.name === name);
  if (!executable) {
    console.error(`usage: bundle.ts NAME, where NAME is one of ${executables.map((one) => one.name).join(', ')}`);
    return 2;
  }
  const started = performance.now();
  const bytes = await bundle(executable);
  console.log(`${executable.folder}/dist  ${(bytes / 1024 / 1024).toFixed(2)} MiB  ${elapsed(started)}`);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = await main(process.argv[2]);
