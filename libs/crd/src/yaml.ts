import { stringify } from 'yaml';
import { customResourceDefinitions } from './definition.ts';

const HEADER = '# Generated from libs/crd by `npm run generate`. Do not edit.\n';
const toYaml = (value: unknown): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });

type Definition = ReturnType<typeof customResourceDefinitions>[number];

/** The definitions as manifests, by file name. */
export function crdManifests(): ReadonlyMap<string, string> {
  const fileOf = ({ spec }: Definition): string => `${spec.group}_${spec.names.plural}.yaml`;
  return new Map(customResourceDefinitions().map((one) => [fileOf(one), HEADER + toYaml(one)]));
}

/**
 * The definitions as a template of the operator's chart: left out with `crds.enabled: false`, and kept on uninstall with
 * `crds.keep`, because removing a definition removes every resource of its kind.
 */
export function chartTemplate(): string {
  const documents = customResourceDefinitions().map(chartDocument);
  return `${HEADER}{{- if .Values.crds.enabled }}\n${documents.join('\n---\n')}\n{{- end }}\n`;
}

function chartDocument({ metadata, ...rest }: Definition): string {
  const head = toYaml({ apiVersion: rest.apiVersion, kind: rest.kind, metadata: { name: metadata.name } });
  const annotations = [
    '  annotations:',
    ...Object.entries(metadata.annotations).map(([key, value]) => `    ${key}: ${JSON.stringify(value)}`),
    '    {{- if .Values.crds.keep }}',
    '    helm.sh/resource-policy: keep',
    '    {{- end }}',
  ].join('\n');
  const labels = toYaml({ labels: metadata.labels }).replace(/^/gm, '  ').trimEnd();
  return [head.trimEnd(), annotations, labels, escapeHelm(toYaml({ spec: rest.spec })).trimEnd()].join('\n');
}

/** A description that shows braces must not become a template action. */
const escapeHelm = (text: string): string => text.replaceAll('{{', '{{ "{{" }}');
