import type { Exchange, Whole } from './exchange.ts';
import { noteFault } from './history.ts';
import { relayWatch, relayAnswer, relayHead } from './relay.ts';
import type { RuleInUse } from './rules.ts';
import { writeSlowly } from './slow.ts';
import { answerStale, canBeStale } from './stale-reads.ts';
import { goneEvent, refusal } from './status.ts';
import type { Fault, FaultKind, Subject } from './types.ts';

type Doing<F extends Fault = Fault> = (exchange: Exchange, fault: F, rule: RuleInUse) => Promise<void>;
type ByKind = { [K in FaultKind]: Doing<Extract<Fault, { kind: K }>> };

/** Takes a request through the first rule that falls on it, or straight to the API server. */
export async function serve(exchange: Exchange): Promise<void> {
  const rule = exchange.passage.take(
    exchange.entry,
    (candidate) => fallsOnRequest(candidate, exchange.entry),
    exchange,
  );
  if (rule === undefined) {
    await relayAnswer(exchange);
    return;
  }
  const { fault } = rule.rule;
  noteFault(exchange.entry, fault);
  await (faults[fault.kind] as Doing)(exchange, fault, rule);
}

/** Faults that are done to the lines of a watch, not to its beginning. */
const onLines: ReadonlySet<FaultKind> = new Set(['duplicate', 'slow', 'truncate', 'hide', 'reorder', 'stale']);

function fallsOnRequest(rule: RuleInUse, request: Subject): boolean {
  const { fault } = rule.rule;
  if (fault.kind === 'hide' || fault.kind === 'reorder') return false;
  if (fault.kind === 'stale') return canBeStale(rule, request);
  if (fault.kind === 'gone') return request.verb === 'watch' || request.verb === 'list';
  if (request.verb !== 'watch') return true;
  if (fault.kind === 'hold') return fault.from !== 'body';
  if (fault.kind === 'delay') return fault.on !== 'answer';
  return !onLines.has(fault.kind);
}

const faults: ByKind = {
  crash: async (exchange, { when }) => {
    if (when === 'before') {
      exchange.passage.crash(exchange, when);
      return;
    }
    const whole = await begun(exchange);
    if (when === 'after' && whole !== undefined) {
      exchange.closeAfter();
      await exchange.reply(whole);
    }
    exchange.passage.crash(exchange, when);
  },
  answer: async (exchange, fault) => {
    if (fault.done === true) await begun(exchange);
    await exchange.refuse(refusal(fault, exchange.entry));
  },
  delay: async (exchange, { ms, on }) => {
    if (on !== 'answer') {
      await exchange.pause(ms);
      await relayAnswer(exchange);
      return;
    }
    const whole = await exchange.complete();
    await exchange.pause(ms);
    await exchange.reply(whole);
  },
  drop: (exchange) => {
    exchange.reset('dropped by a fault');
    return Promise.resolve();
  },
  'lose-response': async (exchange) => {
    await begun(exchange);
    exchange.reset('the response was lost by a fault');
  },
  duplicate: async (exchange, { deliver }) => {
    const first = await exchange.complete();
    const second = await exchange.complete();
    await exchange.reply(deliver === 'second' ? second : first);
  },
  hold: async (exchange, { from }, rule) => {
    if (from === 'request') {
      await exchange.until(rule.removal);
      await relayAnswer(exchange);
      return;
    }
    if (exchange.entry.verb === 'watch') {
      await relayWatch(exchange, () => exchange.until(rule.removal));
      return;
    }
    const whole = await exchange.complete();
    if (from === 'body') await relayHead(exchange, whole);
    await exchange.until(rule.removal);
    if (from === 'body') await finish(exchange, whole.body);
    else await exchange.reply(whole);
  },
  slow: async (exchange, _fault, rule) => {
    const whole = await exchange.complete();
    await relayHead(exchange, whole);
    await writeSlowly(exchange, rule, whole.body);
    exchange.end();
  },
  truncate: async (exchange, { bytes, end }) => {
    const whole = await exchange.complete();
    await relayHead(exchange, whole);
    const part = whole.body.subarray(0, bytes ?? Math.floor(whole.body.length / 2));
    if (end !== 'reset') {
      await finish(exchange, part);
      return;
    }
    await exchange.write(part);
    exchange.breakOff('truncated by a fault');
  },
  gone: async (exchange) => {
    if (exchange.entry.verb !== 'watch') {
      await exchange.refuse(refusal({ code: 410 }, exchange.entry));
      return;
    }
    await exchange.head(200, { 'content-type': 'application/json' });
    await exchange.write(goneEvent(exchange.entry));
    exchange.end();
  },
  stale: async (exchange, _fault, rule) => {
    await answerStale(exchange, rule);
  },
  hide: async (exchange) => {
    await relayAnswer(exchange);
  },
  reorder: async (exchange) => {
    await relayAnswer(exchange);
  },
};

/** Does what was asked for, as far as it ends: of a watch only the beginning. */
async function begun(exchange: Exchange): Promise<Whole | undefined> {
  if (exchange.entry.verb !== 'watch') return await exchange.complete();
  (await exchange.forward()).destroy();
  return undefined;
}

async function finish(exchange: Exchange, body: Buffer): Promise<void> {
  await exchange.write(body);
  exchange.end();
}
