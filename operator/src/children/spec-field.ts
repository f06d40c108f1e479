/** Part of a path in a child, and the field of the TagService from which it comes; `*` stands for the component. */
type Rule = readonly [part: RegExp, field: string];

/** The first rule that fits counts, so the more special ones come first. */
const podRules: readonly Rule[] = [
  [/imagePullSecrets/, 'spec.images.pullSecrets'],
  [/\bimage\b/, 'spec.images.*'],
  [/resources/, 'spec.*.pod.resources'],
  [/nodeSelector/, 'spec.*.pod.nodeSelector'],
  [/tolerations/, 'spec.*.pod.tolerations'],
  [/annotations/, 'spec.*.pod.annotations'],
  [/terminationGracePeriodSeconds|preStop/, 'spec.*.pod.terminationGracePeriod'],
  [/\benv\b/, 'spec.*.pod.env'],
];

const rulesOf: Readonly<Record<string, readonly Rule[]>> = {
  api: podRules,
  compute: podRules,
  redis: [
    [/imagePullSecrets/, 'spec.images.pullSecrets'],
    [/\bimage\b/, 'spec.images.redis'],
    [/volumeClaimTemplates|storage/, 'spec.redis.storage'],
    [/resources|maxmemory/, 'spec.redis.maxMemory'],
    [/replicas/, 'spec.redis.replicas'],
  ],
  scaling: [
    [/minReplicas|maxReplicas/, 'spec.scaling'],
    [/metrics|behavior/, 'spec.scaling'],
  ],
};

/** Concerns whose settings do not stand under a field of the same name. */
const fallbackOf: Readonly<Record<string, string>> = { topics: 'spec.kafka', revision: 'spec', rollout: 'spec' };

/**
 * The field of the TagService from which a field of a child comes, as far as a person needs it to find what to correct. `path` is a path as API
 * servers write it, or a message that holds one.
 */
export function specFieldOf(concern: string, path: string): string {
  if (/^metadata\.name\b/.test(path)) return 'metadata.name';
  const component = /\b(api|compute)\b/.exec(concern)?.[1] ?? concern;
  const [, field] = (rulesOf[component] ?? []).find(([part]) => part.test(path)) ?? [];
  return field?.replace('*', component) ?? fallbackOf[component] ?? `spec.${component}`;
}
