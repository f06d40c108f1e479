import { poll, step, type Cluster, type Report } from '@tagservice/cluster';

/** A condition of a TagService as its status carries it. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** What is read of a TagService. */
export interface ObservedService {
  readonly metadata: { readonly generation: number };
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

/** The TagService was not Ready in time. */
export class NotReadyInTime extends Error {
  override readonly name = 'NotReadyInTime';
  constructor(service: string, seconds: number, conditions: readonly Condition[]) {
    const open = conditions.filter((one) => one.status !== 'True').map(describeCondition);
    const list = open.length === 0 ? 'It has no conditions: look at the logs of the operator.' : open.join('\n');
    super(`TagService ${service} was not Ready within ${String(seconds)} s. What it says of itself:\n${list}`);
  }
}

/** `RedisReady False WaitingForPods: 0 of 1 pods ready` */
export function describeCondition({ type, status, reason, message }: Condition): string {
  return `${type} ${status} ${reason ?? ''}${message === undefined || message === '' ? '' : `: ${message}`}`;
}

/** Whether status speaks of the present generation and calls it ready. */
export function isReady(service: ObservedService): boolean {
  const ready = service.status?.conditions?.find((one) => one.type === 'Ready');
  return ready?.status === 'True' && service.status?.observedGeneration === service.metadata.generation;
}

/** Conditions that only sum up the others: shown beside them they would say everything twice. */
const summaries = new Set(['Ready', 'Reconciling', 'Stalled']);

/** The parts whose status or reason differs from what was seen before: a message that only counts on is no news. */
export function changedConditions(before: readonly Condition[], after: readonly Condition[]): readonly Condition[] {
  const stateOf = ({ status, reason }: Condition): string => `${status} ${reason ?? ''}`;
  const known = new Map(before.map((one) => [one.type, stateOf(one)]));
  return after.filter((one) => !summaries.has(one.type) && known.get(one.type) !== stateOf(one));
}

/** Longest text of a condition on one line of progress; `kubectl describe` has the rest. */
const shownCharacters = 150;

/** A TagService, undefined while it is not there. */
export async function readService(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<ObservedService | undefined> {
  const args = ['get', 'tagservices.tagservice.dev', name, '--namespace', namespace, '--output', 'json'];
  const { exitCode, stdout } = await cluster.kubectl(args, { allowFailure: true });
  return exitCode === 0 ? (JSON.parse(stdout) as ObservedService) : undefined;
}

/** Waits until a TagService is Ready, telling every condition that changes. */
export async function waitReady(
  cluster: Cluster,
  target: { readonly namespace: string; readonly name: string; readonly seconds: number },
  report: Report,
): Promise<void> {
  const { namespace, name, seconds } = target;
  let seen: readonly Condition[] = [];
  await step(report, `TagService ${namespace}/${name} is Ready`, async ({ progress }) => {
    const ready = await poll({ timeoutMs: seconds * 1000, everyMs: 500 }, async () => {
      const service = await readService(cluster, namespace, name);
      const conditions = service?.status?.conditions ?? [];
      for (const one of changedConditions(seen, conditions)) progress(describeCondition(one).slice(0, shownCharacters));
      seen = conditions;
      return service !== undefined && isReady(service) ? true : undefined;
    });
    if (ready === undefined) throw new NotReadyInTime(`${namespace}/${name}`, seconds, seen);
  });
}
