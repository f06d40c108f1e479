import { ensureTool } from '@tagservice/cluster';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';

/** The root of the project, where chart paths begin. */
export const projectRoot = resolve(import.meta.dirname, '../../..');

/** The end of one run of a program. */
export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** What to render: a chart under charts/, under which release name, where, and with which `--set` values. */
export type Rendering = {
  readonly chart: string;
  readonly release: string;
  readonly namespace: string;
  readonly set?: readonly string[];
  /** Templates to show; all by default. */
  readonly only?: readonly string[];
};

/** Runs `helm`, building it first where it is missing. A failure of helm is a result, not an error. */
export async function helm(args: readonly string[]): Promise<Ended> {
  return runProgram(await ensureTool('helm'), args);
}

/** Renders a chart as `helm install` would, without a cluster. */
export async function render({ chart, release, namespace, set = [], only = [] }: Rendering): Promise<Ended> {
  const values = set.flatMap((value) => ['--set', value]);
  const shown = only.flatMap((template) => ['--show-only', `templates/${template}`]);
  return helm(['template', release, `charts/${chart}`, '--namespace', namespace, ...values, ...shown]);
}

/** Runs a program in the project's root. */
export async function runProgram(program: string, args: readonly string[], input = ''): Promise<Ended> {
  return new Promise((done) => {
    const child = execFile(
      program,
      [...args],
      { cwd: projectRoot, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        done({ code: error === null ? 0 : (child.exitCode ?? 1), stdout, stderr });
      },
    );
    child.stdin?.end(input);
  });
}
