import { Agent, get } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import { SeededRandom } from '@tagservice/testbed';
import { arrivals } from '../overload/arrivals.ts';
import { serveCommands } from '../process/serve-commands.ts';

const [apiPort = '', siteUrl = '', slugsText = ''] = process.argv.slice(2);
const slugs = slugsText.split(',');
const agent = new Agent({ keepAlive: true, maxSockets: 512, maxFreeSockets: 512 });
const seeded = new SeededRandom(42);
/** In the closed part, as many callers as keep every worker busy. */
const CALLERS = 24;
/** How long requests come in the open part. */
const PHASE_MS = 20_000;

let asked = 0;

/** An address that nobody has asked for yet. */
function nextPage(): string {
  asked += 1;
  return `${siteUrl}/archive/${String(asked)}/${slugs[asked % slugs.length] ?? ''}`;
}

interface Outcome {
  readonly status: number;
  /** Names the job that made the page. */
  readonly etag: string;
  /** From when it should have been sent. */
  readonly ms: number;
}

function ask(start: number): Promise<Outcome> {
  const path = `/v1/tags?url=${encodeURIComponent(nextPage())}`;
  return new Promise((resolve) => {
    const end = (status: number, etag = ''): void => {
      resolve({ status, etag: etag.replaceAll('"', ''), ms: performance.now() - start });
    };
    get({ agent, host: '127.0.0.1', port: apiPort, path }, (response) => {
      response.resume().once('end', () => {
        end(response.statusCode ?? 0, response.headers.etag);
      });
    }).once('error', () => {
      end(0);
    });
  });
}

const isMade = ({ status }: Outcome): boolean => status === 200;

/** Callers who ask for the next page as soon as they have their answer: pages a second. */
async function closed(pages: number): Promise<object> {
  let left = pages;
  const start = performance.now();
  const caller = async (): Promise<number> => {
    let made = 0;
    while (left > 0) {
      left -= 1;
      if (isMade(await ask(performance.now()))) made += 1;
    }
    return made;
  };
  const made = await Promise.all(Array.from({ length: CALLERS }, caller));
  const seconds = (performance.now() - start) / 1_000;
  return { rate: made.reduce((sum, count) => sum + count, 0) / seconds };
}

/** Requests at random times, however long the answers take: `rate` a second. */
async function open(rate: number): Promise<object> {
  const planned = arrivals({ rate, critical: 0, bulk: 0, durationMs: PHASE_MS, random: () => seeded.next() });
  const start = performance.now();
  const sent: Promise<Outcome>[] = [];
  for (const { atMs } of planned) {
    const waitMs = atMs - (performance.now() - start);
    if (waitMs > 1) await after(waitMs);
    sent.push(ask(start + atMs));
  }
  const outcomes = await Promise.all(sent);
  const made = outcomes.filter(isMade);
  return { other: outcomes.length - made.length, etags: made.map(({ etag }) => etag), ms: made.map(({ ms }) => ms) };
}

await serveCommands({ closed, open });
