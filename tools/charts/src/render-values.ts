import { stringify } from 'yaml';
import { isSection, type ValueSchema } from './values-kit.ts';

const note = 'Generated from tools/charts by `npm run generate`. Do not edit.';
const width = 120;

/** values.yaml: every value with its default, under its description. */
export function valuesYaml(values: ValueSchema): string {
  return `# ${note}\n${group(values, 0)}`;
}

/** values.schema.json, which Helm checks values against before it renders anything. */
export function valuesSchema(values: ValueSchema): string {
  return `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', $comment: note, ...values }, null, 2)}\n`;
}

/** The table of values of a README. */
export function valuesTable(values: ValueSchema): string {
  const rows = leaves(values, '').map(
    ([path, schema]) =>
      `| \`${path}\` | ${cell(typeOf(schema))} | ${cell(`\`${JSON.stringify(schema.default)}\``)} | ${cell(schema.description ?? '')} |`,
  );
  return ['| Value | Type | Default | Meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function group(schema: ValueSchema, depth: number): string {
  return entriesOf(schema)
    .map(([name, value]) => {
      const indent = '  '.repeat(depth);
      const head = comment(value.description ?? '', indent);
      if (isSection(value)) return `${head}${indent}${name}:\n${group(value, depth + 1)}`;
      return `${head}${stringify({ [name]: value.default }, { lineWidth: 0 }).replace(/^(?=.)/gm, indent)}`;
    })
    .join(depth === 0 ? '\n' : '');
}

function comment(description: string, indent: string): string {
  const lines: string[] = [];
  for (const word of description.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && indent.length + last.length + word.length < width - 3)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => `${indent}# ${line}\n`).join('');
}

function leaves(schema: ValueSchema, path: string): readonly (readonly [string, ValueSchema])[] {
  return entriesOf(schema).flatMap(([name, value]) => {
    const here = path === '' ? name : `${path}.${name}`;
    return isSection(value) ? leaves(value, here) : [[here, value] as const];
  });
}

function entriesOf(schema: ValueSchema): readonly (readonly [string, ValueSchema])[] {
  return Object.entries(schema.properties ?? {}).filter(([name]) => name !== 'global');
}

function typeOf(schema: ValueSchema): string {
  if (Array.isArray(schema['enum']))
    return (schema['enum'] as readonly string[]).map((word) => `\`${word}\``).join(', ');
  const { minimum, maximum } = schema;
  if (minimum !== undefined) return `${String(minimum)} to ${String(maximum)}`;
  return String(schema.type);
}

function cell(value: string): string {
  return value.replaceAll('|', String.raw`\|`);
}
