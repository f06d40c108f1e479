import { executables } from './bundle.ts';
import { run } from './run.ts';

/** Builds executables through Nx, which takes an unchanged one from its cache. No names: all. Answers the exit code. */
export async function build(names: readonly string[]): Promise<number> {
  const projects = names.map((name) => `@tagservice/${name}`);
  const select = projects.length > 0 ? ['--projects', projects.join(',')] : [];
  const { code } = await run('nx', ['run-many', '-t', 'build', ...select, '--output-style=stream']);
  return code;
}

const usage = `usage: npm run build -- [NAME...]

Bundles executables into <folder>/dist. Names: ${executables.map((one) => one.name).join(', ')}; none means all.`;

async function main(names: readonly string[]): Promise<number> {
  if (names.includes('--help')) {
    console.log(usage);
    return 0;
  }
  const unknown = names.filter((name) => !executables.some((one) => one.name === name));
  if (unknown.length > 0) {
    console.error(`Unknown executable: ${unknown.join(', ')}.\n${usage}`);
    return 2;
  }
  return build(names);
}

if (process.argv[1]?.endsWith('/build.ts')) process.exitCode = await main(process.argv.slice(2));
