import { Deployment, HorizontalPodAutoscaler } from '@tagservice/controller-runtime';
import { reasonEntry } from '../../src/reasons.ts';
import { conditionsOf, find, isTrue } from '../oracle/status.view.ts';
import { until } from '../bed/until.ts';
import type { World } from '../bed/world.ts';
import { baseSpec, declare } from '../runs/runs.ts';
import { TagServices, type TagServiceObject } from '../../src/resource.ts';
import { isReady, isWrite, Stage } from '../runs/stage.ts';
import { differenceLine, differences } from '../state/difference.ts';
import { comparable, effectOf, type Parts, withoutPast } from './comparable.ts';

/** A service that is ready, with an operator of its own, on which values are tried one after the other. */
export class Lane {
  readonly stage: Stage;
  /** What is declared between two values. */
  readonly base: object;
  #before: Parts = {};

  private constructor(stage: Stage, base: object) {
    this.stage = stage;
    this.base = base;
  }

  /** Declares a service and waits until it is ready and at rest. */
  static async open(world: World, namespace: string, change: (base: object) => object = (same) => same): Promise<Lane> {
    const stage = new Stage(world, namespace);
    // One pod of Redis: copies of it are pods that each trial would wait for.
    const lane = new Lane(stage, change({ ...baseSpec(stage), redis: { replicas: 1 } }));
    try {
      await stage.open();
      await lane.declare(lane.base);
      await stage.ready();
      // A queue that was looked at before its topic was there is looked at again only some seconds later.
      await until(() => stage.service !== undefined && isTrue(stage.service as never, 'LagKnown'), {
        what: `a look at the queue of ${namespace}`,
        limitMs: REST_LIMIT_MS,
      });
      await lane.rest();
      lane.#before = await lane.state();
      return lane;
    } catch (error) {
      await lane.close();
      throw error;
    }
  }

  /** What the state showed before anything was tried. */
  get effectBefore(): string {
    return effectOf(this.#before);
  }

  async declare(spec: object): Promise<void> {
    const { stage } = this;
    await declare(stage, spec as never);
    const { metadata } = await stage.world.client.get(TagServices, stage.key);
    // Otherwise the rest of before would be taken for the rest of now.
    await until(() => stage.service?.metadata.generation === metadata.generation, {
      what: 'the sight of it',
      limitMs: 10_000,
      everyMs: 5,
    });
  }

  /** Waits until the operator has nothing to do: all is as declared, or it has told what it waits for and does not write any more. */
  async rest(limitMs = REST_LIMIT_MS): Promise<void> {
    await until(() => this.#isAtRest(), { what: `rest in ${this.stage.namespace}`, limitMs, everyMs: 40 });
  }

  #isAtRest(): boolean {
    const { service } = this.stage;
    if (service === undefined || service.status?.observedGeneration !== service.metadata.generation) return false;
    const goesOn = isUnderWay(service);
    if (goesOn && !isTold(service)) return false;
    const since = Date.now() - (goesOn ? WAITING_MS : QUIET_MS);
    return !this.stage.requestsSince(since).some((entry) => isWrite(entry) && entry.resource !== 'events');
  }

  get isReady(): boolean {
    return isReady(this.stage.service) && !isTrue(this.stage.service as never, 'Reconciling');
  }

  /** What conditions say that do not hold. */
  get trouble(): string {
    const conditions = this.stage.service === undefined ? [] : conditionsOf(this.stage.service);
    return conditions
      .filter(
        ({ type, status }) =>
          type === 'Stalled' || type === 'Degraded' || (status === 'False' && type !== 'ScalingActive'),
      )
      .map(({ type, reason, message }) => `${type} ${reason}: ${message}`)
      .join(' | ');
  }

  async state(): Promise<Parts> {
    return comparable(this.stage.normal(withoutPast(await this.stage.snapshot())).parts);
  }

  /** Declares what was declared at first. Answers where the state is not as it was then. */
  async revert(limitMs = REST_LIMIT_MS): Promise<readonly string[]> {
    await this.declare(this.base);
    const end = Date.now() + limitMs;
    for (;;) {
      await scaleToLeast(this.stage);
      await this.rest(Math.max(1, end - Date.now())).catch(() => undefined);
      const found = differences(this.#before, await this.state());
      if (found.length === 0 || Date.now() > end) return found.map(differenceLine);
    }
  }

  async close(): Promise<void> {
    await this.stage.close();
  }
}

function isUnderWay(service: TagServiceObject): boolean {
  const isFormer = conditionsOf(service).some(
    ({ observedGeneration }) => observedGeneration !== service.metadata.generation,
  );
  return isFormer || ['Reconciling', 'RolloutProgressing'].some((type) => isTrue(service, type));
}

/** What hinders it is no step on the way. */
function isTold(service: TagServiceObject): boolean {
  const reason = find(service, 'Reconciling')?.reason ?? find(service, 'Stalled')?.reason ?? '';
  return reasonEntry(reason)?.event === 'Warning';
}

/** As autoscalers do where there is no load; the simulated one keeps what it has raised. */
async function scaleToLeast({ world, namespace }: Stage): Promise<void> {
  for (const { spec } of world.observer.list(HorizontalPodAutoscaler, namespace)) {
    const key = { namespace, name: spec?.scaleTargetRef.name ?? '' };
    const least = spec?.minReplicas ?? 1;
    if ((world.observer.get(Deployment, key)?.spec?.replicas ?? 0) > least)
      await world.client.patch(Deployment, key, { patch: { spec: { replicas: least } }, subresource: 'scale' });
  }
}

const REST_LIMIT_MS = 30_000;
const QUIET_MS = 400;
/** Something is under way, or waited for: the operator looks at some of it again every second or two. */
const WAITING_MS = 2_500;
