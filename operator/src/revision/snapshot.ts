import { createHash } from 'node:crypto';
import { canonicalJson } from '@tagservice/controller-runtime';
import { TEMPLATE_LIMIT, type RevisionInput, type RevisionSpec, type TagService } from '@tagservice/crd';
import { apiTemplate } from '../api/api.plan.ts';
import { namesOf } from '../children/names.ts';
import { computeTemplate } from '../compute/compute.plan.ts';
import type { ReleaseImages } from '../step/step.ts';

/** A version of a service before it has a number. */
export type Snapshot = {
  /** Name of its TagServiceRevision. */
  readonly name: string;
  /** The last part of the name, by which pods and Deployments are told apart. */
  readonly id: string;
  readonly spec: Omit<RevisionSpec, 'number'>;
};

/** The spec is valid field by field, and yet too long as a whole for one object of the API server. */
export class TemplateTooLongError extends Error {
  override readonly name = 'TemplateTooLongError';
  readonly component: 'api' | 'compute';
  constructor(component: 'api' | 'compute', length: number) {
    super(
      `spec.${component}.pod is too long: its pod template has ${length.toString()} characters, at most ${TEMPLATE_LIMIT.toString()} can be stored; shorten env and annotations, or move values into a ConfigMap`,
    );
    this.component = component;
  }
}

/** Length of the hash in names: 40 bits, for a handful of revisions of one service. */
const ID_LENGTH = 10;

/** The version that a spec and the contents it refers to make. Equal ones make the same, whoever computes it and when. */
export function snapshotOf(
  service: TagService,
  images: Pick<ReleaseImages, 'api' | 'compute'>,
  inputs: readonly RevisionInput[],
): Snapshot {
  const { spec } = service;
  const used = { api: spec.images.api ?? images.api, compute: spec.images.compute ?? images.compute };
  const templates = {
    api: bounded('api', canonicalJson(apiTemplate(service, used.api))),
    compute: bounded('compute', canonicalJson(computeTemplate(service, used.compute))),
  };
  const hash = createHash('sha256').update(canonicalJson({ templates, inputs })).digest('hex');
  const { topics } = namesOf(service);
  const { concurrency, attempts } = spec.compute;
  const id = hash.slice(0, ID_LENGTH);
  return {
    name: `${service.metadata.name}-${id}`,
    id,
    spec: {
      hash,
      images: used,
      consumer: { group: topics.computeGroup, topic: topics.requests, concurrency, attempts },
      templates,
      inputs: [...inputs],
    },
  };
}

function bounded(component: 'api' | 'compute', text: string): string {
  if (text.length > TEMPLATE_LIMIT) throw new TemplateTooLongError(component, text.length);
  return text;
}
