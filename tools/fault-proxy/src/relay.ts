import type { IncomingMessage } from 'node:http';
import type { Exchange, Whole } from './exchange.ts';
import { readAll } from './bodies.ts';
import { goneEvent } from './status.ts';
import { collectionOf } from './unobserved.ts';
import { WatchRelay } from './watch-relay.ts';

/** Sends a request on and its answer back, without a fault. */
export async function relayAnswer(exchange: Exchange): Promise<void> {
  const { verb, subresource } = exchange.entry;
  if (verb === 'watch') await relayWatch(exchange);
  else if (subresource === 'log') await relayStream(exchange, await exchange.forward());
  else await exchange.reply(await exchange.complete());
}

/** The head of an answer whose body follows in parts, or not at all: without a length. */
export async function relayHead(exchange: Exchange, answer: Pick<Whole, 'code' | 'headers'>): Promise<void> {
  const { 'content-length': _length, ...headers } = answer.headers;
  await exchange.head(answer.code, headers);
}

/** Opens a watch and hands its lines on until it ends. `before` is waited for before the client gets the head. */
export async function relayWatch(exchange: Exchange, before?: () => Promise<unknown>): Promise<void> {
  const { unobserved } = exchange.passage;
  if (unobserved.isForgotten(collectionOf(exchange.entry), exchange.entry.resourceVersion)) {
    await exchange.head(200, { 'content-type': 'application/json' });
    await exchange.write(goneEvent(exchange.entry));
    exchange.end();
    return;
  }
  const answer = await exchange.forward();
  await before?.();
  if (answer.statusCode !== 200) {
    await exchange.reply({ code: answer.statusCode ?? 0, headers: answer.headers, body: await readAll(answer) });
    return;
  }
  await relayHead(exchange, { code: 200, headers: answer.headers });
  await new WatchRelay(exchange, answer).run();
}

async function relayStream(exchange: Exchange, answer: IncomingMessage): Promise<void> {
  await relayHead(exchange, { code: answer.statusCode ?? 0, headers: answer.headers });
  for await (const chunk of answer) await exchange.write(chunk as Buffer);
  exchange.end();
}
