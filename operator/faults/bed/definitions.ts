import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CustomResourceDefinition,
  defineResource,
  type Applied,
  type KubeClient,
  type Resource,
} from '@tagservice/controller-runtime';
import { parse } from 'yaml';
import { until } from './until.ts';

const folder = join(import.meta.dirname, '../../../crds');

/** The definitions as they are shipped. */
export function shippedDefinitions(): CustomResourceDefinition[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => parse(readFileSync(join(folder, file), 'utf8')) as CustomResourceDefinition)
    .filter(({ kind }) => kind === CustomResourceDefinition.kind);
}

/** Installs every definition; answers the kinds once the API server serves them. */
export async function installDefinitions(client: KubeClient): Promise<Resource[]> {
  const definitions = shippedDefinitions();
  const resources = definitions.map(resourceOf);
  for (const definition of definitions)
    await client.apply(CustomResourceDefinition, definition as Applied<CustomResourceDefinition>, {
      fieldManager: 'faults',
    });
  for (const resource of resources)
    await until(() => client.list(resource).catch(() => undefined), {
      what: `kind ${resource.kind}`,
      limitMs: 50_000,
    });
  return resources;
}

function resourceOf({ spec }: CustomResourceDefinition): Resource {
  const version = spec.versions[0]?.name ?? '';
  return defineResource({
    apiVersion: `${spec.group}/${version}`,
    kind: spec.names.kind,
    plural: spec.names.plural,
    namespaced: true,
  });
}
