import { defineResource, ServiceAccount, type KubeObject } from '@tagservice/controller-runtime';
import type { Impersonation } from '@tagservice/fault-proxy';
import type { World } from '../bed/world.ts';
import type { Rule } from './rights.ts';

type RoleObject = KubeObject & { rules: readonly Rule[] };
type BindingObject = KubeObject & { roleRef: object; subjects: readonly object[] };

const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', namespaced: true };
const Roles = defineResource<RoleObject>({ ...rbac, kind: 'Role', plural: 'roles' });
const RoleBindings = defineResource<BindingObject>({ ...rbac, kind: 'RoleBinding', plural: 'rolebindings' });

const NAME = 'operator';

/** The service account of the operator of a namespace, as the API server knows its tokens. */
export function userOf(namespace: string): Impersonation {
  return {
    user: `system:serviceaccount:${namespace}:${NAME}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}

/** Gives the service account of a namespace these rights there, and no others. */
export async function bindRules(
  { client }: Pick<World, 'client'>,
  { namespace, rules }: { namespace: string; rules: readonly Rule[] },
): Promise<void> {
  const metadata = { namespace, name: NAME };
  await client.create(ServiceAccount, { metadata });
  await client.create(Roles, { metadata, rules } as never);
  await client.create(RoleBindings, {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: NAME },
    subjects: [{ kind: 'ServiceAccount', name: NAME, namespace }],
  } as never);
}

/** Gives it these rights from now on. */
export async function changeRules(
  { client }: Pick<World, 'client'>,
  { namespace, rules }: { namespace: string; rules: readonly Rule[] },
): Promise<void> {
  await client.patch(Roles, { namespace, name: NAME }, { patch: { rules }, fieldManager: 'kubectl' });
}
