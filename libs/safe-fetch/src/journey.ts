import type { Network } from './address.ts';
import type { Deadline } from './deadline.ts';
import { requestHop } from './hop.ts';
import type { Hop } from './hop.ts';
import type { Layers } from './layers.ts';
import type { Resolve } from './resolve.ts';
import { FetchFailure } from './result.ts';
import { checkTarget, hostOf, parseLocation, parseTarget } from './target.ts';
import { outcomeOfAnswer, outcomeOfError } from './turn-outcome.ts';
import type { HostTurns, Turn, TurnOutcome } from './turns.ts';
import type { Wire } from './wire.ts';

/** What one fetch goes by on all its hops. */
export interface Journey {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly userAgent: string;
  readonly deadline: Deadline;
  readonly turns: HostTurns;
  readonly allowed: readonly Network[];
  readonly resolve: Resolve;
  readonly layers: Layers;
  readonly wire: Wire;
}

/** What is wanted at the end of the way. */
export interface Errand<Found> {
  readonly mostRedirects: number;
  readonly accept: string;
  /** Further headers of the request for a URL. */
  readonly conditions?: (url: URL) => Readonly<Record<string, string>>;
  /** Asked before each hop, while the time stands still; throws where the URL must not be fetched. */
  readonly permit?: (url: URL, signal: AbortSignal) => Promise<void>;
  /** Reads the answer that is no redirect; the connection is closed when it has settled. */
  readonly read: (hop: Hop, url: URL) => Promise<Found>;
}

/**
 * Goes from one URL over redirects to an answer and reads it. Each hop is judged anew, on a connection of its own.
 *
 * @throws FetchFailure, and whatever the network throws
 */
export async function travel<Found>(start: string, journey: Journey, errand: Errand<Found>): Promise<Found> {
  let url = firstUrl(start, journey.layers);
  for (let redirects = 0; redirects <= errand.mostRedirects; redirects += 1) {
    const stop = await visit(url, journey, errand);
    if (!('next' in stop)) return stop.found;
    url = stop.next;
  }
  throw new FetchFailure('FETCH_REDIRECT', `The page redirects more than ${String(errand.mostRedirects)} times.`, {
    reason: 'count',
  });
}

type Stop<Found> = { readonly next: URL } | { readonly found: Found };

/** One hop: checked, permitted, and in its turn. */
async function visit<Found>(url: URL, journey: Journey, errand: Errand<Found>): Promise<Stop<Found>> {
  const { deadline } = journey;
  const { signal } = deadline;
  const target = await withLimit(checkTarget(url, { ...journey, signal }), signal);
  const { permit } = errand;
  if (permit !== undefined) await deadline.paused((given) => withLimit(permit(url, given), given));
  const turn = await deadline.paused((given) => takeTurn(url, journey.turns, given));
  let outcome: TurnOutcome = { kind: 'void' };
  try {
    const hop = await requestHop(target, {
      ...journey,
      signal,
      accept: errand.accept,
      conditions: errand.conditions?.(url) ?? {},
      headersTimeoutMs: Math.ceil(journey.timeoutMs / 2),
      idleTimeoutMs: Math.ceil(journey.timeoutMs / 4),
    });
    outcome = outcomeOfAnswer(hop.response);
    return await stopAt(hop, url, { journey, errand });
  } catch (error) {
    if (!deadline.calledOff) outcome = outcomeOfError(error, outcome);
    throw error;
  } finally {
    turn.leave(outcome);
  }
}

async function stopAt<Found>(
  hop: Hop,
  url: URL,
  { journey, errand }: { readonly journey: Journey; readonly errand: Errand<Found> },
): Promise<Stop<Found>> {
  try {
    const next = redirectOf(hop, url, journey.layers);
    return next === undefined ? { found: await errand.read(hop, url) } : { next };
  } finally {
    // Not awaited: a body that was cut off must not hold up the answer.
    void hop.client.destroy();
  }
}

async function takeTurn(url: URL, turns: HostTurns, signal: AbortSignal): Promise<Turn> {
  const turn = await turns.enter(hostOf(url), signal);
  if (turn.ok) return turn;
  const { reason, retryAfterMs } = turn;
  throw new FetchFailure('FETCH_HOST_BUSY', busyDetails[reason], { reason, retriable: true, retryAfterMs });
}

const busyDetails = {
  busy: 'The host of the page is being asked as often as it may be.',
  resting: 'The host of the page wants to be left alone for a while.',
  broken: 'The host of the page has failed too often just now.',
};

function firstUrl(start: string, layers: Layers): URL {
  const lenient = layers.url ? null : URL.parse(start);
  return lenient ?? parseTarget(start);
}

/** Work that cannot always be cancelled, such as name resolution; the caller's time is over all the same. */
async function withLimit<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => {
    reject(signal.reason as Error);
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function redirectOf({ response }: Hop, from: URL, layers: Layers): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(response.statusCode)) return undefined;
  const location = response.headers.location;
  // Two of them are two places, and which one counts is anybody's guess.
  if (typeof location !== 'string') {
    throw new FetchFailure('FETCH_REDIRECT', 'The page redirects to nowhere.', { reason: 'location' });
  }
  const url = layers.url ? parseLocation(location, from) : new URL(location, from.href);
  if (from.protocol === 'https:' && url.protocol === 'http:') {
    throw new FetchFailure('FETCH_REDIRECT', 'The page redirects from https to http.', { reason: 'downgrade' });
  }
  url.hash = '';
  return layers.url ? parseTarget(url.href) : url;
}
