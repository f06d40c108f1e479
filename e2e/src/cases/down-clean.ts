import { readFileSync } from 'node:fs';
import { exec, openCluster, poll } from '@tagservice/cluster';
import { check, type CaseContext, type E2eCase } from '../e2e-case.ts';

const name = 'e2e-clean';

interface MachineState {
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly namespaces: readonly string[];
  readonly cgroups: readonly string[];
}

/** What of this machine mentions the cluster: commands of processes, mount points, network namespaces, control groups. */
async function traces(): Promise<MachineState> {
  const mentions = (lines: string): readonly string[] => lines.split('\n').filter((line) => line.includes(name));
  const ps = await exec('ps', ['-e', '-o', 'args=']);
  const netns = await exec('ip', ['netns', 'list'], { allowFailure: true });
  const groups = await exec('find', ['/sys/fs/cgroup', '-type', 'd', '-name', `*${name}*`], { allowFailure: true });
  return {
    processes: mentions(ps.stdout).filter((line) => !line.includes('e2e/src/cli.ts')),
    mounts: mentions(readFileSync('/proc/self/mounts', 'utf8')),
    namespaces: mentions(netns.stdout),
    cgroups: groups.stdout.split('\n').filter((line) => line !== ''),
  };
}

const countOf = (state: MachineState): number =>
  state.processes.length + state.mounts.length + state.namespaces.length + state.cgroups.length;

/** A cluster of its own, so that the one in use stays. */
async function run({ say }: CaseContext): Promise<void> {
  check(countOf(await traces()) === 0, `there is already something called ${name} on this machine`);
  const cluster = openCluster({ name, provider: 'embedded' });
  const up = await cluster.up();
  say(
    `up in ${up.seconds.toFixed(1)} s: ${String(countOf(await traces()))} processes, mounts, namespaces and control groups`,
  );
  const down = await cluster.down();
  const left = await poll({ timeoutMs: 5000 }, async () => {
    const state = await traces();
    return countOf(state) === 0 ? state : undefined;
  });
  check(left !== undefined, `left behind: ${JSON.stringify(await traces(), null, 1)}`);
  say(`down in ${down.seconds.toFixed(1)} s: nothing left`);
}

export const downClean: E2eCase = {
  name: 'down-clean',
  summary: 'a cluster made and taken down leaves no process, mount, namespace or control group',
  run,
  ownCluster: true,
};
