import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Answer } from '../http/answer.ts';
import { Problem } from '../http/problem.error.ts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';
import { parseKept } from './kept-answer.ts';
import type { Kept } from './kept-answer.ts';

/** How long an answer can be repeated; published in the OpenAPI document. */
export const REPEAT_FOR_MS = 86_400_000;
/** A request that has not been answered by then was lost with its instance; who asks again begins anew. */
const RUNNING_FOR_MS = 60_000;
/** Longer answers are not kept: 100 pages of 12 tags are about 150 kB. */
const KEPT_LENGTH = 1_000_000;

/** A request that is to have one effect, however often it is sent. */
export interface Repeatable {
  /** Keys of one tenant say nothing about those of another. */
  readonly tenant: string;
  /** The header as it came; undefined where the caller wants no such promise. */
  readonly key: string | undefined;
  /** Method and path. */
  readonly target: string;
  /** As it was read: the order of its members does not matter. */
  readonly body: unknown;
}

/** `Idempotency-Key` of the IETF draft (httpapi, 2025): the first answer is kept for a day and given again. */
@Injectable()
export class Idempotency {
  constructor(@Inject(PORTS) private readonly ports: ApiPorts) {}

  /**
   * Runs `work` once per key; answers of success and of refusal are kept, failures of ours are not: those may be tried again.
   *
   * @throws Problem for a key that is malformed, belongs to another request, or whose request is under way; StoreUnavailable
   */
  async run(request: Repeatable, work: () => Promise<Answer>): Promise<Answer> {
    if (request.key === undefined) return work();
    const note = noteKey(request.tenant, readKey(request.key));
    const fingerprint = fingerprintOf(request);
    const running = JSON.stringify({ fingerprint, began: this.ports.clock.now() } satisfies Kept);
    const { notes } = this.ports.side;
    const before = await notes.putIfAbsent(note, running, RUNNING_FOR_MS);
    if (before !== undefined) return repeat(parseKept(before), fingerprint);
    try {
      const answer = await work();
      await this.keep({ note, running }, { fingerprint, answer });
      return answer;
    } catch (error) {
      await this.forget(note, running);
      throw error;
    }
  }

  /** What cannot be forgotten ends by itself within a minute. */
  private async forget(note: string, running: string): Promise<void> {
    await this.ports.side.notes.remove(note, running).catch(() => undefined);
  }

  /** The work is done: an answer that cannot be kept must not become a failure, or it would be done twice. */
  private async keep({ note, running }: RunningNote, kept: Kept): Promise<void> {
    const text = JSON.stringify(kept);
    if (text.length > KEPT_LENGTH) return this.forget(note, running);
    await this.ports.side.notes.put(note, text, REPEAT_FOR_MS).catch((error: unknown) => {
      this.ports.logger.warn({ reason: error instanceof Error ? error.message : undefined }, 'answer is not kept');
    });
  }
}

/** What says that a request is under way. */
interface RunningNote {
  readonly note: string;
  readonly running: string;
}

function repeat(kept: Kept | undefined, fingerprint: string): Answer {
  if (kept === undefined || kept.fingerprint !== fingerprint) throw new Problem('IDEMPOTENCY_CONFLICT');
  if (kept.answer === undefined) throw new Problem('IDEMPOTENCY_RUNNING');
  return { ...kept.answer, headers: { ...kept.answer.headers, 'idempotency-replayed': 'true' } };
}

/** A structured-field string (RFC 9651); a bare one is taken too, as most clients send it. */
function readKey(header: string): string {
  const key = /^(?:"([\x20\x21\x23-\x5b\x5d-\x7e]{1,128})"|([\x21\x23-\x5b\x5d-\x7e]{1,128}))$/.exec(header.trim());
  const text = key?.[1] ?? key?.[2];
  if (text === undefined)
    throw new Problem('IDEMPOTENCY_KEY_INVALID', {
      errors: [{ pointer: 'Idempotency-Key', detail: 'It is not a quoted text of 1 to 128 visible characters.' }],
    });
  return text;
}

function noteKey(tenant: string, key: string): string {
  return `answer:${digest(JSON.stringify([tenant, key]))}`;
}

function fingerprintOf({ target, body }: Repeatable): string {
  return digest(`${target}\n${canonicalJson(body)}`);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** JSON with the members of objects in order, so that two spellings of one body are one request. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)))
      : member,
  );
}
