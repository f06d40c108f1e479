import { readFileSync } from 'node:fs';
import type { z } from 'zod';

/** Exit status of a process whose configuration is wrong (EX_CONFIG of sysexits.h): restarting it cannot help. */
export const EXIT_BAD_CONFIGURATION = 78;

/** What is wrong with one environment variable. `value` is absent when the variable is unset or secret. */
export interface ConfigurationIssue {
  readonly variable: string;
  readonly value?: string;
  readonly message: string;
  readonly remedy?: string;
}

/** The environment does not describe a runnable process. The message has one line per variable, and no secret. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly issues: readonly ConfigurationIssue[];

  constructor(issues: readonly ConfigurationIssue[]) {
    super(['The configuration is not usable:', ...issues.map(describeIssue)].join('\n'));
    this.issues = issues;
  }
}

function describeIssue(issue: ConfigurationIssue): string {
  const found = issue.value === undefined ? '' : ` (found ${JSON.stringify(issue.value)})`;
  const remedy = issue.remedy === undefined ? '' : ` ${issue.remedy}`;
  return `  ${issue.variable}: ${issue.message}${found}.${remedy}`;
}

/** How a variable explains itself: `remedy` is one sentence that says what to set; a secret's value is never printed. */
export interface VariableNotes {
  readonly remedy: string;
  readonly secret?: boolean;
}

const notes = new WeakMap<z.ZodType, VariableNotes>();

/** Attaches a remedy to the schema of one variable. Call it last: each zod method makes a new schema. */
export function variable<Schema extends z.ZodType>(schema: Schema, about: VariableNotes): Schema {
  notes.set(schema, about);
  return schema;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Parses environment variables by a schema whose keys are their names. An empty string counts as unset, because manifests
 * cannot leave out a variable conditionally. All problems are reported at once.
 *
 * @throws ConfigurationError
 */
export function parseEnvironment<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: Environment,
): z.output<z.ZodObject<Shape>> {
  const input = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [name, environment[name] === '' ? undefined : environment[name]]),
  );
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(parsed.error.issues.map((issue) => toIssue(issue, schema, input)));
}

function toIssue(
  issue: z.core.$ZodIssue,
  schema: z.ZodObject,
  input: Readonly<Record<string, string | undefined>>,
): ConfigurationIssue {
  const name = String(issue.path[0] ?? '(environment)');
  const about = notes.get(schema.shape[name] as z.ZodType);
  const value = about?.secret === true ? undefined : input[name];
  return {
    variable: name,
    message: input[name] === undefined ? 'is required and not set' : issue.message,
    ...(value === undefined ? {} : { value }),
    ...(about === undefined ? {} : { remedy: about.remedy }),
  };
}

/** A secret given by a mounted file (preferred: it can be rotated and is not in the process listing) or by value. */
export interface SecretSource {
  readonly fileVariable: string;
  readonly file: string | undefined;
  readonly value: string | undefined;
}

/**
 * Reads a secret and strips one trailing newline.
 *
 * @returns undefined when neither file nor value is given
 * @throws ConfigurationError when the file cannot be read
 */
export function readSecret(source: SecretSource): string | undefined {
  if (source.file === undefined) return source.value;
  try {
    return readFileSync(source.file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new ConfigurationError([
      {
        variable: source.fileVariable,
        value: source.file,
        message: `names a file that cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        remedy: 'Mount the Secret there, or check its mode and the user that the container runs as.',
      },
    ]);
  }
}

/** What of `process` {@link configureOrExit} needs; tests give their own. */
export interface ConfigurationProcess {
  readonly env: Environment;
  readonly stderr: { write(text: string): unknown };
  exit(code: number): never;
}

/** Runs `read` on the environment; a ConfigurationError is printed and ends the process with status 78. */
export function configureOrExit<Configuration>(
  read: (environment: Environment) => Configuration,
  host: ConfigurationProcess = process,
): Configuration {
  try {
    return read(host.env);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    host.stderr.write(`${error.message}\n`);
    return host.exit(EXIT_BAD_CONFIGURATION);
  }
}
