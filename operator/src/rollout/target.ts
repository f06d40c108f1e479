import { isControlledBy, Secret } from '@tagservice/controller-runtime';
import { namesOf } from '../children/names.ts';
import { digestOf, readInputs, type Content, type Inputs } from '../revision/inputs.ts';
import { referencesOf, type Reference } from '../revision/references.ts';
import { snapshotOf, TemplateTooLongError, type Snapshot } from '../revision/snapshot.ts';
import type { StepContext } from '../step/step.ts';
import type { WorkloadComponent } from './world.ts';

/** The revision that the spec describes, or what keeps it from being told. */
export type Target =
  | { readonly kind: 'known'; readonly snapshot: Snapshot }
  | Exclude<Inputs, { readonly kind: 'known' }>
  /** No revision can be made of this spec; `message` names the field and the remedy. */
  | { readonly kind: 'impossible'; readonly component: WorkloadComponent; readonly message: string };

export type TargetContext = Pick<StepContext, 'service' | 'owner' | 'images' | 'cache' | 'rollouts'>;

/** Several steps of one reconcile ask for the same. */
const known = new WeakMap<TargetContext['service'], Target>();

/** Looks up what the spec refers to, and makes the snapshot. */
export function targetOf(context: TargetContext): Target {
  const found = known.get(context.service) ?? findTarget(context);
  known.set(context.service, found);
  return found;
}

function findTarget(context: TargetContext): Target {
  const { service, owner, images, cache, rollouts } = context;
  const { namespace } = service.metadata;
  const { redisAuth } = namesOf(service);
  const references = referencesOf(service);
  // The passwords of Redis are ours, and in the cache as they are. Those of a former TagService of this name are on their way out: a revision
  // made of them would be followed by a rollout to the one of the new passwords.
  const auth = cache.store(Secret).get({ namespace, name: redisAuth });
  const data = auth !== undefined && isControlledBy(auth, owner) ? auth.data : undefined;
  // A plan shows what would follow although the passwords are not made yet; the hash will be another.
  const isMade = data !== undefined || service.spec.mode === 'Plan';
  const passwords: Content = !isMade
    ? { kind: 'absent' }
    : {
        kind: 'known',
        digests: new Map(Object.entries(data ?? { password: '' }).map(([key, value]) => [key, digestOf(value)])),
      };
  const read = ({ kind, name }: Pick<Reference, 'kind' | 'name'>): Content =>
    kind === 'Secret' && name === redisAuth ? passwords : rollouts.contents.read(namespace, { kind, name });
  const found = readInputs(references, read, data?.['password'] ?? '');
  if (found.kind !== 'known') return found;
  return makeSnapshot(() => snapshotOf(service, images, found.inputs));
}

function makeSnapshot(make: () => Snapshot): Target {
  try {
    return { kind: 'known', snapshot: make() };
  } catch (error) {
    if (!(error instanceof TemplateTooLongError)) throw error;
    return { kind: 'impossible', component: error.component, message: error.message };
  }
}
