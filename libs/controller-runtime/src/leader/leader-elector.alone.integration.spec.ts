import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { startApiServer, type ApiServer } from '@tagservice/cluster';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeClient } from '../client/client.ts';
import { connect } from '../client/connect.ts';
import { pause, systemClock } from '../clock/clock.ts';
import { eventually } from '../testing/eventually.ts';
import { RecordingLogger } from '../testing/recording-logger.ts';
import { LeaderElector } from './leader-elector.ts';

let api: ApiServer;
const clients: KubeClient[] = [];
const stop = new AbortController();

beforeAll(async () => {
  api = await startApiServer();
});
afterAll(async () => {
  stop.abort();
  for (const client of clients) await client.close();
  await api.stop();
});

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Calls back whenever a renewal of the lease lies in the socket, whole: only who holds it sends any. Answers what ends that. */
function onRenewalSent(sent: () => void): () => void {
  const channel = 'undici:request:bodySent';
  const listener = (message: unknown): void => {
    const { method, path } = (message as { request: { method: string; path: string } }).request;
    if (method === 'PUT' && path.includes('/leases/blocked')) sent();
  };
  subscribe(channel, listener);
  return () => {
    unsubscribe(channel, listener);
  };
}

/** One candidate for the lease `default/blocked`. */
function candidate(identity: string) {
  const client = connect({ kubeconfig: api.kubeconfig, userAgent: `test/${identity}` });
  clients.push(client);
  const events: string[] = [];
  const log = new RecordingLogger();
  const elector = new LeaderElector({
    client,
    election: { namespace: 'default', name: 'blocked', identity },
    clock: systemClock,
    log,
    onLeading: () => events.push('leading'),
    onLost: (reason) => events.push(`lost: ${reason}`),
  });
  return { elector, events, log, running: elector.run(stop.signal) };
}

describe('the lease of a process that shares its event loop with everything else', () => {
  it('outlasts three blocks of five seconds, each right after a renewal was sent', async () => {
    let left = 0;
    let renewals = 0;
    const leader = candidate('leader');
    await eventually(() => leader.events).toEqual(['leading']);
    const rival = candidate('rival');
    const stopListening = onRenewalSent(() => {
      renewals += 1;
      if (left === 0) return;
      left -= 1;
      // Nothing is read for five seconds now; time limits are looked at before sockets after that.
      setImmediate(block, 5_000);
    });
    left = 3;
    const found = () => ({ events: leader.events, warnings: leader.log.messages('warn') });
    // The answers that lay in the socket were taken in: none of the renewals counts as failed.
    const well = { events: ['leading'], warnings: [] };
    await eventually(() => ({ left, ...found() }), { timeout: 40_000 }).toEqual({ left: 0, ...well });
    const soFar = renewals;
    const goesOn = () => renewals > soFar + 1;
    await eventually(() => ({ goesOn: goesOn(), ...found() }), { timeout: 15_000 }).toEqual({ goesOn: true, ...well });
    expect(leader.elector.holds()).toBe(true);
    expect(rival.events).toEqual([]);
    stopListening();
    stop.abort();
    await Promise.all([leader.running, rival.running]);
    await pause(systemClock, 0);
  });
});
