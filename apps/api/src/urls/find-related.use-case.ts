import { Inject, Injectable } from '@nestjs/common';
import { tagKey } from '@tagservice/contracts';
import type { JobDocument, PageTags, RelatedUrlsAnswer } from '@tagservice/contracts';
import { LRUCache } from 'lru-cache';
import { Problem } from '../http/problem.error.ts';
import { LastJobs } from '../jobs/last-jobs.ts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';
import { canonicalPage } from '../tags/canonical-page.ts';
import { Selection } from './selection.ts';
import type { Entry } from './selection.ts';

export interface RelatedQuery {
  readonly url: string;
  readonly limit: number;
  readonly perHost: number;
}

/** The answer, or the job that has to end before there can be one. */
export type Related = { readonly answer: RelatedUrlsAnswer } | { readonly job: JobDocument };

/** The best tags of a page that are followed, and the best URLs of each: 240 records read at most. */
const TAGS_FOLLOWED = 6;
const URLS_OF_TAG = 40;
/** Urls that a tag is compared with; also the bound of a posting. A tag of one page weighs 1, a tag of so many next to nothing. */
const MANY_URLS = 10_000;
/** What takes milliseconds to find is kept for a minute: new pages seldom change it. */
const KEPT = { max: 500, ttl: 60_000 };

interface Candidate {
  readonly entry: Entry;
  readonly tags: FollowedTag[];
  weight: number;
}

interface FollowedTag {
  readonly tag: string;
  /** How well it describes the page asked about, in [0, 1]. */
  readonly score: number;
  /** How rare it is, in [0, 1]. */
  readonly rarity: number;
}

/** Which URLs have tags in common with this one? */
@Injectable()
export class FindRelated {
  private readonly kept: LRUCache<string, RelatedUrlsAnswer>;

  constructor(
    @Inject(PORTS) private readonly ports: ApiPorts,
    private readonly lastJobs: LastJobs,
  ) {
    this.kept = new LRUCache({ ...KEPT, ttlResolution: 0, perf: this.ports.clock });
  }

  /** The most alike first. @throws Problem URL_UNKNOWN and those about the URL; StoreUnavailable */
  async find(query: RelatedQuery): Promise<Related> {
    const { url, hash } = canonicalPage(query.url);
    const key = [hash, query.limit, query.perHost].join(' ');
    const kept = this.kept.get(key);
    if (kept !== undefined) return { answer: kept };
    const page = await this.ports.store.readPage(hash);
    if (page === undefined) return { job: await this.jobOf(hash) };
    const answer = { url, urls: await this.relatedTo(page, query) };
    this.kept.set(key, answer);
    return { answer };
  }

  /** Of a page that is not known: what is being made. */
  private async jobOf(hash: string): Promise<JobDocument> {
    const last = await this.lastJobs.of(hash);
    if (last?.job.status === 'queued' || last?.job.status === 'running') return last.job;
    throw new Problem('URL_UNKNOWN');
  }

  private async relatedTo(page: PageTags, { limit, perHost }: RelatedQuery): Promise<RelatedUrlsAnswer['urls']> {
    const followed = await this.followed(page);
    const candidates = new Map<string, Candidate>();
    await Promise.all(
      followed.map(async (tag) => {
        const { urls } = await this.ports.store.urlsOfTag(tag.tag, { limit: URLS_OF_TAG });
        for (const entry of urls) collect(candidates, entry, tag);
      }),
    );
    const whole = followed.reduce((sum, { score, rarity }) => sum + score * rarity, 0);
    // Tags that say nothing about the page lead nowhere.
    if (whole === 0) return [];
    const selection = new Selection(perHost);
    selection.exclude(asEntry(page));
    return [...candidates.values()]
      .sort((left, right) => right.weight - left.weight || (left.entry.url < right.entry.url ? -1 : 1))
      .filter(({ entry }) => selectNext(selection, entry))
      .slice(0, limit)
      .map(({ entry: { url, title, taggedAt }, tags, weight }) => ({
        ...{ url, title, taggedAt, score: Math.round((weight / whole) * 1_000) / 1_000 },
        tags: tags.toSorted((left, right) => right.rarity - left.rarity).map(({ tag }) => tag),
      }));
  }

  private async followed({ tags }: PageTags): Promise<FollowedTag[]> {
    const best = tags.toSorted((left, right) => right.score - left.score).slice(0, TAGS_FOLLOWED);
    const counts = await this.ports.store.countUrls(best.map(({ tag }) => tag));
    return best.map(({ tag, score }, index) => ({ tag, score, rarity: rarityOf(counts[index] ?? 0) }));
  }
}

/** As the inverse document frequency of text search, brought into [0, 1]. */
function rarityOf(urls: number): number {
  return Math.log(1 + MANY_URLS / Math.max(1, urls)) / Math.log(1 + MANY_URLS);
}

/** What both pages say of a tag is the lesser of their scores. */
function collect(candidates: Map<string, Candidate>, entry: Entry, tag: FollowedTag): void {
  const candidate = candidates.get(entry.urlHash) ?? { entry, tags: [], weight: 0 };
  candidate.tags.push(tag);
  candidate.weight += tag.rarity * Math.min(tag.score, entry.score);
  candidates.set(entry.urlHash, candidate);
}

function selectNext(selection: Selection, entry: Entry): boolean {
  const admitted = selection.admits(entry);
  if (admitted) selection.take(entry);
  return admitted;
}

function asEntry({ url, urlHash, title, taggedAt, canonical, tags }: PageTags): Entry {
  const best = tags.toSorted((left, right) => right.score - left.score);
  return { url, urlHash, title, score: 1, taggedAt, canonical, tags: best.map(({ tag }) => tagKey(tag)) };
}
