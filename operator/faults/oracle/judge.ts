import { isDeepStrictEqual } from 'node:util';
import { Deployment, StatefulSet, type KubeObject } from '@tagservice/controller-runtime';
import { TagServices, type TagServiceObject } from '../../src/resource.ts';
import type { Version } from '../bed/observer.ts';
import type { Stage } from '../runs/stage.ts';
import { STATUS_INVARIANTS } from './status.invariants.ts';
import type { StatusView, WorkloadView } from './status.view.ts';
import { noEqualStatusTwice } from './write.invariants.ts';

/** What the oracle says of everything that was written on a stage. */
export type Verdict = { readonly statuses: number; readonly violations: readonly string[] };

/** A workload that changed a moment ago may not have been seen by the operator yet. */
const UNSEEN_MS = 1_000;

/** Looks at every status that a TagService ever had. */
export function judge(stage: Stage): Verdict {
  const { observer } = stage.world;
  const workloads = [Deployment, StatefulSet].flatMap((kind) => observer.versionsIn(kind, stage.namespace));
  const wrongTime = stage.clock.wasSet;
  const views = viewsOf(observer.versions(TagServices, stage.key), workloads).map((view) => ({ ...view, wrongTime }));
  const violations = views.flatMap((view) =>
    STATUS_INVARIANTS.flatMap(({ number, name, check }) => {
      const found = check(view);
      return found === undefined ? [] : [`${String(number)} ${name}: ${found}`];
    }),
  );
  return { statuses: views.length, violations: [...violations, ...noEqualStatusTwice(stage.history())] };
}

/** One view for each version that brought another status, and one for the last. */
export function viewsOf(versions: readonly Version[], workloads: readonly Version[]): StatusView[] {
  const views: StatusView[] = [];
  let before: TagServiceObject | undefined;
  versions.forEach(({ object, gone, at }, index) => {
    const after = object as TagServiceObject;
    const former = before?.metadata.uid === after.metadata.uid ? before : undefined;
    const atRest = index === versions.length - 1;
    const changed = !isDeepStrictEqual(former?.status, after.status);
    if (!gone && (tells(after) || tells(former)) && (changed || atRest))
      views.push({
        after,
        atRest,
        workloads: workloadsAt(workloads, at),
        ...(former !== undefined && { before: former }),
      });
    before = after;
  });
  return views;
}

/** Whether there are conditions: where there were some, there have to be some for ever. */
const tells = (object: TagServiceObject | undefined): boolean => object?.status?.conditions !== undefined;

/** What the workloads looked like a moment before, and still did then: newer states need not have been seen. */
function workloadsAt(versions: readonly Version[], at: number): WorkloadView[] {
  const views = [...Map.groupBy(versions, ({ object }) => `${object.kind} ${object.metadata.name}`)].map(([, list]) => {
    const known = list.filter((version) => version.at <= at);
    const last = known.at(-1);
    const steady = last !== undefined && last.at <= at - UNSEEN_MS && !last.gone;
    return steady ? workloadView(last.object) : undefined;
  });
  return views.filter((view) => view !== undefined);
}

type Workload = KubeObject & {
  status?: { observedGeneration?: number; replicas?: number; updatedReplicas?: number; readyReplicas?: number };
};

function workloadView(object: KubeObject): WorkloadView {
  const { metadata, kind, status = {} } = object as Workload;
  return {
    name: `${kind} ${metadata.name}`,
    generation: metadata.generation ?? 0,
    observedGeneration: status.observedGeneration ?? 0,
    replicas: status.replicas ?? 0,
    updated: status.updatedReplicas ?? 0,
    ready: status.readyReplicas ?? 0,
  };
}
