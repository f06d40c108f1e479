import { rightText, type Right } from './rights.ts';

/** A right that no run of this suite needs, and why it is given. */
export type Declared = Right & { readonly reason: string };

const lease = { group: 'coordination.k8s.io', resource: 'leases' };
const apiService = { group: 'apiregistration.k8s.io', resource: 'apiservices' };

/** Rights that only a whole operator in its pod needs; the two-operator test and the end-to-end cases use them. */
export const DECLARED: readonly Declared[] = [
  { ...lease, verb: 'get', reason: 'leader election reads who leads' },
  { ...lease, verb: 'create', reason: 'leader election, the first time' },
  { ...lease, verb: 'update', reason: 'leader election renews and releases' },
  { ...apiService, verb: 'get', reason: 'the metrics API is announced, and one of somebody else is left alone' },
  { ...apiService, verb: 'create', reason: 'the metrics API is announced' },
  { ...apiService, verb: 'patch', reason: 'the announcement gets a new certificate authority' },
  {
    group: '',
    resource: 'secrets',
    verb: 'update',
    reason: 'the certificate of the metrics API is renewed in its place',
  },
  {
    group: 'tagservice.dev',
    resource: 'tagservices',
    verb: 'get',
    reason: 'after a conflict the newest version is read; a run without somebody else in it has none',
  },
  { group: 'events.k8s.io', resource: 'events', verb: 'patch', reason: 'repetitions of an event are counted in it' },
  {
    group: 'tagservice.dev',
    resource: 'tagservicerevisions',
    verb: 'delete',
    reason: 'revisions beyond spec.revisionHistoryLimit are removed',
  },
  {
    group: 'tagservice.dev',
    resource: 'tagserviceoperations',
    verb: 'delete',
    reason: 'records of rollouts beyond the limit are removed',
  },
  {
    group: 'tagservice.dev',
    resource: 'tagservices/finalizers',
    verb: 'update',
    reason: 'where OwnerReferencesPermissionEnforcement is on, a blocking owner reference needs it',
  },
];

/** Why a right is given that was not seen in use; undefined for one that nobody declared. */
export function reasonFor(right: Right): string | undefined {
  return DECLARED.find((one) => rightText(one) === rightText(right))?.reason;
}
