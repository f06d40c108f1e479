import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchCase, Measure } from '../measure.ts';
import { AUDIENCE, KEYS_FILE_VARIABLE, LOAD } from '../overload/load-shape.ts';
import { bundleInto, scriptIn } from '../process/bundles.ts';
import { numberIn, numbersIn } from '../process/lines.ts';
import type { Line } from '../process/lines.ts';
import { Subject } from '../process/subject.ts';
import { percentile } from '../statistics.ts';

/** Loads in percent of the capacity behind the API, in the order in which they are run. */
const SEARCH = [80, 100, 120];
const PHASE_MS = 10_000;

/**
 * The API before a store of known capacity, asked by callers of three classes who do not wait for each other's answers: first up to its capacity, which
 * gives the peak that everything else is compared with, then with twice and ten times as much, then with half.
 */
export const overloadCase: BenchCase = {
  name: 'overload',
  summary: 'the API at 2 and 10 times what it can serve: goodput against its own peak, classes, refusals, recovery',
  run: async ({ scale }) => {
    const folder = await mkdtemp(join(tmpdir(), 'tagservice-bench-'));
    const subjects: Subject[] = [];
    try {
      await bundleInto(folder, { server: 'src/overload/server.ts', generator: 'src/overload/generator.ts' });
      const { tokens, keysFile } = await identities(folder);
      const portFile = join(folder, 'port');
      const server = await start([scriptIn(folder, 'server'), portFile], { [KEYS_FILE_VARIABLE]: keysFile });
      subjects.push(server);
      const port = await readFile(portFile, 'utf8');
      const phase = { BENCH_PHASE_MS: String(Math.max(2_000, PHASE_MS * scale)) };
      const generator = await start([scriptIn(folder, 'generator'), port, JSON.stringify(tokens)], phase);
      subjects.push(generator);
      const load = async (percent: number): Promise<Line> => {
        const before = server.usage().cpuSeconds;
        const line = await generator.ask(`load ${String(percent)}`);
        return { ...line, cpuSeconds: server.usage().cpuSeconds - before };
      };
      return await measure((percent) => punctual(() => load(percent)));
    } finally {
      await Promise.all(subjects.map((subject) => subject.stop()));
      await rm(folder, { recursive: true, force: true });
    }
  },
};

const start = (args: readonly string[], env: NodeJS.ProcessEnv): Promise<Subject> =>
  Subject.start({ program: process.execPath, args, env });

/** A token for each class, and the file with the key that verifies them. */
async function identities(folder: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const keysFile = join(folder, 'jwks.json');
  await writeFile(keysFile, JSON.stringify({ keys: [publicKey.export({ format: 'jwk' })] }));
  const classes = ['critical', 'normal', 'bulk'] as const;
  return { keysFile, tokens: Object.fromEntries(classes.map((one) => [one, token(privateKey, one)])) };
}

function token(key: KeyObject, priority: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 3_600;
  const text = `${part({ alg: 'EdDSA' })}.${part({ aud: AUDIENCE, sub: priority, class: priority, scope: 'tags:read', exp })}`;
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
}

/** A generator that is later than this did not send what was planned: the machine had no time for it. */
const LATE_MS = 5;
const TRIES = 4;

const lateness = (line: Line): number => percentile(numbersIn(line, 'lateMs'), 99);

/** Runs a load again while the generator was late; answers the run in which it was least so. */
async function punctual(run: () => Promise<Line>): Promise<Line> {
  let best = await run();
  for (let tries = 1; tries < TRIES && lateness(best) > LATE_MS; tries += 1) {
    const again = await run();
    if (lateness(again) < lateness(best)) best = again;
  }
  return best;
}

async function measure(run: (percent: number) => Promise<Line>): Promise<readonly Measure[]> {
  await run(50);
  const rested = await run(50);
  const search = [];
  for (const percent of SEARCH) search.push(await run(percent));
  const peak = Math.max(...search.map((line) => numberIn(line, 'goodput')));
  const double = await run(200);
  const tenfold = await run(1_000);
  const after = await run(50);
  return [
    { name: 'overload.peak', value: peak, unit: 'answers/s', reference: LOAD.capacity, referenceName: 'the store' },
    ...atLoad('2x', double, { peak, least: 0.98 }),
    ...atLoad('10x', tenfold, { peak, least: 0.95 }),
    {
      name: 'overload.recovery',
      value: secondsToNormal(numbersIn(after, 'goodSeconds')),
      unit: 's',
      goal: { atMost: 10 },
    },
    {
      name: 'overload.after.p99',
      value: percentile(numbersIn(after, 'answerMs'), 99),
      unit: 'ms',
      reference: percentile(numbersIn(rested, 'answerMs'), 99),
      referenceName: 'before',
    },
  ];
}

function atLoad(name: string, line: Line, { peak, least }: { peak: number; least: number }): readonly Measure[] {
  const p99 = (key: string) => percentile(numbersIn(line, key), 99);
  const of = { reference: peak, referenceName: 'peak' };
  const named = (what: string) => `overload.${name}.${what}`;
  return [
    { name: named('goodput'), value: numberIn(line, 'goodput'), unit: 'answers/s', ...of, goal: { min: least } },
    {
      name: named('critical'),
      value: 100 * numberIn(line, 'criticalShare'),
      unit: '% answered',
      goal: { atLeast: 99.9 },
    },
    { name: named('refusal.p99'), value: p99('refusalMs'), unit: 'ms', goal: { atMost: 5 } },
    {
      name: named('cpu'),
      value: (1_000 * numberIn(line, 'cpuSeconds')) / numberIn(line, 'allSent'),
      unit: 'CPU ms/request',
    },
    { name: named('answer.p99'), value: p99('answerMs'), unit: 'ms' },
    { name: named('failed'), value: numberIn(line, 'failed'), unit: 'requests', goal: { atMost: 0 } },
    { name: named('generator.late.p99'), value: p99('lateMs'), unit: 'ms' },
  ];
}

/** The first second from which on all are as at rest; infinite where there is none. */
function secondsToNormal(shares: readonly number[]): number {
  const last = shares.findLastIndex((share) => share < 0.99);
  return last === shares.length - 1 ? Infinity : last + 1;
}
