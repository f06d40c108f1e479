import type { ProblemCode } from './errors.ts';
import { canonicalUrl, urlHash } from './canonical-url.ts';
import { urlHashOfJob } from './job-id.ts';
import { messageFormats, readableVersions, type MessageFormat } from './message-formats.ts';
import type { DeadLetter, TagOutcome, TagRequest } from './messages.ts';

/** Why a message cannot be read. */
export type MessageProblemCode = Extract<ProblemCode, `MESSAGE_${string}`>;

/** A decoded message, or the coded reason why it is poison. */
export type Decoded<T> =
  | { readonly ok: true; readonly message: T }
  | { readonly ok: false; readonly problem: MessageProblemCode; readonly detail: string };

/** Longest detail of a reason, in UTF-16 units: what came may be quoted in it. */
const detailMax = 1_000;

/** Reads a request. Never throws: whatever bytes arrive, the answer is a message or a coded reason. */
export function decodeTagRequest(value: Uint8Array | null): Decoded<TagRequest> {
  const decoded = decode(value, messageFormats.request);
  return decoded.ok ? consistent(decoded.message) : decoded;
}

/** Reads an outcome. Never throws. */
export function decodeTagOutcome(value: Uint8Array | null): Decoded<TagOutcome> {
  return decode(value, messageFormats.outcome);
}

/** Reads a dead letter. Never throws. */
export function decodeDeadLetter(value: Uint8Array | null): Decoded<DeadLetter> {
  return decode(value, messageFormats.deadLetter);
}

/** Writes any message of this release. */
export function encodeMessage(message: TagRequest | TagOutcome | DeadLetter): string {
  return JSON.stringify(message);
}

/**
 * A request whose parts contradict each other would write one page's tags under another's key. Its address may be spelled by the rules of
 * another release: which spelling is the canonical one changes with them, and the caller waits under the hash of the one it sent.
 */
function consistent(request: TagRequest): Decoded<TagRequest> {
  const address = canonicalUrl(request.url);
  if (!address.ok) return poison('MESSAGE_SHAPE', `url: ${address.problem}: ${address.detail}`);
  if (urlHash(request.url) !== request.urlHash) return poison('MESSAGE_SHAPE', 'urlHash: not the hash of url');
  if (urlHashOfJob(request.jobId) !== request.urlHash)
    return poison('MESSAGE_SHAPE', 'jobId: does not begin with urlHash');
  return { ok: true, message: request };
}

function decode<T>(value: Uint8Array | null, format: MessageFormat<T>): Decoded<T> {
  const { maxBytes } = format;
  if (value === null || value.byteLength === 0) return poison('MESSAGE_EMPTY', 'The value is empty.');
  if (value.byteLength > maxBytes) {
    return poison('MESSAGE_TOO_LARGE', `${String(value.byteLength)} bytes; the limit is ${String(maxBytes)}.`);
  }
  const parsed = parseJson(value);
  if (!parsed.ok) return poison('MESSAGE_NOT_JSON', parsed.detail);
  const version = versionOf(parsed.json);
  if (version === undefined) return poison('MESSAGE_SHAPE', 'version: missing or not a number');
  const readable = readableVersions(format);
  if (!readable.includes(version)) {
    const reads = readable.map(String).join(' and ');
    return poison('MESSAGE_VERSION', `version ${String(version)}; this release reads ${reads}.`);
  }
  return check(version === format.version ? parsed.json : format.upgrade(parsed.json as Former), format);
}

/** A parsed message of the version before: an object with a version; nothing else is known of it. */
type Former = Readonly<Record<string, unknown>>;

function check<T>(json: unknown, { schema }: MessageFormat<T>): Decoded<T> {
  const checked = schema.safeParse(json);
  if (checked.success) return { ok: true, message: checked.data };
  const issues = checked.error.issues.slice(0, 3).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  return poison('MESSAGE_SHAPE', issues.join('; '));
}

function parseJson(value: Uint8Array): { ok: true; json: unknown } | { ok: false; detail: string } {
  try {
    return { ok: true, json: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value)) as unknown };
  } catch (error) {
    // Deep nesting ends in a RangeError, damaged UTF-8 in a TypeError: all of them are poison, none is ours.
    return { ok: false, detail: error instanceof Error ? error.message.slice(0, 200) : 'unreadable' };
  }
}

function versionOf(json: unknown): number | undefined {
  if (typeof json !== 'object' || json === null || !('version' in json)) return undefined;
  return typeof json.version === 'number' ? json.version : undefined;
}

function poison(problem: MessageProblemCode, detail: string): Extract<Decoded<never>, { ok: false }> {
  return { ok: false, problem, detail: detail.slice(0, detailMax) };
}
