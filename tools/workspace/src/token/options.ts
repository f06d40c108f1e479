import { parseArgs } from 'node:util';

/** What the command line of `npm run token` says. */
export interface TokenOptions {
  readonly namespace: string;
  readonly service: string;
  readonly tenant: string;
  readonly scopes: readonly string[];
  readonly priority: string | undefined;
  readonly seconds: number;
  readonly context: string | undefined;
}

/** The command line asks for something that does not exist. */
export class TokenUsageError extends Error {
  override readonly name = 'TokenUsageError';
}

export const usage = `usage: npm run -s token -- --service NAMESPACE/NAME --tenant TENANT [--scope SCOPE]... [--class CLASS] [--for TIME] [--context CONTEXT]

Makes a token for a TagService whose keys the operator made (spec.api.auth without jwksUrl and keysSecretRef), and prints it and nothing else.
Whoever may read the Secret <name>-api-keys can do this.

  --service NAMESPACE/NAME  the TagService
  --tenant TENANT           for whom limits are counted and who sees the jobs
  --scope SCOPE             tags:read, crawl:write, feedback:write or admin; more than once for several (default: tags:read)
  --class CLASS             critical, normal or bulk: who goes first under load (default: normal)
  --for TIME                how long it is valid, as 30m, 12h or 90d, at most 366d (default: 1h)
  --context CONTEXT         context of your kubeconfig (default: the current one)
  --help                    this text`;

const SCOPES: readonly string[] = ['tags:read', 'crawl:write', 'feedback:write', 'admin'];
const CLASSES: readonly string[] = ['critical', 'normal', 'bulk'];
const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
const LONGEST = 366 * 86_400;

/** Reads the command line; undefined when it asks for help. @throws TokenUsageError */
export function parseTokenOptions(args: readonly string[]): TokenOptions | undefined {
  const values = parse(args);
  if (values.help === true) return undefined;
  const { scope: scopes = ['tags:read'], class: priority } = values;
  for (const scope of scopes) known(scope, '--scope', SCOPES);
  if (priority !== undefined) known(priority, '--class', CLASSES);
  return {
    ...serviceOf(values.service),
    tenant: tenantOf(values.tenant),
    scopes,
    priority,
    seconds: secondsOf(values.for ?? '1h'),
    context: values.context,
  };
}

function serviceOf(text = ''): Pick<TokenOptions, 'namespace' | 'service'> {
  const [, namespace, service] = /^([a-z0-9-]+)\/([a-z0-9-]+)$/.exec(text) ?? [];
  if (namespace !== undefined && service !== undefined) return { namespace, service };
  throw new TokenUsageError('--service is needed: write NAMESPACE/NAME, as in tags/demo.');
}

function tenantOf(text = ''): string {
  if (/^[\x21-\x7e]{1,256}$/.test(text)) return text;
  throw new TokenUsageError('--tenant is needed: 1 to 256 visible characters without spaces.');
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const options = {
    ...{ service: text, tenant: text, class: text, for: text, context: text },
    scope: { type: 'string', multiple: true },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (error) {
    throw new TokenUsageError(error instanceof Error ? error.message : String(error));
  }
}

function known(word: string, option: string, words: readonly string[]): void {
  if (!words.includes(word)) throw new TokenUsageError(`${option} ${word}: there are ${words.join(', ')}.`);
}

function secondsOf(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (SECONDS[unit as keyof typeof SECONDS] ?? 0);
  if (seconds > 0 && seconds <= LONGEST) return seconds;
  throw new TokenUsageError(`--for ${text}: write a time such as 30m, 12h or 90d, at most 366d.`);
}
