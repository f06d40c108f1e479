import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Pages on loopback that are asked for by number. */
export interface NumberedSite {
  addressOf(page: number): string;
  /** How often pages were asked for. */
  readonly fetches: () => number;
  close(): void;
}

/** So many pages have their words in common, and with them their tags. */
const PAGES_OF_A_TOPIC = 400;
/** Each page of so many asks at its first visit to be left alone: its job waits in the timer, whoever dies meanwhile. */
const BUSY_EVERY = 16;

const syllables = ['ba', 'de', 'fi', 'go', 'ku', 'la', 'me', 'ni', 'po', 'ru', 'sa', 'te', 'vi', 'zo'];

/** A word of its own for each number. */
function word(number: number): string {
  const base = syllables.length;
  const digits = [number, number / base, number / base ** 2, number / base ** 3];
  return digits.map((digit) => syllables[Math.floor(digit) % base] ?? '').join('');
}

/** An English page about things that only pages of its topic name. */
function article(page: number): string {
  const topic = Math.floor(page / PAGES_OF_A_TOPIC);
  const [grower, fruit, place] = [word(3 * topic), word(3 * topic + 1), word(3 * topic + 2)];
  const text = `The ${grower} brings the ${fruit} to the ${place} before it is sold, and who wants ${fruit} goes there. `;
  return `<html lang="en"><title>${fruit} and ${grower}</title><article><h1>${fruit}</h1><p>${text.repeat(4)}</p></article></html>`;
}

export async function startNumberedSite(): Promise<NumberedSite> {
  let fetches = 0;
  const visited = new Set<number>();
  const server = createServer((request, response) => {
    fetches += 1;
    const page = Number(request.url?.slice(3));
    const isBusy = page % BUSY_EVERY === 0 && !visited.has(page);
    if (isBusy) visited.add(page);
    if (isBusy) response.writeHead(503, { 'retry-after': '2' }).end();
    else response.writeHead(200, { 'content-type': 'text/html' }).end(article(page));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    addressOf: (page) => `${url}/p/${String(page)}`,
    fetches: () => fetches,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
