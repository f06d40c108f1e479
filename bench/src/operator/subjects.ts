import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { consoleReport, ensureBuild, type ToolBuild } from '@tagservice/cluster';
import { bundleInto, scriptIn } from '../process/bundles.ts';
import type { SubjectCommand } from '../process/subject.ts';

const goOperator: ToolBuild = {
  module: 'widget-operator',
  version: 'v0.25.2',
  target: '.',
  ldflags: '-s -w',
  aliases: [],
  title: 'the Go operator that the benchmark compares with',
  folder: fileURLToPath(new URL('../../go/operator', import.meta.url)),
};

/** An operator that takes part. */
export interface Contestant {
  readonly name: 'go' | 'ours' | 'applier';
  command(place: { kubeconfig: string; namespace: string; concurrency: number }): SubjectCommand;
}

/** Builds the three: Go on controller-runtime; our runtime with the same requests; our runtime that leaves out needless writes. */
export async function buildContestants(folder: string): Promise<readonly Contestant[]> {
  const go = await ensureBuild(goOperator, consoleReport());
  await bundleInto(folder, { widget: 'src/operator/widget-subject.ts' });
  const script = scriptIn(folder, 'widget');
  return [
    contestant('go', go, []),
    contestant('ours', process.execPath, [script]),
    contestant('applier', process.execPath, [script, '--writes=needed']),
  ];
}

function contestant(name: Contestant['name'], program: string, args: readonly string[]): Contestant {
  return {
    name,
    command: ({ kubeconfig, namespace, concurrency }) => ({
      program,
      args: [...args, `--kubeconfig=${kubeconfig}`, `--namespace=${namespace}`, `--concurrency=${String(concurrency)}`],
    }),
  };
}
