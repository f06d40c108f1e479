import { relatedUrlsAnswerSchema, tagUrlsAnswerSchema } from '@tagservice/contracts';
import type { PageTags } from '@tagservice/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemIn, startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';

let test: TestApi;
beforeEach(async () => {
  test = await startTestApi();
});
afterEach(() => test.close());

const tag = (name: string, score: number) => ({ tag: name, score, evidence: [] });

/** A page with its own title, unless told. */
async function seed(url: string, tags: Readonly<Record<string, number>>, over: Partial<PageTags> = {}): Promise<void> {
  const all = Object.entries(tags).map(([name, score]) => tag(name, score));
  await test.seed(url, { title: `Title of ${url}`, tags: all, ...over });
}

async function list(path: string) {
  const answer = await test.get(path);
  expect(answer.statusCode, answer.body).toBe(200);
  const { urls, next } = tagUrlsAnswerSchema.parse(answer.json());
  return { urls: urls.map(({ url }) => url), next, link: answer.headers['link'] };
}

/** All pages of a list, each by the cursor of the one before. */
async function listAll(path: string): Promise<string[]> {
  const urls: string[] = [];
  let cursor = '';
  for (let pages = 0; pages < 50; pages += 1) {
    const page = await list(`${path}${cursor}`);
    urls.push(...page.urls);
    if (page.next === undefined) return urls;
    cursor = `&cursor=${page.next}`;
  }
  throw new Error('The list does not end.');
}

