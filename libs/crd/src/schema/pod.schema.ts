import { z } from 'zod';
import { amount, choice, duration, mapOf, record, section, text, texts, whole } from '../schema-kit.ts';
import {
  durationBetween,
  nodeSelectorRule,
  oneReference,
  requestsWithinLimits,
  tolerationRules,
  valueOrReference,
} from '../rules.ts';

/** What pods of a component need when nothing is declared. The operator fills these in, so that both components can differ. */
const resources = (component: 'api' | 'compute') =>
  record(
    'Resources of the main container. Default: api requests 100m CPU and 192Mi memory with a limit of 512Mi; compute requests 100m CPU and 256Mi memory with a limit of 1Gi. A declared amount replaces the default of its name, and a default of the other part that contradicts it gives way; CPU has no limit by default, because throttling shows as latency.',
    {
      requests: z
        .record(z.string(), amount('Amount of one resource, for example `100m` of `cpu` or `256Mi` of `memory`.'))
        .meta({ description: 'What the scheduler sets aside, by resource name. At most 8 entries.', maxProperties: 8 })
        .exactOptional(),
      limits: z
        .record(z.string(), amount('Amount of one resource, for example `1Gi` of `memory`.'))
        .meta({
          description:
            'What a container may use at most, by resource name. At most 8 entries. Above the memory limit the container is ended.',
          maxProperties: 8,
        })
        .exactOptional(),
    },
    { rules: [requestsWithinLimits(component)] },
  );

const toleration = (component: 'api' | 'compute') =>
  record(
    'A taint of nodes that these pods accept.',
    {
      key: text('Taint key; empty, with operator Exists, means every taint.', { min: 0, max: 316 }).default(''),
      operator: choice('Equal compares the value, Exists ignores it.', ['Equal', 'Exists']).default('Equal'),
      value: text('Taint value for operator Equal.', { min: 0, max: 63 }).default(''),
      effect: choice('Taint effect; empty means every effect.', [
        '',
        'NoSchedule',
        'PreferNoSchedule',
        'NoExecute',
      ]).default(''),
      tolerationSeconds: whole('Seconds that a running pod stays after a NoExecute taint appears. Default: for ever.', {
        min: 0,
        max: 86_400,
      }).exactOptional(),
    },
    { rules: tolerationRules(component) },
  );

const keyIn = (kind: 'ConfigMap' | 'Secret', description: string) =>
  record(description, {
    name: text(`Name of the ${kind}, in this namespace.`, {
      max: 253,
      pattern: String.raw`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`,
    }),
    key: text(`Key in the ${kind}.`, { max: 253, pattern: '^[-._a-zA-Z0-9]+$' }),
    optional: z
      .boolean()
      .meta({
        description:
          'Whether pods may start without it. Default false. Without it and not optional: nothing is rolled out, and the condition names object and key.',
      })
      .default(false),
  });

const variable = (component: 'api' | 'compute') =>
  record(
    'One environment variable of the main container: value or valueFrom.',
    {
      name: text('Name. A name that the operator itself sets wins over the value here.', {
        max: 128,
        pattern: '^[A-Za-z_][A-Za-z0-9_.-]*$',
      }),
      value: text('Value, taken literally.', { min: 0, max: 4_096 }).exactOptional(),
      valueFrom: record(
        'Where the value stands. When it changes there, pods are rolled.',
        {
          secretKeyRef: keyIn('Secret', 'A key of a Secret.').exactOptional(),
          configMapKeyRef: keyIn('ConfigMap', 'A key of a ConfigMap.').exactOptional(),
        },
        { rules: [oneReference(component)] },
      ).exactOptional(),
    },
    { rules: [valueOrReference(component)] },
  );

/** The pod settings that every component has. `component` stands in messages of rules. */
export function podSchema(component: 'api' | 'compute') {
  return section(
    `How pods of ${component} run. A change makes a new revision, which takes over when its pods are ready.`,
    {
      resources: resources(component).exactOptional(),
      nodeSelector: texts(
        'Labels that a node must have. Default: any node. With no such node the pods stay Pending and the condition says so.',
        {
          entries: 16,
          max: 63,
          rules: [nodeSelectorRule(component)],
        },
      ).default({}),
      tolerations: mapOf('Taints that these pods accept. Default: none.', toleration(component), {
        keys: ['key', 'operator', 'value', 'effect'],
        max: 16,
      }).default([]),
      annotations: texts(
        'Annotations of the pods, for example for a log collector. Default: none. Keys under tagservice.dev/ are set by the operator and win.',
        {
          entries: 32,
          max: 4_096,
        },
      ).default({}),
      env: mapOf('More environment variables of the main container. Default: none.', variable(component), {
        keys: ['name'],
        max: 64,
      }).default([]),
      terminationGracePeriod: duration(
        'Time from the request to stop until the pod is killed; work in flight is finished in it. Default 30s. Shorter than the longest work: that work is done again by another pod.',
        { rule: durationBetween(`${component}.pod.terminationGracePeriod`, '5s', '15m') },
      ).default('30s'),
    },
  );
}
