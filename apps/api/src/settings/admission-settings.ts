import { isIP } from 'node:net';
import { apiEnvironment as names } from '@tagservice/contracts';
import type { QuotaLimits } from '@tagservice/tag-store';
import { integerField, listField, parseEnvironment, variable } from '@tagservice/service-kit';
import type { Environment } from '@tagservice/service-kit';
import { z } from 'zod';
import type { Shares } from '../admission/class-gate.ts';
import { FEATURES } from '../admission/features.ts';
import type { Feature, FeaturesOff } from '../admission/features.ts';

/** Who is let in, and how much. */
export interface AdmissionSettings {
  /** Of each tenant; undefined: requests are not counted. */
  readonly limits: QuotaLimits | undefined;
  /** Most bytes of a body. */
  readonly bodyBytes: number;
  readonly shares: Shares;
  /** Percent of requests that are let through. */
  readonly throttle: number;
  readonly featuresOff: FeaturesOff;
  /** Networks (CIDR) of proxies whose word about the address of the client counts. */
  readonly trustedProxies: readonly string[];
}

const sharesText = /^(\d{1,3}),(\d{1,3}),(\d{1,3})$/;
const featuresText = new RegExp(`^(${FEATURES.join('|')})=(true|false)$`);

const NETWORKS = 'Set networks such as 10.0.0.0/8, separated by commas.';

function isNetwork(text: string): boolean {
  const [, address = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(bits) <= (family === 4 ? 32 : 128);
}

const schema = z.object({
  [names.requestsPerMinute]: integerField({ min: 0, max: 10_000_000, fallback: 0 }, 'requests; 0 for no limit'),
  [names.burst]: integerField({ min: 1, max: 1_000_000, fallback: 100 }, 'requests'),
  [names.bodyBytes]: integerField({ min: 1_024, max: 16_777_216, fallback: 65_536 }, 'bytes'),
  [names.priorities]: variable(
    z
      .string()
      .regex(sharesText, 'is not three percentages')
      .transform((text) => text.split(',').map(Number))
      .refine((shares) => shares.reduce((sum, share) => sum + share, 0) <= 100, 'adds up to more than 100')
      .default([60, 30, 10]),
    { remedy: 'Set the percentages of critical, normal and bulk, as in 60,30,10.' },
  ),
  [names.throttle]: integerField({ min: 0, max: 100, fallback: 100 }, 'percent of requests that are let through'),
  [names.trustedProxies]: variable(
    listField(NETWORKS).refine((networks) => networks.every(isNetwork), 'names what is no network'),
    { remedy: NETWORKS },
  ),
  [names.features]: variable(
    z
      .string()
      .transform((text) => text.split(',').filter((word) => word !== ''))
      .refine((words) => words.every((word) => featuresText.test(word)), 'names a part that does not exist')
      .default([]),
    { remedy: `Set name=true or name=false, separated by commas; there are ${FEATURES.join(', ')}.` },
  ),
});

/**
 * Reads who is let in.
 *
 * @throws ConfigurationError
 */
export function readAdmissionSettings(environment: Environment): AdmissionSettings {
  const env = parseEnvironment(schema, environment);
  const perMinute = env.API_REQUESTS_PER_MINUTE;
  const [critical = 0, normal = 0, bulk = 0] = env.API_PRIORITIES;
  const off = env.API_FEATURES.filter((word) => word.endsWith('=false')).map((word) => word.split('=')[0] as Feature);
  return {
    limits: perMinute === 0 ? undefined : { perMinute, burst: env.API_BURST },
    bodyBytes: env.API_BODY_BYTES,
    shares: { critical, normal, bulk },
    throttle: env.API_THROTTLE,
    featuresOff: new Set(off),
    trustedProxies: env.API_TRUSTED_PROXIES,
  };
}

/** The settings where nothing is declared. */
export const openAdmission: AdmissionSettings = readAdmissionSettings({});
