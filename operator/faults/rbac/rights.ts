import type { HistoryEntry } from '@tagservice/fault-proxy';

/** One verb on one kind, in the words of RBAC. */
export type Right = {
  /** '' is the core group. */
  readonly group: string;
  /** With the subresource: `tagservices/status`. */
  readonly resource: string;
  readonly verb: string;
};

/** `patch deployments.apps`, `get secrets`. */
export function rightText({ group, resource, verb }: Right): string {
  return `${verb} ${resource}${group === '' ? '' : `.${group}`}`;
}

/** A Role or ClusterRole as Helm renders it. */
export type Role = {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
};

export type Rule = {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
};

/** Every single right of a rule. */
export function rightsOfRule({ apiGroups = [], resources = [], verbs }: Rule): Right[] {
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) => verbs.map((verb) => ({ group, resource, verb }))),
  );
}

/** What a role allows, each right once. */
export function rightsOf(roles: readonly Role[]): Right[] {
  return unique(roles.flatMap(({ rules = [] }) => rules.flatMap(rightsOfRule)));
}

/** The rules without one right; a rule that held it is split so that all others stay. */
export function without(rules: readonly Rule[], taken: Right): Rule[] {
  return rules.flatMap((rule) => {
    const kept = rightsOfRule(rule).filter((right) => rightText(right) !== rightText(taken));
    const names = rule.resourceNames === undefined ? {} : { resourceNames: rule.resourceNames };
    return kept.map(({ group, resource, verb }) => ({
      apiGroups: [group],
      resources: [resource],
      verbs: [verb],
      ...names,
    }));
  });
}

/**
 * What requests needed. A server-side apply is a patch, and a create as well where the object did not exist: the API server asks for both. What
 * was refused was not needed.
 */
export function usedRights(history: readonly HistoryEntry[]): Right[] {
  return unique(history.filter(isAnswered).flatMap(rightsOfRequest));
}

const isAnswered = ({ code, resource }: HistoryEntry): boolean => resource !== '' && code !== undefined && code !== 403;

function rightsOfRequest({ verb, group, resource, subresource, code }: HistoryEntry): Right[] {
  const full = subresource === undefined ? resource : `${resource}/${subresource}`;
  const verbs = verb === 'apply' ? (code === 201 ? ['patch', 'create'] : ['patch']) : [verb];
  return verbs.map((one) => ({ group, resource: full, verb: one }));
}

function unique(rights: readonly Right[]): Right[] {
  const byText = new Map(rights.map((right) => [rightText(right), right]));
  return [...byText.values()].toSorted((left, right) => (rightText(left) < rightText(right) ? -1 : 1));
}

/** The rights of one list that the other lacks. */
export function missingIn(rights: readonly Right[], others: readonly Right[]): Right[] {
  const known = new Set(others.map(rightText));
  return rights.filter((right) => !known.has(rightText(right)));
}
