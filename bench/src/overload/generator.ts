import { Agent, request } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import { SeededRandom } from '@tagservice/testbed';
import { serveCommands } from '../process/serve-commands.ts';
import { arrivals } from './arrivals.ts';
import type { Arrival, CallerClass } from './arrivals.ts';
import { LOAD, pageUrl } from './load-shape.ts';

const [portText = '', tokensText = '{}'] = process.argv.slice(2);
const port = Number(portText);
const tokens = JSON.parse(tokensText) as Readonly<Record<CallerClass, string>>;
const agent = new Agent({ keepAlive: true, maxSockets: 1_024, maxFreeSockets: 1_024 });
const path = `/v1/tags?url=${encodeURIComponent(pageUrl)}`;
const seeded = new SeededRandom(42);
const random = (): number => seeded.next();

/** A phase with one load, as parts of the capacity in percent. */
const PHASE_MS = Number(process.env['BENCH_PHASE_MS'] ?? '10000');

interface Outcome {
  readonly by: CallerClass;
  readonly atMs: number;
  readonly status: number;
  /** From when it should have been sent, so that a generator that is late does not flatter the server. */
  readonly ms: number;
  readonly lateMs: number;
}

function send({ by, atMs }: Arrival, start: number): Promise<Outcome> {
  const lateMs = performance.now() - start - atMs;
  return new Promise((resolve) => {
    const end = (status: number) => {
      resolve({ by, atMs, status, ms: performance.now() - start - atMs, lateMs });
    };
    const headers = { authorization: `Bearer ${tokens[by]}` };
    const sent = request({ agent, host: '127.0.0.1', port, path, headers }, (response) => {
      response.resume().once('end', () => {
        end(response.statusCode ?? 0);
      });
    });
    sent.once('error', () => {
      end(0);
    });
    sent.end();
  });
}

/** Sends all requests at their times; what is late is sent at once. */
async function run(percent: number): Promise<readonly Outcome[]> {
  const rate = (LOAD.capacity * percent) / 100;
  const critical = Math.min(rate, LOAD.capacity * LOAD.critical);
  const planned = arrivals({ rate, critical, bulk: LOAD.bulk, durationMs: PHASE_MS, random });
  const start = performance.now();
  const sent: Promise<Outcome>[] = [];
  for (const arrival of planned) {
    const waitMs = arrival.atMs - (performance.now() - start);
    if (waitMs > 1) await after(waitMs);
    sent.push(send(arrival, start));
  }
  return Promise.all(sent);
}

const isGood = ({ status, ms }: Outcome): boolean => status === 200 && ms <= LOAD.deadlineMs;
const share = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole);

function report(outcomes: readonly Outcome[]): object {
  // The first fifth of a phase is on the way from the load before.
  const settled = outcomes.filter(({ atMs }) => atMs >= PHASE_MS / 5);
  const good = settled.filter(isGood);
  const critical = settled.filter(({ by }) => by === 'critical');
  const refused = settled.filter(({ status }) => status === 503 || status === 429);
  return {
    allSent: outcomes.length,
    sent: settled.length,
    goodput: (good.length * 1000) / (PHASE_MS * 0.8),
    criticalShare: share(critical.filter(isGood).length, critical.length),
    refused: refused.length,
    failed: settled.length - refused.length - settled.filter(({ status }) => status === 200).length,
    refusalMs: refused.map(({ ms }) => ms),
    answerMs: settled.filter(({ status }) => status === 200).map(({ ms }) => ms),
    lateMs: settled.map(({ lateMs }) => lateMs),
    goodSeconds: perSecond(outcomes),
  };
}

/** Of every second of the phase, the share of good answers. */
function perSecond(outcomes: readonly Outcome[]): readonly number[] {
  return Array.from({ length: Math.ceil(PHASE_MS / 1000) }, (_, second) => {
    const mine = outcomes.filter(({ atMs }) => Math.floor(atMs / 1000) === second);
    return share(mine.filter(isGood).length, mine.length);
  });
}

await serveCommands({ load: async (percent) => report(await run(percent)) });
