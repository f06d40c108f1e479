import type { Caller } from '../identity/caller.ts';
import { extendRoute } from '../http/route-config.ts';
import { Problem, invalidParameter } from '../http/problem.error.ts';

/** Parts of the service that can be switched off. */
export const FEATURES = ['lists', 'related', 'batch', 'events', 'feedback', 'crawls'] as const;
export type Feature = (typeof FEATURES)[number];

/** What is switched off; everything else is on. */
export type FeaturesOff = ReadonlySet<Feature>;

declare module 'fastify' {
  interface FastifyContextConfig {
    feature?: Feature;
  }
}

/** The header with which testers switch parts on and off for one request. */
export const FEATURES_HEADER = 'x-tagservice-features';

/** Says that the route is a part of the service that can be switched off. */
export function PartOf(feature: Feature): MethodDecorator {
  return extendRoute({ feature });
}

export interface FeatureRequest {
  readonly off: FeaturesOff;
  readonly header: string | readonly string[] | undefined;
  readonly caller: Caller;
}

/**
 * Refuses what is switched off. `X-TagService-Features: related=on, batch=off` overrides that for one request of an administrator; nobody else may
 * send it, so that a switch holds.
 *
 * @throws Problem
 */
export function checkFeature(feature: Feature, { off, header, caller }: FeatureRequest): void {
  const override = header === undefined ? undefined : readOverride(header, caller).get(feature);
  if (override ?? !off.has(feature)) return;
  throw new Problem('FEATURE_OFF', { detail: `${feature} is switched off.` });
}

function readOverride(header: string | readonly string[], { scopes }: Caller): ReadonlyMap<string, boolean> {
  if (!scopes.has('admin'))
    throw new Problem('SCOPE_MISSING', { detail: `Only who has the scope admin may send ${FEATURES_HEADER}.` });
  const words = [header].flat().join(',').slice(0, 1_000).split(',');
  return new Map(
    words.map((word) => {
      const [, name = '', state] = /^\s*([a-z]{1,32})=(on|off)\s*$/.exec(word) ?? [];
      if (FEATURES.some((known) => known === name)) return [name, state === 'on'];
      throw invalidParameter(FEATURES_HEADER, 'A part is not known.', `Write ${FEATURES.join(', ')} with =on or =off.`);
    }),
  );
}
