import { FaultProxyUsageError } from './errors.ts';
import type { Fault, FaultKind, FaultRule, Match } from './types.ts';

/** How a value is written: a number, any text, yes or no, or one of these words. */
type Form = 'number' | 'text' | 'flag' | readonly string[];

/** Properties of each fault; the first may be given without its name. */
const faultForms: Readonly<Record<FaultKind, Readonly<Record<string, Form>>>> = {
  crash: { when: ['before', 'after', 'lost-response'] },
  answer: { code: 'number', reason: 'text', message: 'text', retryAfterSeconds: 'number', done: 'flag' },
  delay: { ms: 'number', on: ['request', 'answer'] },
  drop: {},
  'lose-response': {},
  duplicate: { deliver: ['first', 'second'] },
  hold: { from: ['request', 'headers', 'body'] },
  slow: { bytesPerSecond: 'number' },
  truncate: { bytes: 'number', end: ['clean', 'reset'] },
  gone: {},
  stale: { version: 'text', illegal: 'flag' },
  hide: { relist: 'flag' },
  reorder: { windowMs: 'number' },
};

const required: ReadonlySet<string> = new Set(['when', 'code', 'ms', 'bytesPerSecond', 'windowMs']);

const matchForms: Readonly<Record<string, Form>> = {
  verb: ['get', 'list', 'watch', 'create', 'update', 'patch', 'apply', 'delete', 'deletecollection', 'other'],
  group: 'text',
  version: 'text',
  resource: 'text',
  subresource: 'text',
  namespace: 'text',
  name: 'text',
  fieldManager: 'text',
  dryRun: 'flag',
  write: 'number',
  event: ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'],
};

const useForms: Readonly<Record<string, Form>> = { times: 'number', skip: 'number' };

/** The grammar, for `--help`. */
export const ruleHelp = [
  "A rule is a fault, its properties, and behind 'for' what it falls on:",
  '',
  '  crash lost-response for write=3',
  '  answer 429 retryAfterSeconds=2 for verb=list,watch resource=pods times=3 skip=1',
  '  slow 1 for verb=watch',
  '  hide for verb=watch name=/^demo-/ event=DELETED',
  '',
  'Faults and their properties (the first one needs no name):',
  ...Object.entries(faultForms).map(([kind, forms]) => `  ${kind.padEnd(14)} ${formsText(forms)}`.trimEnd()),
  '',
  "Behind 'for' (several values: a,b):",
  ...[matchForms, useForms].map((forms) => `  ${Object.keys(forms).join(' ')}`),
].join('\n');

/** Reads a rule from the words of the command line. Throws FaultProxyUsageError that says what is wrong with it. */
export function parseRule(text: string): FaultRule {
  const words = text.trim().split(/\s+/);
  const border = words.indexOf('for');
  const [kind = '', ...properties] = border < 0 ? words : words.slice(0, border);
  const conditions = border < 0 ? [] : words.slice(border + 1);
  const uses = conditions.filter((word) => keyOf(word) in useForms);
  const matches = conditions.filter((word) => !(keyOf(word) in useForms));
  return {
    match: matchOf(fieldsOf(matches, matchForms, { list: true })),
    ...fieldsOf(uses, useForms),
    fault: faultOf(kind, properties),
  };
}

function faultOf(kind: string, words: readonly string[]): Fault {
  if (!isKind(kind))
    throw new FaultProxyUsageError(`"${kind}" is no fault; there are ${Object.keys(faultForms).join(', ')}.`);
  const forms = faultForms[kind];
  const [main] = Object.keys(forms);
  const named = words.map((word, index) =>
    index === 0 && main !== undefined && !word.includes('=') ? `${main}=${word}` : word,
  );
  const fields = fieldsOf(named, forms);
  const missing = Object.keys(forms).find((key) => required.has(key) && !(key in fields));
  if (missing !== undefined) throw new FaultProxyUsageError(`The fault ${kind} needs ${missing}: ${formsText(forms)}.`);
  return { kind, ...fields } as Fault;
}

/** A name between slashes is a pattern. */
function matchOf(fields: Readonly<Record<string, unknown>>): Match {
  const { name } = fields;
  if (typeof name !== 'string' || !/^\/.+\/$/.test(name)) return fields;
  try {
    return { ...fields, name: new RegExp(name.slice(1, -1)) };
  } catch (error) {
    throw new FaultProxyUsageError(`${name} is no pattern: ${String(error)}`, { cause: error });
  }
}

function fieldsOf(
  words: readonly string[],
  forms: Readonly<Record<string, Form>>,
  { list = false } = {},
): Record<string, unknown> {
  return Object.fromEntries(
    words.map((word) => {
      const key = keyOf(word);
      const form = forms[key];
      if (form === undefined || !word.includes('='))
        throw new FaultProxyUsageError(
          `"${word}" is not understood here; there are ${formsText(forms) || 'no properties'}.`,
        );
      const value = word.slice(key.length + 1);
      if (list && value.includes(',') && !value.startsWith('/'))
        return [key, value.split(',').map((one) => valueOf(key, one, form))];
      return [key, valueOf(key, value, form)];
    }),
  );
}

function valueOf(key: string, value: string, form: Form): unknown {
  if (form === 'text') return value;
  if (form === 'number' && value !== '' && Number.isFinite(Number(value))) return Number(value);
  if (form === 'flag' && ['true', 'false'].includes(value)) return value === 'true';
  if (typeof form !== 'string' && form.includes(value)) return value;
  throw new FaultProxyUsageError(`${key} cannot be "${value}": ${formText(form)}.`);
}

function keyOf(word: string): string {
  return word.split('=', 1)[0] ?? '';
}

function formsText(forms: Readonly<Record<string, Form>>): string {
  return Object.entries(forms)
    .map(([key, form]) => `${key}=${formText(form)}`)
    .join(' ');
}

function formText(form: Form): string {
  if (typeof form !== 'string') return form.join('|');
  return form === 'flag' ? 'true|false' : form.toUpperCase();
}

function isKind(text: string): text is FaultKind {
  return Object.hasOwn(faultForms, text);
}
