import {
  ApiError,
  keyOf,
  keyText,
  type Applied,
  type Clock,
  type KubeObject,
  type Resource,
} from '@tagservice/controller-runtime';
import { InvalidChildError } from '../step/outcome.ts';
import { COMPONENT_LABEL } from './labels.ts';
import { specFieldOf } from './spec-field.ts';

/** One child that is about to be written. */
export type Attempt = {
  readonly resource: Resource;
  readonly wanted: Applied<KubeObject>;
  readonly concern: string;
  readonly owner: KubeObject;
};

type Refusal = {
  readonly content: string;
  readonly count: number;
  readonly until: number;
  readonly error: InvalidChildError;
};

/** A refusal may have been a passing one (a webhook), so it is tried again soon for some time, and then seldom. */
const SOON_MS = 4_000;
const SOON_ATTEMPTS = 10;
const LATER_MS = 300_000;

/**
 * Remembers which children the API server found invalid, so that the same content is not sent again and again: only another content, or time,
 * can change the answer.
 */
export class Refusals {
  readonly #clock: Clock;
  readonly #known = new Map<string, Refusal>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Throws at once while a refusal of this very content stands. Otherwise answers a function that runs the write and turns a refusal into
   * {@link InvalidChildError}, which names the field of the TagService.
   */
  attempt({ resource, wanted, concern, owner }: Attempt): <R>(write: () => Promise<R>) => Promise<R> {
    const key = `${owner.metadata.uid} ${resource.kind} ${keyText(keyOf(wanted))}`;
    const content = JSON.stringify(wanted);
    const former = this.#known.get(key);
    if (former?.content === content && this.#clock.monotonic() < former.until) throw former.error;
    return async (write) => {
      try {
        const result = await write();
        this.#known.delete(key);
        return result;
      } catch (error) {
        if (!(error instanceof ApiError) || !isRefusal(error)) throw error;
        const count = former?.content === content ? former.count + 1 : 1;
        const until = this.#clock.monotonic() + (count < SOON_ATTEMPTS ? SOON_MS : LATER_MS);
        const refusal = new InvalidChildError(messageOf(error, { resource, wanted, concern }), error);
        this.#known.set(key, { content, count, until, error: refusal });
        throw refusal;
      }
    };
  }

  /** A TagService (by its uid) is gone. */
  forget(uid: string): void {
    for (const key of this.#known.keys()) if (key.startsWith(`${uid} `)) this.#known.delete(key);
  }
}

/** 422 names fields; 400 says that a value cannot be read at all; a typed patch cannot be made of lists with equal keys. */
function isRefusal(error: ApiError): boolean {
  return error.code === 422 || error.code === 400 || (error.code === 500 && error.message.includes('typed patch'));
}

function messageOf(error: ApiError, { resource, wanted, concern }: Omit<Attempt, 'owner'>): string {
  const child = `${resource.kind} ${wanted.metadata.name}`;
  const part = partOf(wanted, concern);
  const causes = error.details?.causes ?? [];
  if (causes.length === 0) {
    const field = specFieldOf(part, error.message);
    return `${field}: the API server cannot read ${child} (${lastPart(error.message)}): correct the field`;
  }
  const parts = causes.map(
    (cause) => `${specFieldOf(part, cause.field ?? '')}: ${lastPart(cause.message ?? '')} (${cause.field ?? child})`,
  );
  return `the API server refuses ${child}: ${[...new Set(parts)].join('; ')}: correct the field`;
}

/** What of the spec a child follows from: a rollout makes children of several components. */
function partOf({ metadata }: Applied<KubeObject>, concern: string): string {
  return (concern === 'rollout' ? metadata.labels?.[COMPONENT_LABEL] : undefined) ?? concern;
}

/** What was found wrong, without the kind of mistake before it and the regular expression behind it. */
const lastPart = (message: string): string =>
  message
    .replace(/^.*?: /, '')
    .replace(/ \(e\.g\. .*$/s, '')
    .slice(0, 240);
