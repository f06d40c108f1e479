import type { PageTags, PageTagsAnswer } from '@tagservice/contracts';
import type { Encoding } from '../manners/compression.ts';

/** A record ready to be sent: written out once, sent many times. */
export interface PreparedPage {
  readonly taggedAtMs: number;
  readonly fresh: PreparedBody;
  /** The same, and that it is stale. */
  readonly stale: PreparedBody;
  /** Of all that is kept, for the bound of the cache. */
  readonly bytes: number;
}

/** What is sent about a page, and under which name. */
export interface PreparedBody {
  readonly etag: string;
  readonly text: string;
  /** Bytes in UTF-8. */
  readonly length: number;
  /** How it has been sent to those who asked for less. Together no longer than the text. */
  readonly encoded: Map<Encoding, Buffer>;
}

/** Writes out a record. The entity tag is the job's own part of its id: each job writes a record at most once. */
export function preparePage(page: PageTags): PreparedPage {
  const { url, canonical, title, language, tags, taggedAt, truncated } = page;
  const names = canonical === undefined ? { url } : { url, canonical };
  const answer: PageTagsAnswer = {
    ...names,
    title,
    language,
    tags,
    taggedAt,
    ...(truncated === true && { truncated }),
  };
  const etag = page.jobId.slice(-16);
  const fresh = prepareBody(`"${etag}"`, answer);
  const stale = prepareBody(`"${etag}-stale"`, { ...answer, stale: true });
  return { taggedAtMs: Date.parse(taggedAt), fresh, stale, bytes: bytesOf(fresh) + bytesOf(stale) };
}

function prepareBody(etag: string, answer: PageTagsAnswer): PreparedBody {
  const text = JSON.stringify(answer);
  return { etag, text, length: Buffer.byteLength(text), encoded: new Map() };
}

/** Two for each character of a text that needs them, and the encoded forms that may come to it. */
const bytesOf = ({ text }: PreparedBody): number => 3 * text.length;

/** Keeps an encoded form, unless it and those before it are longer together than the text itself. */
export function keepEncoded({ encoded, text }: PreparedBody, encoding: Encoding, bytes: Buffer): void {
  const kept = [...encoded.values()].reduce((sum, { length }) => sum + length, 0);
  if (kept + bytes.length <= text.length) encoded.set(encoding, bytes);
}