describe('asking for the URLs of a tag', () => {
  const hosts = ['a', 'b', 'c', 'd', 'e'].map((host) => `https://${host}.org/`);
  const seedHosts = async () => {
    for (const [index, url] of hosts.entries()) await seed(url, { 'honey bees': 0.9 - index / 10 });
  };

  it('gives the best first, page by page', async () => {
    await seedHosts();
    const first = await list('/v1/tags/honey%20bees/urls?limit=2');
    expect(first.urls).toEqual(hosts.slice(0, 2));
    expect(first.link).toBe(`</v1/tags/honey%20bees/urls?limit=2&cursor=${first.next ?? ''}>; rel="next"`);
    const second = await list(`/v1/tags/honey%20bees/urls?limit=2&cursor=${first.next ?? ''}`);
    expect(second.urls).toEqual(hosts.slice(2, 4));
    const last = await test.get(`/v1/tags/honey%20bees/urls?limit=2&cursor=${second.next ?? ''}`);
    expect(last.json()).toMatchObject({ tag: 'honey bees', urls: [{ url: hosts[4], score: 0.5 }] });
    expect(last.json()).not.toHaveProperty('next');
  });

  it('tells of no further page when there is none', async () => {
    await seedHosts();
    expect((await list('/v1/tags/honey%20bees/urls?limit=5')).next).toBeUndefined();
  });

  it('does not mind upper case, spaces around it, a page size that is too large, or a tag that nobody has', async () => {
    await seedHosts();
    expect((await list('/v1/tags/%20Honey%20BEES%20/urls?limit=5000')).urls).toHaveLength(5);
    expect((await test.get('/v1/tags/wasps/urls')).json()).toEqual({ tag: 'wasps', urls: [] });
  });

  it('names at most two pages of a host, over all pages of the list, unless more are asked for', async () => {
    for (let index = 0; index < 6; index += 1) await seed(`https://www.big.org/${String(index)}`, { bees: 0.9 });
    await seed('https://small.org/', { bees: 0.1 });
    for (const size of [1, 2, 20]) {
      const urls = await listAll(`/v1/tags/bees/urls?limit=${String(size)}`);
      expect(urls.filter((url) => url.startsWith('https://www.big.org'))).toHaveLength(2);
      expect(urls.at(-1)).toBe('https://small.org/');
    }
    expect(await listAll('/v1/tags/bees/urls?limit=2&perHost=4')).toHaveLength(5);
    expect(await listAll('/v1/tags/bees/urls?perHost=1000')).toHaveLength(7);
  });

  it('counts a host with and without www as one', async () => {
    for (const url of ['https://a.org/1', 'https://www.a.org/2', 'http://a.org/3']) await seed(url, { bees: 0.5 });
    expect((await list('/v1/tags/bees/urls')).urls).toHaveLength(2);
  });

  it('names only the best of pages that are nearly the same, on whatever page of the list they are', async () => {
    const tags = { bees: 0.9, hives: 0.8, honey: 0.7, wax: 0.6 };
    await seed('https://first.org/story', tags, { title: 'Bees & hives' });
    await seed('https://copy.org/story', { ...tags, bees: 0.8 }, { title: 'Bees  &  HIVES' });
    await seed('https://other.org/', { bees: 0.7, jazz: 0.9, drums: 0.8 }, { title: 'Bees & hives' });
    await seed('http://www.first.org/story/', { bees: 0.6, mirrored: 0.9 }, { title: 'Another title' });
    const wanted = ['https://first.org/story', 'https://other.org/'];
    expect((await list('/v1/tags/bees/urls')).urls).toEqual(wanted);
    expect(await listAll('/v1/tags/bees/urls?limit=1')).toEqual(wanted);
  });

  it('takes an address and the one that its page names as its own for one page', async () => {
    await seed('https://a.org/print', { bees: 0.9 }, { canonical: 'https://a.org/story' });
    await seed('https://a.org/story', { bees: 0.8, hives: 0.9 });
    expect((await list('/v1/tags/bees/urls')).urls).toEqual(['https://a.org/print']);
  });

  it('reads no more than a thousand entries for one answer, and goes on from there', async () => {
    for (let index = 0; index < 1_100; index += 1) await seed(`https://big.org/${String(index)}`, { bees: 0.9 });
    await seed('https://small.org/', { bees: 0.1 });
    const first = await list('/v1/tags/bees/urls');
    expect(first.urls).toHaveLength(2);
    const second = await list(`/v1/tags/bees/urls?cursor=${first.next ?? ''}`);
    expect(second).toMatchObject({ urls: ['https://small.org/'], next: undefined });
  });

  describe('with a cursor', () => {
    it('that was changed anywhere, cut off or made up is refused', async () => {
      await seedHosts();
      const { next = '' } = await list('/v1/tags/honey%20bees/urls?limit=2');
      const changed = Array.from(
        next,
        (letter, at) => `${next.slice(0, at)}${letter === 'A' ? 'B' : 'A'}${next.slice(at + 1)}`,
      );
      for (const cursor of [
        ...changed,
        next.slice(1),
        next.slice(0, -1),
        `${next}A`,
        'bm90aGluZw',
        '!!',
        'a'.repeat(4_000),
      ]) {
        const answer = await test.get(`/v1/tags/honey%20bees/urls?limit=2&cursor=${encodeURIComponent(cursor)}`);
        expect(answer.statusCode, cursor).toBe(400);
        expect(problemIn(answer).code).toBe('CURSOR_INVALID');
      }
    });

    it('of another tag or another limit of a host is refused; another page size is not', async () => {
      await seedHosts();
      const { next = '' } = await list('/v1/tags/honey%20bees/urls?limit=2');
      for (const path of ['/v1/tags/wasps/urls?limit=2', '/v1/tags/honey%20bees/urls?perHost=3'])
        expect(problemIn(await test.get(`${path}&cursor=${next}`)).code).toBe('CURSOR_INVALID');
      expect((await list(`/v1/tags/HONEY%20bees/urls?limit=9&cursor=${next}`)).urls).toEqual(hosts.slice(2));
    });

    it('is understood by every instance with the same key, and by no other', async () => {
      await seedHosts();
      const { next = '' } = await list('/v1/tags/honey%20bees/urls?limit=2');
      const same = await startTestApi();
      const other = await startTestApi({ cursorKey: new Uint8Array(32).fill(8) });
      expect((await same.get(`/v1/tags/honey%20bees/urls?cursor=${next}`)).statusCode).toBe(200);
      expect((await other.get(`/v1/tags/honey%20bees/urls?cursor=${next}`)).statusCode).toBe(400);
      await Promise.all([same.close(), other.close()]);
    });
  });

  it.each([
    ['/v1/tags/bees/urls?limit=0', 400, 'PARAMETER_INVALID'],
    ['/v1/tags/bees/urls?limit=many', 400, 'PARAMETER_INVALID'],
    ['/v1/tags/bees/urls?limit=-1', 400, 'PARAMETER_INVALID'],
    ['/v1/tags/bees/urls?perHost=0', 400, 'PARAMETER_INVALID'],
    ['/v1/tags/bees/urls?limit=2&limit=3', 400, 'PARAMETER_INVALID'],
    ['/v1/tags/bees/urls?offset=3', 400, 'PARAMETER_INVALID'],
    ['/v1/tags/bees/urls?cursor=%21%21', 400, 'CURSOR_INVALID'],
    ['/v1/tags/bees/urls?cursor=', 400, 'CURSOR_INVALID'],
    ['/v1/tags/%20/urls', 400, 'TAG_INVALID'],
    ['/v1/tags/a%00b/urls', 400, 'TAG_INVALID'],
    [`/v1/tags/${'a'.repeat(65)}/urls`, 400, 'TAG_INVALID'],
  ])('%s is answered with %i %s', async (path, status, code) => {
    const answer = await test.get(path);
    expect(answer.statusCode).toBe(status);
    expect(problemIn(answer).code).toBe(code);
  });

  it('says what is known where a parameter is not', async () => {
    const problem = problemIn(await test.get('/v1/tags/bees/urls?offset=3'));
    expect(problem.errors).toMatchObject([{ pointer: 'offset', fix: expect.stringContaining('perHost') as string }]);
  });

  it('is refused while Redis is away', async () => {
    test.store.setAvailable(false);
    expect(problemIn(await test.get('/v1/tags/bees/urls')).code).toBe('STORE_UNAVAILABLE');
  });
});

