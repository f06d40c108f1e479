import type { Exchange } from './exchange.ts';
import type { RuleInUse } from './rules.ts';

/** Writes at most so often; faster rates send more at a time. */
const shortestPauseMs = 50;

/** Writes at the rate of a `slow` rule; what is left when the rule is removed goes at once. */
export async function writeSlowly(exchange: Exchange, rule: RuleInUse, bytes: Buffer): Promise<void> {
  const { fault } = rule.rule;
  const rate = fault.kind === 'slow' ? fault.bytesPerSecond : Number.POSITIVE_INFINITY;
  const portion = Math.max(1, Math.floor((rate * shortestPauseMs) / 1000));
  let sent = 0;
  while (sent < bytes.length && !rule.over) {
    await exchange.write(bytes.subarray(sent, sent + portion));
    sent += portion;
    await Promise.race([exchange.pause((portion / rate) * 1000), rule.removal]);
  }
  if (sent < bytes.length) await exchange.write(bytes.subarray(sent));
}
