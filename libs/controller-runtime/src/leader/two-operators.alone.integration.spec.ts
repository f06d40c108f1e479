import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { stolenTime } from '@tagservice/cluster';
import { callsIn, type Entrance, type FaultProxy, type HistoryEntry } from '@tagservice/fault-proxy';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConfigMap } from '../api/builtin.ts';
import type { KubeClient } from '../client/client.ts';
import { eventually } from '../testing/eventually.ts';
import { startProxiedApi, type ProxiedApi } from '../../test/proxied-api.ts';

const program = join(import.meta.dirname, '../testing/operator-program.ts');
const leaseMs = 3_000;
const retryMs = 500;

/** One operator process and the port it comes in by. */
type Operator = { entrance: Entrance; process: ChildProcess; said: string[]; code: number | null | undefined };

let api: ProxiedApi;
let proxy: FaultProxy;
let user: KubeClient;
let operators: Operator[];
let run = 0;
let started = 0;

beforeAll(async () => {
  api = await startProxiedApi();
  ({ proxy, user } = api);
});
beforeEach(async () => {
  run += 1;
  operators = [];
  const labels = { run: name() };
  for (let index = 0; index < 12; index += 1)
    await user.create(ConfigMap, { metadata: { namespace: 'default', name: `${name()}-${index.toString()}`, labels } });
});
afterEach(async () => {
  for (const { process } of operators) process.kill('SIGKILL');
  for (const { entrance } of operators) await entrance.close();
});
afterAll(() => api.stop());

const name = (): string => `two-operators-${run.toString()}`;

/** Starts an operator whose clock is wrong by so much; resolves when its caches are warm. */
async function start(clockShiftMs: number): Promise<Operator> {
  started += 1;
  const entrance = await proxy.open(`operator-${started.toString()}`);
  const args = [program, entrance.kubeconfig, entrance.name, name(), clockShiftMs.toString()];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const operator: Operator = { entrance, process: child, said: [], code: undefined };
  operators.push(operator);
  child.stdout.on('data', (text: Buffer) => operator.said.push(...text.toString().trim().split('\n')));
  child.once('exit', (code) => (operator.code = code));
  await eventually(() => operator.said).toContain('ready');
  return operator;
}

const leads = async (operator: Operator): Promise<void> => {
  await eventually(() => operator.said, { timeout: 20_000 }).toContain('leading');
};
const by = ({ entrance }: Operator): readonly HistoryEntry[] => callsIn(proxy.history, { entrance: entrance.name });
/** What it changed as a leader: everything but the lease. */
const writes = (operator: Operator): readonly HistoryEntry[] => by(operator).filter(({ write }) => write !== undefined);
const renewals = (operator: Operator): readonly HistoryEntry[] =>
  by(operator).filter(({ resource, method, code }) => resource === 'leases' && method !== 'GET' && (code ?? 500) < 300);
const worked = async (operator: Operator): Promise<void> => {
  const before = writes(operator).length;
  await eventually(() => writes(operator).length).toBeGreaterThan(before + 30);
};

/** No write by anyone while another leads: each leader's writes lie between its first renewal and the end of its lease. */
function noWriteWithoutLease(): void {
  const reigns = operators
    .filter((operator) => renewals(operator).length > 0)
    .map((operator) => ({
      operator,
      from: renewals(operator)[0]!.at,
      to: renewals(operator).at(-1)!.at + leaseMs,
    }))
    .sort((one, other) => one.from - other.from);
  for (const [index, { operator, from, to }] of reigns.entries()) {
    const end = Math.min(to, reigns[index + 1]?.from ?? Number.POSITIVE_INFINITY);
    const outside = writes(operator).filter(({ at }) => at < from || at >= end);
    expect(
      outside.map(({ at, path }) => `${operator.entrance.name} ${(at - end).toFixed(0)} ms after: ${path}`),
    ).toEqual([]);
  }
}

describe('two operator processes, whose clocks are two hours apart', () => {
  it(
    'a leader that is stopped past its lease and resumed writes nothing any more, and ends',
    { timeout: 120_000 },
    async () => {
      let leader = await start(-3_600_000);
      await leads(leader);
      for (let round = 0; round < 2; round += 1) {
        const standby = await start(3_600_000 * (round % 2 === 0 ? 1 : -1));
        await worked(leader);
        leader.process.kill('SIGSTOP');
        await leads(standby);
        await worked(standby);
        leader.process.kill('SIGCONT');
        await eventually(() => leader.code).toBe(1);
        expect(leader.said.at(-1)).toBe('lost');
        await worked(standby);
        noWriteWithoutLease();
        leader = standby;
      }
    },
  );

  it(
    'a leader that is cut off by a partition stops before the other begins, and writes nothing when it is healed',
    { timeout: 60_000 },
    async () => {
      const leader = await start(3_600_000);
      await leads(leader);
      const standby = await start(-3_600_000);
      await worked(leader);
      const stolen = stolenTime();
      leader.entrance.partition();
      await leads(standby);
      await eventually(() => leader.code).toBe(1);
      leader.entrance.heal();
      await worked(standby);
      noWriteWithoutLease();
      const last = renewals(leader).at(-1)!.at;
      const gap = renewals(standby)[0]!.at - last;
      console.log(`partition: the other leads ${gap.toFixed(0)} ms after the last renewal`);
      expect(gap).toBeGreaterThanOrEqual(leaseMs);
      expect(gap).toBeLessThan(leaseMs + 3 * retryMs + stolen());
    },
  );

  it('a standby that is cut off changes nothing', { timeout: 60_000 }, async () => {
    const leader = await start(0);
    await leads(leader);
    const standby = await start(0);
    standby.entrance.partition();
    const from = Date.now();
    await eventually(() => renewals(leader).at(-1)!.at - from, { timeout: 20_000 }).toBeGreaterThan(leaseMs + 1_000);
    standby.entrance.heal();
    await worked(leader);
    expect(renewals(standby)).toEqual([]);
    expect(leader.code).toBeUndefined();
    noWriteWithoutLease();
  });

  it('a leader that is told to end hands over within a retry period', { timeout: 60_000 }, async () => {
    const leader = await start(0);
    await leads(leader);
    const standby = await start(3_600_000);
    await worked(leader);
    leader.process.kill('SIGTERM');
    await leads(standby);
    await eventually(() => leader.code).toBe(0);
    const release = renewals(leader).at(-1)!;
    expect(release.body).toMatchObject({ spec: { holderIdentity: '' } });
    const gap = renewals(standby)[0]!.at - release.at;
    console.log(`SIGTERM: the other leads after ${gap.toFixed(0)} ms`);
    // A candidate's period is spread by a fifth.
    expect(gap).toBeLessThan(retryMs * 1.2 + 150);
    expect(writes(leader).every(({ at }) => at < release.at)).toBe(true);
    noWriteWithoutLease();
  });
});