describe('asking for related URLs', () => {
  const hive = 'https://hive.org/';
  const related = async (url: string, more = '') => {
    const answer = await test.get(`/v1/urls:related?url=${encodeURIComponent(url)}${more}`);
    expect(answer.statusCode, answer.body).toBe(200);
    return relatedUrlsAnswerSchema.parse(answer.json());
  };

  it('names pages that share its tags, the rare ones counting more, and which they share', async () => {
    await seed(hive, { news: 0.8, apiary: 0.8 });
    await seed('https://rare.org/', { apiary: 0.8 });
    await seed('https://both.org/', { apiary: 0.8, news: 0.8 });
    await seed('https://none.org/', { jazz: 0.8 });
    for (let index = 0; index < 30; index += 1) await seed(`https://n${String(index)}.org/`, { news: 0.8 });
    const { url, urls } = await related(hive);
    expect(url).toBe(hive);
    expect(urls.slice(0, 2).map((one) => one.url)).toEqual(['https://both.org/', 'https://rare.org/']);
    expect(urls[0]).toMatchObject({ score: 1, tags: ['apiary', 'news'] });
    expect(urls[1]?.score).toBeGreaterThan(urls[2]?.score ?? 1);
    expect(urls.map((one) => one.url)).not.toContain('https://none.org/');
    expect(urls).toHaveLength(20);
  });

  it('never names the page itself, nor a copy of it', async () => {
    await seed(hive, { bees: 0.9, hives: 0.8 }, { title: 'Bees' });
    await seed('http://www.hive.org/', { bees: 0.9 }, { title: 'Other' });
    await seed('https://copy.org/', { bees: 0.9, hives: 0.8 }, { title: 'Bees' });
    await seed('https://else.org/', { bees: 0.9 });
    expect((await related(hive)).urls.map(({ url }) => url)).toEqual(['https://else.org/']);
  });

  it('names at most two pages of a host unless more are asked for, and as many as are asked for', async () => {
    await seed(hive, { bees: 0.9 });
    for (let index = 0; index < 5; index += 1) await seed(`https://big.org/${String(index)}`, { bees: 0.9 });
    expect((await related(hive)).urls).toHaveLength(2);
    expect((await related(hive, '&perHost=4')).urls).toHaveLength(4);
    expect((await related(hive, '&perHost=4&limit=3')).urls).toHaveLength(3);
  });

  it('reads a bounded number of postings, and none twice within a minute', async () => {
    const asked: string[] = [];
    const urlsOfTag = test.store.urlsOfTag.bind(test.store);
    test.store.urlsOfTag = (name, page) => {
      asked.push(`${name} ${String(page.limit)}`);
      return urlsOfTag(name, page);
    };
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`t${String(index)}`, 1 - index / 100]));
    await seed(hive, many);
    await related(hive);
    await related(`${hive}#part`);
    expect(asked).toEqual(['t0 40', 't1 40', 't2 40', 't3 40', 't4 40', 't5 40']);
    test.at(60_001);
    await related(hive);
    expect(asked).toHaveLength(12);
  });

  it.each<[string, Record<string, number>]>([
    ['without tags', {}],
    ['whose tags say nothing about it', { bees: 0 }],
  ])('of a page %s is an empty list', async (_, tags) => {
    await seed(hive, tags);
    await seed('https://else.org/', { bees: 0.9 });
    expect((await related(hive)).urls).toEqual([]);
  });

  it('of a page that nobody asked about is not found, and says what to do first', async () => {
    const answer = await test.get(`/v1/urls:related?url=${encodeURIComponent(hive)}`);
    expect(answer.statusCode).toBe(404);
    expect(problemIn(answer)).toMatchObject({
      code: 'URL_UNKNOWN',
      fix: expect.stringContaining('/v1/tags') as string,
    });
  });

  it('of a page whose tags are being made names the job, and has an answer when it is done', async () => {
    const job = (await test.tagsOf(hive, { prefer: 'respond-async' })).headers['location'];
    const answer = await test.get(`/v1/urls:related?url=${encodeURIComponent(hive)}`);
    expect(answer.statusCode).toBe(202);
    expect(answer.headers).toMatchObject({ location: job, 'retry-after': '1' });
    await test.compute(test.succeed);
    await expect
      .poll(async () => (await test.get(`/v1/urls:related?url=${encodeURIComponent(hive)}`)).statusCode)
      .toBe(200);
  });

  it.each([
    ['/v1/urls:related', 400, 'URL_MISSING'],
    ['/v1/urls:related?url=ftp%3A%2F%2Fa.org', 422, 'URL_SCHEME'],
    ['/v1/urls:related?url=https%3A%2F%2Fa.org&cursor=x', 400, 'PARAMETER_INVALID'],
  ])('%s is answered with %i %s', async (path, status, code) => {
    const answer = await test.get(path);
    expect(answer.statusCode).toBe(status);
    expect(problemIn(answer).code).toBe(code);
  });
});
