/** Whether labels are selected. */
export type LabelMatcher = (labels: Readonly<Record<string, string>>) => boolean;

/**
 * Reads a label selector as the API server does (`a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, joined by commas). Undefined for
 * one that is not understood: then only the server can tell.
 */
export function parseSelector(selector: string | undefined): LabelMatcher | undefined {
  const parts = (selector ?? '').split(/,(?![^(]*\))/).map((part) => part.trim());
  const matchers = parts.filter((part) => part !== '').map(parseRequirement);
  const known = matchers.filter((matcher) => matcher !== undefined);
  return known.length < matchers.length ? undefined : (labels) => known.every((matches) => matches(labels));
}

function parseRequirement(text: string): LabelMatcher | undefined {
  const [, absent, name = '', operator, rest = ''] =
    /^(!?)\s*([\w./-]+)\s*(==|=|!=|\bin\b|\bnotin\b)?\s*(.*)$/.exec(text) ?? [];
  if (name === '') return undefined;
  if (operator === undefined) {
    if (rest !== '') return undefined;
    return (labels) => Object.hasOwn(labels, name) !== (absent === '!');
  }
  const values = valuesOf(operator, rest);
  if (values === undefined || absent === '!') return undefined;
  const negated = operator === '!=' || operator === 'notin';
  return (labels) => {
    const value = Object.hasOwn(labels, name) ? labels[name] : undefined;
    return (value !== undefined && values.has(value)) !== negated;
  };
}

function valuesOf(operator: string, rest: string): Set<string> | undefined {
  if (operator === 'in' || operator === 'notin') {
    const list = /^\(([\w./,\s-]*)\)$/.exec(rest)?.[1];
    return list === undefined ? undefined : new Set(list.split(',').map((value) => value.trim()));
  }
  return /^[\w.-]*$/.test(rest) ? new Set([rest]) : undefined;
}
