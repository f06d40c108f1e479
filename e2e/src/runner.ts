import { consoleReport, openCluster, type Cluster } from '@tagservice/cluster';
import { bringUp, diagnose, UpFailed, type UpOptions } from '@tagservice/workspace/up';
import { CheckFailed, type E2eCase } from './e2e-case.ts';
import { inSeconds } from './kube.ts';

/** How many cases ended how. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** Cases by name; `all` means every one. Answers with the name that there is not, if any. */
export function chooseCases(
  all: readonly E2eCase[],
  names: readonly string[],
): readonly E2eCase[] | { readonly unknown: string } {
  const chosen: E2eCase[] = [];
  for (const name of names) {
    const found = name === 'all' ? all : all.filter((one) => one.name === name);
    if (found.length === 0) return { unknown: name };
    chosen.push(...found.filter((one) => !chosen.includes(one)));
  }
  return chosen;
}

/** Runs one case and says how it ended. What a failed case left is described by the objects of the cluster. */
export async function runCase(one: E2eCase, cluster: Cluster, write: (line: string) => void): Promise<boolean> {
  const started = performance.now();
  const took = (): string => inSeconds((performance.now() - started) / 1000);
  write(`\n${one.name}: ${one.summary}`);
  try {
    await one.run({
      cluster,
      say: (line) => {
        write(line.replace(/^/gm, '  '));
      },
    });
    write(`  passed ${one.name} (${took()})`);
    return true;
  } catch (error) {
    const known = error instanceof CheckFailed;
    write(
      `  FAILED ${one.name} (${took()}): ${known || !(error instanceof Error) ? String(error) : (error.stack ?? error.message)}`,
    );
    if (one.ownCluster !== true) write(await diagnose(cluster).catch(() => 'The cluster does not answer.'));
    return false;
  }
}

/** Brings the cluster up where a case needs it, runs the cases one after the other, counts. */
export async function runCases(
  chosen: readonly E2eCase[],
  options: UpOptions,
  write: (line: string) => void,
): Promise<Counts> {
  const needed = chosen.some((one) => one.ownCluster !== true);
  try {
    const cluster = needed ? (await bringUp(options, consoleReport())).cluster : openCluster({ name: options.name });
    let passed = 0;
    for (const one of chosen) if (await runCase(one, cluster, write)) passed += 1;
    return { passed, failed: chosen.length - passed };
  } catch (error) {
    if (!(error instanceof UpFailed)) throw error;
    write(`${await diagnose(error.cluster).catch(() => '')}\nThe cluster could not be brought up: ${error.message}`);
    return { passed: 0, failed: chosen.length };
  }
}
