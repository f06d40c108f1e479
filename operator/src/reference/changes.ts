import { fieldEffects, type Effect } from '../revision/effects.ts';

const words: Readonly<Record<Effect, string>> = {
  revision: 'new revision',
  store: 'pods of Redis',
  autoscalers: 'autoscalers, as they stand',
  topics: 'topics, as they stand',
  operator: 'what the operator does',
  fixed: 'refused',
};

/** What a change of each field does, in Markdown. */
export function changesPage(): string {
  const rows = fieldEffects.map(
    ({ field, effects, note = '' }) => `| \`${field}\` | ${effects.map((one) => words[one]).join('; ')} | ${note} |`,
  );
  return `<!-- Generated from operator/src/revision/effects.ts by \`npm run generate\`. Do not edit. -->

# What a change does

A new revision is brought up beside the one that serves and takes over when it is proven: see [revisions](../explanation/revisions.md). Everything else is altered where it stands, without a new pod of the API or of the workers. A row holds for all fields below its field; the longest that fits counts.

Beyond the fields of the resource a new revision is made when the operator is upgraded to a release with other default images or pod templates, and when the content changes of a key that pods read: \`spec.*.pod.env\` with \`valueFrom\`, and the password in \`<name>-redis-auth\`. The Secrets of \`spec.kafka.tls\` and \`spec.kafka.sasl\` are read anew at each connection, that of \`spec.api.auth.keysSecretRef\` every few seconds: their content rolls no pods.

| Field | Changes | Note |
| --- | --- | --- |
${rows.join('\n')}
`;
}
