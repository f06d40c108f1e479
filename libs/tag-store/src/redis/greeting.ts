import type { RedisClient } from './new-client.ts';
import type { Reply } from './reply.ts';
import type { Script } from './script.ts';

/** What a server says of itself when we come to it. */
export interface Greeting {
  readonly epoch: number;
  /** Why it cannot be used: it loads its data, or copies another server. */
  readonly refusal: string | undefined;
  /** How it will drop keys when its memory is used up, as `allkeys-lru of 64000000 bytes`; undefined where it never does. */
  readonly eviction: string | undefined;
}

/**
 * Asks a server who it is, and leaves the scripts with it, so that later calls need no second try. What an account may not ask (ROLE and
 * INFO are dangerous commands to Redis) counts as well: then only its answers to writes tell.
 */
export async function greet(client: RedisClient, scripts: readonly Script[]): Promise<Greeting> {
  const ask = async (...args: string[]): Promise<Reply> => await client.sendCommand<Reply>(args);
  const loads = scripts.map(async ({ source }) => await ask('SCRIPT', 'LOAD', source));
  const [epoch, role, memory, ...loaded] = await Promise.allSettled([
    ask('GET', 'epoch'),
    ask('ROLE'),
    ask('INFO', 'memory'),
    ...loads,
  ]);
  return {
    epoch: epoch.status === 'fulfilled' ? Number(epoch.value ?? 0) : 0,
    refusal: loadingOf([epoch, ...loaded]) ?? copyOf(role),
    eviction: memory.status === 'fulfilled' ? evictionOf(String(memory.value)) : undefined,
  };
}

type Settled = PromiseSettledResult<Reply>;

/** Nothing that fails here but the rights of an account may be passed over. */
function loadingOf(answers: readonly Settled[]): string | undefined {
  for (const answer of answers) {
    if (answer.status === 'fulfilled') continue;
    const reason = answer.reason instanceof Error ? answer.reason.message : String(answer.reason);
    if (!/^(NOPERM|OOM|ERR)/.test(reason)) return reason;
  }
  return undefined;
}

function copyOf(role: Settled): string | undefined {
  if (role.status === 'rejected' || !Array.isArray(role.value) || role.value[0] !== 'slave') return undefined;
  return `READONLY it copies ${String(role.value[1])}:${String(role.value[2])}`;
}

/** Reads the section `memory` of INFO. A limit of 0 is none. */
export function evictionOf(info: string): string | undefined {
  const limit = Number(/^maxmemory:(\d+)/m.exec(info)?.[1] ?? 0);
  const policy = /^maxmemory_policy:([a-z-]+)/m.exec(info)?.[1] ?? 'noeviction';
  return limit === 0 || policy === 'noeviction' ? undefined : `${policy} of ${String(limit)} bytes`;
}
