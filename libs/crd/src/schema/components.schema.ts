import { proxyIsCidr } from '../auth.rules.ts';
import { durationBetween, freshBeforeStale, networkIsCidr, sizeBetween } from '../rules.ts';
import { choice, duration, ratio, section, setOf, size, text, whole } from '../schema-kit.ts';
import { featuresSchema, limitsSchema, prioritiesSchema, throttleSchema } from './api-admission.schema.ts';
import { authSchema } from './api-auth.schema.ts';
import { podSchema } from './pod.schema.ts';

const proxyNetwork = text('A network in CIDR form, for example 10.0.0.0/8.', {
  max: 49,
  pattern: '^[0-9a-fA-F:.]+/[0-9]{1,3}$',
  rules: [proxyIsCidr],
});

export const apiSchema = section('The HTTP service that answers questions about tags.', {
  deadline: duration(
    'Time that a request for tags not known yet may wait for them. Default 5s. When it is over, the answer is 202 with a job to ask later.',
    { rule: durationBetween('api.deadline', '100ms', '60s') },
  ).default('5s'),
  cache: section(
    'How old an answer may be.',
    {
      freshFor: duration(
        'Age up to which stored tags are answered as they are. Default 24h. Older: they are answered while new ones are made.',
        {
          rule: durationBetween('api.cache.freshFor', '1s', '365d'),
        },
      ).default('24h'),
      serveStaleFor: duration(
        'Age up to which stored tags may be answered at all. Default 7d. Older: they count as unknown.',
        {
          rule: durationBetween('api.cache.serveStaleFor', '1s', '365d'),
        },
      ).default('7d'),
    },
    { rules: [freshBeforeStale] },
  ),
  auth: authSchema,
  limits: limitsSchema,
  trustedProxies: setOf(
    'Networks, as CIDR, of proxies and gateways before the API. What they say in X-Forwarded-For counts as the address of the client, by which requests are counted where auth.mode is Anonymous. Default: none, so that nobody can invent an address. At most 32.',
    proxyNetwork,
    { max: 32 },
  ).default([]),
  priorities: prioritiesSchema,
  throttle: throttleSchema,
  features: featuresSchema,
  pod: podSchema('api'),
});

const network = text('A network in CIDR form, for example 10.96.0.0/12 or fd00::/8.', {
  max: 49,
  pattern: '^[0-9a-fA-F:.]+/[0-9]{1,3}$',
  rules: [networkIsCidr],
});

const fetchSchema = section('How pages are fetched.', {
  timeout: duration(
    'Longest time for one page, redirects included. Default 10s. Longer: the attempt fails and is repeated later.',
    {
      rule: durationBetween('compute.fetch.timeout', '100ms', '2m'),
    },
  ).default('10s'),
  bodyBytes: size(
    'Most bytes of a page that are read, after decompression. Default 2Mi. Longer pages are tagged by their beginning.',
    {
      rule: sizeBetween('compute.fetch.bodyBytes', '1Ki', '16Mi'),
    },
  ).default('2Mi'),
  perHostConcurrency: whole(
    'Requests that one host gets at the same time, over all pods. Default 2. Pages of a host that must wait longer than a few seconds are put back behind others.',
    { min: 1, max: 64 },
  ).default(2),
  perHostInterval: duration(
    'Least time between the beginnings of two requests to one host, over all pods. Default 500ms. At 0s only perHostConcurrency bounds them. A host that names a time in Retry-After is left alone until then.',
    { rule: durationBetween('compute.fetch.perHostInterval', '0s', '1m') },
  ).default('500ms'),
  robots: choice(
    'Whether the robots.txt of a site decides which of its pages are fetched. Default Respect: a page that it does not allow fails with FETCH_ROBOTS; so does every page of a site whose file cannot be read. With Ignore it is not asked for.',
    ['Respect', 'Ignore'],
  ).default('Respect'),
  userAgent: text(
    'User-Agent that sites see; its first word is the name that rules of a robots.txt go by. Default: TagService with its version.',
    {
      max: 256,
      pattern: String.raw`^[\x20-\x7e]+$`,
    },
  ).exactOptional(),
  allowedNetworks: setOf(
    'Private networks from which pages may be fetched although they are not public, as CIDR. Default: none, so that a URL cannot reach into the cluster. At most 32.',
    network,
    { max: 32 },
  ).default([]),
});

export const computeSchema = section('The workers that fetch pages and make tags.', {
  concurrency: whole(
    'URLs that one pod works on at the same time. Default 16. More needs more memory: about 8Mi each beside bodyBytes.',
    {
      min: 1,
      max: 256,
    },
  ).default(16),
  attempts: whole(
    'Times that one URL is tried. Default 4. After the last failure it goes to the dead letters and its job ends failed with the reason.',
    {
      min: 1,
      max: 20,
    },
  ).default(4),
  fetch: fetchSchema,
  tags: section('Which tags are kept.', {
    max: whole('Most tags of one page. Default 12. The best by score are kept.', { min: 1, max: 64 }).default(12),
    minimumScore: ratio('Least score of a kept tag, 0 to 1. Default 0.1. At 1 hardly any page has tags.', {
      min: 0,
      max: 1,
    }).default(0.1),
    keepFor: duration(
      'Time that the tags of a page are kept after they were made. Default: for good. When it is over, the URL is unknown again and is found by none of its tags. Shorter than api.cache.serveStaleFor, it decides how old an answer may be.',
      { rule: durationBetween('compute.tags.keepFor', '1h', '3650d') },
    ).exactOptional(),
  }),
  pod: podSchema('compute'),
});
