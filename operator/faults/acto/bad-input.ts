import { isTrue } from '../oracle/status.view.ts';
import { HorizontalPodAutoscaler } from '@tagservice/controller-runtime';
import { MISSING_IMAGE } from '../bed/world.ts';
import type { Lane } from './lane.ts';
import { merged } from './spec-edit.ts';
import { writesAtRest } from './walk.ts';

/** A spec that gets past the API server and cannot be made so. */
export type BadInput = {
  readonly name: string;
  readonly change: Record<string, unknown>;
  /** Words of the condition: the field or object, and what to do. */
  readonly says: readonly string[];
  /** A person has to change the spec, and nothing else helps. */
  readonly stalled: boolean;
};

const pod = (settings: object) => ({ api: { pod: settings } });
const reference = (kind: string) =>
  pod({ env: [{ name: 'TOKEN', valueFrom: { [kind]: { name: 'nobody-made-it', key: 'value' } } }] });
/** In a record every quotation mark takes two characters. */
const many = Array.from({ length: 64 }, (_none, index) => ({ name: `V_${String(index)}`, value: '"'.repeat(4_096) }));

export const BAD_INPUT: readonly BadInput[] = [
  {
    name: 'a taint that no node can have',
    change: pod({ tolerations: [{ key: 'no key!', operator: 'Exists' }] }),
    says: ['spec.api.pod.tolerations'],
    stalled: true,
  },
  {
    name: 'a key that no annotation can have',
    change: pod({ annotations: { 'no key!': 'x' } }),
    says: ['spec.api.pod.annotations'],
    stalled: true,
  },
  {
    name: 'a resource of no name',
    change: pod({ resources: { limits: { 'no name!': 1 } } }),
    says: ['spec.api.pod.resources'],
    stalled: true,
  },
  {
    name: 'more variables than a record holds',
    change: pod({ env: many }),
    says: ['spec.api.pod', 'shorten env'],
    stalled: true,
  },
  { name: 'a Secret that nobody made', change: reference('secretKeyRef'), says: ['nobody-made-it'], stalled: false },
  {
    name: 'a ConfigMap that nobody made',
    change: reference('configMapKeyRef'),
    says: ['nobody-made-it'],
    stalled: false,
  },
  {
    name: 'an image that no registry has',
    change: { images: { compute: MISSING_IMAGE } },
    says: [MISSING_IMAGE],
    stalled: false,
  },
  {
    name: 'more copies than brokers',
    change: { kafka: { results: { replicationFactor: 9 } } },
    says: ['replicationFactor'],
    stalled: false,
  },
  {
    name: 'a login without its Secret',
    change: { kafka: { sasl: { mechanism: 'PLAIN', secretRef: { name: 'nobody-made-it' } } } },
    says: ['nobody-made-it'],
    stalled: false,
  },
  {
    name: 'an authority without its Secret',
    change: { kafka: { tls: { caSecretRef: { name: 'nobody-made-it' } } } },
    says: ['nobody-made-it', 'ca.crt'],
    stalled: false,
  },
  {
    name: 'a broker that nobody knows',
    change: { kafka: { brokers: ['nowhere.invalid:9092'] } },
    says: ['nowhere.invalid:9092'],
    stalled: false,
  },
];

/** Another concern that has to go on meanwhile. */
const BESIDE = { scaling: { api: { max: 7 } } };
const WATCHED_MS = 2_000;

/** What is wrong with how a spec that cannot be made is dealt with. */
export async function tryBadInput(lane: Lane, bad: BadInput): Promise<string[]> {
  const problems: string[] = [];
  await lane.declare(merged(merged(lane.base as never, bad.change), BESIDE));
  await lane.rest().catch((error: unknown) => problems.push(String(error)));
  const { service } = lane.stage;
  const { trouble } = lane;
  const unsaid = bad.says.filter((word) => !trouble.includes(word));
  if (unsaid.length > 0) problems.push(`no condition says ${unsaid.join(', ')}: ${trouble || 'all is well'}`);
  if (bad.stalled && (service === undefined || !isTrue(service, 'Stalled')))
    problems.push(`it is not Stalled: ${trouble}`);
  if (!hasGoneOn(lane)) problems.push('the autoscaler does not get its new bound meanwhile');
  problems.push(...(await writesAtRest(lane, WATCHED_MS)));
  problems.push(...(await lane.revert()).map((line) => `taken back, the state is another: ${line}`));
  return problems.map((problem) => `${bad.name}: ${problem}`);
}

function hasGoneOn({ stage }: Lane): boolean {
  const autoscalers = stage.world.observer.list(HorizontalPodAutoscaler, stage.namespace);
  return autoscalers.some(({ spec }) => spec?.maxReplicas === BESIDE.scaling.api.max);
}
