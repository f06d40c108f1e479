import { z } from 'zod';
import { sharesFit } from '../auth.rules.ts';
import { section, whole } from '../schema-kit.ts';

export const limitsSchema = section('How much one tenant may ask, counted over all pods of the API.', {
  requestsPerMinute: whole(
    'Requests a minute that each tenant may send in the long run. Default 600 where auth.mode is JWT. With Anonymous there are no tenants: requests are counted only if this is written, by the address of the client (IPv6: by its network of 64 bits). Beyond it: 429 with Retry-After. While Redis is away each pod allows its part.',
    { min: 1, max: 10_000_000 },
  ).exactOptional(),
  burst: whole(
    'Requests that a tenant may send at once after it was quiet. Default 100. Without effect where requests are not counted.',
    { min: 1, max: 1_000_000 },
  ).default(100),
  bodyBytes: whole('Most bytes of the body of a request. Default 65536. Larger: 413.', {
    min: 1_024,
    max: 16_777_216,
  }).default(65_536),
});

const share = (who: string, percent: number) =>
  whole(
    `Percent of the requests in flight that ${who} is sure of. Default ${String(percent)}. What nobody uses is for everybody; 0: only what others leave.`,
    { min: 0, max: 100 },
  ).default(percent);

export const prioritiesSchema = section(
  'Who goes first when there is too much to do, by the claim `class` of the token: critical, normal (also without the claim) or bulk.',
  {
    critical: share('class critical', 60),
    normal: share('class normal', 30),
    bulk: share('class bulk', 10),
  },
  { rules: [sharesFit] },
);

export const throttleSchema = whole(
  'Percent of requests that are let through: a declared brown-out, to spare what is behind the service. Default 100. What a pod remembers is answered all the same; the rest is refused with 503 and Retry-After. 0: only what is remembered.',
  { min: 0, max: 100 },
).default(100);

const feature = (what: string) =>
  z
    .boolean()
    .meta({ description: `${what}. Default true. With false its paths answer 404.` })
    .default(true);

export const featuresSchema = section(
  'Parts of the service that can be switched off. The header X-TagService-Features (as in related=on) overrides this for one request of a caller with the scope admin.',
  {
    lists: feature('URLs of a tag'),
    related: feature('Pages that are related to a page'),
    batch: feature('Many URLs in one request'),
    events: feature('Following a job by server-sent events'),
    feedback: feature('Accepting and rejecting tags'),
    crawls: feature('Planning crawls of many pages, or of a sitemap; those that are planned go on'),
  },
);
