import { stringify } from 'yaml';
import { customResourceDefinition } from './definition.ts';

const HEADER = '# Generated from libs/crd by `npm run generate`. Do not edit.\n';
const toYaml = (value: unknown): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });

/** The definition as a manifest. */
export function crdYaml(): string {
  return HEADER + toYaml(customResourceDefinition());
}

/**
 * The definition as a template of the operator's chart: left out with `crds.enabled: false`, and kept on uninstall with
 * `crds.keep`, because removing a definition removes every resource of its kind.
 */
export function chartTemplate(): string {
  const { metadata, ...rest } = customResourceDefinition();
  const head = toYaml({ apiVersion: rest.apiVersion, kind: rest.kind, metadata: { name: metadata.name } });
  const annotations = [
    '  {{- if .Values.crds.keep }}',
    '  annotations:',
    '    helm.sh/resource-policy: keep',
    '  {{- end }}',
  ].join('\n');
  const labels = toYaml({ labels: metadata.labels }).replace(/^/gm, '  ').trimEnd();
  return [
    `${HEADER}{{- if .Values.crds.enabled }}`,
    head.trimEnd(),
    annotations,
    labels,
    escapeHelm(toYaml({ spec: rest.spec })).trimEnd(),
    '{{- end }}',
    '',
  ].join('\n');
}

/** A description that shows braces must not become a template action. */
const escapeHelm = (text: string): string => text.replaceAll('{{', '{{ "{{" }}');
