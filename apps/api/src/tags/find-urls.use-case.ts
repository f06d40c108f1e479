import { Inject, Injectable } from '@nestjs/common';
import { TAG_MAX_LENGTH } from '@tagservice/contracts';
import type { TagUrlsAnswer } from '@tagservice/contracts';
import { Problem } from '../http/problem.error.ts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';

export interface UrlsQuery {
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** Which URLs are known for this tag? */
@Injectable()
export class FindUrls {
  constructor(@Inject(PORTS) private readonly ports: ApiPorts) {}

  /** Best match first. @throws Problem, StoreUnavailable, InvalidCursor */
  async find(tag: string, { limit, cursor }: UrlsQuery): Promise<TagUrlsAnswer> {
    const name = normaliseTag(tag);
    const page = await this.ports.store.urlsOfTag(
      name,
      cursor === undefined ? { limit } : { limit, cursor: decodeCursor(cursor) },
    );
    return {
      tag: name,
      urls: page.urls.map(({ url, title, score, taggedAt }) => ({ url, title, score, taggedAt })),
      ...(page.cursor === undefined ? {} : { next: Buffer.from(page.cursor).toString('base64url') }),
    };
  }
}

/** The tag as an answer about a URL named it; how tags compare is the index's business. */
function normaliseTag(tag: string): string {
  const name = tag.normalize('NFC').trim();
  if (name.length < 1 || name.length > TAG_MAX_LENGTH || /\p{Cc}/u.test(name)) throw new Problem('TAG_INVALID');
  return name;
}

function decodeCursor(cursor: string): string {
  if (!/^[\w-]{1,512}$/.test(cursor)) throw new Problem('CURSOR_INVALID');
  return Buffer.from(cursor, 'base64url').toString();
}
