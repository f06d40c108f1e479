import { Agent, get } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import { serveCommands } from '../process/serve-commands.ts';

const [apiPort = '', siteUrl = '', slugsText = ''] = process.argv.slice(2);
const slugs = slugsText.split(',');
const agent = new Agent({ keepAlive: true, maxSockets: 32 });
/** So many pages again and again: what is remembered of pages must not grow with time. */
const PAGES = 500;
const PER_SECOND = 40;

const statuses = { made: 0, other: 0 };
let asked = 0;

function ask(): void {
  asked += 1;
  const page = asked % PAGES;
  const url = `${siteUrl}/archive/${String(page + 1)}/${slugs[page % slugs.length] ?? ''}`;
  const count = (status: number | undefined): void => {
    if (status === 200) statuses.made += 1;
    else statuses.other += 1;
  };
  get({ agent, host: '127.0.0.1', port: apiPort, path: `/v1/tags?url=${encodeURIComponent(url)}` }, (response) => {
    response.resume().once('end', () => {
      count(response.statusCode);
    });
  }).once('error', () => {
    count(undefined);
  });
}

/** Asks at an even pace for so many seconds. */
async function go(seconds: number): Promise<object> {
  const start = performance.now();
  for (let n = 0; n < seconds * PER_SECOND; n += 1) {
    const waitMs = (n * 1_000) / PER_SECOND - (performance.now() - start);
    if (waitMs > 1) await after(waitMs);
    ask();
  }
  return { ...statuses };
}

await serveCommands({ go });
