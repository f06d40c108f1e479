import {
  createCache,
  CustomResourceDefinition,
  pause,
  type Cache,
  type Clock,
  type KubeClient,
  type Logger,
} from '@tagservice/controller-runtime';
import { customResourceDefinition, SCHEMA_HASH_ANNOTATION } from '@tagservice/crd';
import { Gauge, type Registry } from 'prom-client';

/** Whether the definition that is installed is the one that this operator was built for. */
export interface DefinitionWatch {
  /** Why the operator must not act; undefined while the definition fits, or cannot be read and so is nothing against it. */
  problem(): string | undefined;
  /** What a reader of the readiness page should know; undefined while the definition was read and fits. */
  detail(): string | undefined;
  /** Begins to watch; resolves when the definition was read, at the latest after a short time. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export type DefinitionWatchOptions = {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: Registry;
  /** Called when `problem` has changed. */
  readonly changed: () => void;
};

/** A missing right to read the definition must not keep the operator from starting. */
const FIRST_LOOK_MS = 1_000;

/** Watches the one definition by its name. */
export function watchDefinition(options: DefinitionWatchOptions): DefinitionWatch {
  const { client, clock, log, registry } = options;
  const { metadata } = customResourceDefinition();
  const wanted = metadata.annotations[SCHEMA_HASH_ANNOTATION] ?? '';
  // A cache of its own: the main one waits for all its kinds, and this one may be forbidden.
  const cache = createCache({ client, clock, log });
  const fieldSelector = `metadata.name=${metadata.name}`;
  const informer = cache.informer(CustomResourceDefinition, { fieldSelector, transform: withoutSchemas });
  const fits = new Gauge({
    name: 'tagservice_operator_definition_fits',
    help: 'Whether the installed CustomResourceDefinition is the one of this release: 1 yes, 0 no (nothing is done), -1 not readable.',
    registers: [registry],
  });
  fits.set(-1);
  let problem: string | undefined;

  function look(definition: CustomResourceDefinition): void {
    const before = problem;
    problem = mismatchOf(definition, wanted);
    fits.set(problem === undefined ? 1 : 0);
    if (problem === before) return;
    if (problem === undefined) log.info({}, 'the definition fits again');
    else log.error({}, problem);
    options.changed();
  }

  // While it is gone there are no TagServices either; the last finding stays.
  informer.addHandler({
    add: look,
    update: (_before, after) => {
      look(after);
    },
  });
  return {
    problem: () => problem,
    detail: () => problem ?? (informer.store.hasSynced() ? undefined : unreadable(cache)),
    async start() {
      const begun = cache.start().catch(() => undefined);
      await Promise.race([begun, pause(clock, FIRST_LOOK_MS, new AbortController().signal)]);
      if (!informer.store.hasSynced()) log.warn({}, unreadable(cache));
    },
    stop: () => cache.stop(),
  };
}

function mismatchOf({ metadata }: CustomResourceDefinition, wanted: string): string | undefined {
  const found = metadata.annotations?.[SCHEMA_HASH_ANNOTATION];
  if (found === wanted) return undefined;
  const installed =
    found === undefined ? 'carries no schema hash, so it is of an older release' : `has schema hash ${found}`;
  return `CustomResourceDefinition ${metadata.name} ${installed}, and this operator was built for ${wanted}: nothing is changed until both are of one release; upgrade the definitions (crds/) or the operator`;
}

function unreadable(cache: Cache): string {
  const [problem] = cache.problems();
  const { error } = problem ?? {};
  const cause = error instanceof Error ? error.message : 'no answer yet';
  return `the CustomResourceDefinition cannot be compared with this release (${cause}): grant get, list and watch on it; the operator acts all the same`;
}

/** Only its annotations are looked at. */
function withoutSchemas(definition: CustomResourceDefinition): CustomResourceDefinition {
  return { ...definition, spec: { ...definition.spec, versions: [] } as never };
}
