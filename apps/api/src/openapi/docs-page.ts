import { createHash } from 'node:crypto';
import { problems } from '@tagservice/contracts';
import { operations, problemsOf } from './operations.ts';
import type { Operation } from './operations.ts';
import { queryParameters } from './document.ts';

const style = `
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
h2 { border-top: 1px solid; margin-top: 2.5rem; padding-top: 1rem; }
code { font: 0.9em ui-monospace, monospace; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid; padding: 0.3rem 0.6rem 0.3rem 0; text-align: left; vertical-align: top; }
nav li { list-style: none; }
@media (prefers-color-scheme: dark) { body { background: #111; color: #eee; } a { color: #8cf; } }
`;

/** What the page may do: nothing but this one style. */
export const docsContentPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** The OpenAPI document for people: one page without scripts that needs nothing from elsewhere. */
export function docsPage(): string {
  const list = operations.map(
    ({ operationId, method, path }) =>
      `<li><a href="#${operationId}"><code>${method.toUpperCase()} ${escape(path)}</code></a></li>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>TagService API</title><style>${style}</style></head>
<body><h1>TagService API</h1>
<p>The same for machines: <a href="/openapi.json">openapi.json</a>. Refusals are problems (RFC 9457): <code>code</code> is stable,
<code>fix</code> says what to do.</p>
<nav><ul>${list.join('')}</ul></nav>
${operations.map(section).join('\n')}
</body></html>
`;
}

function section(operation: Operation): string {
  const { operationId, method, path, summary, body, access } = operation;
  const needed = access === 'open' ? 'Open to everybody.' : `Needs a token with the scope <code>${access}</code>.`;
  const schema = body === undefined ? '' : `<p>Body: <code>${body}</code>, JSON.</p>`;
  return `<section id="${operationId}"><h2>${escape(summary)}</h2>
<p><code>${method.toUpperCase()} ${escape(path)}</code></p>
<p>${needed}</p>
${parameterTable(operation)}${schema}
${table(
  ['Status', 'Answer'],
  Object.entries(operation.answers).map(([status, { description }]) => [status, escape(description)]),
)}
${table(['Status', 'Problem', 'What to do'], problemRows(operation))}</section>`;
}

function parameterTable({ query, parameters }: Operation): string {
  const all = [...queryParameters(query), ...parameters];
  if (all.length === 0) return '';
  const rows = all.map((parameter) => {
    const { name, in: place, required, description = '' } = parameter as Readonly<Record<string, unknown>>;
    return [
      `<code>${escape(String(name))}</code>`,
      `${String(place)}${required === true ? ', required' : ''}`,
      escape(String(description)),
    ];
  });
  return table(['Parameter', 'In', 'Is'], rows);
}

function problemRows(operation: Operation): string[][] {
  const sorted = [...new Set(problemsOf(operation))].toSorted(
    (left, right) => problems[left].status - problems[right].status,
  );
  return sorted.map((code) => {
    const { status, title, remedy } = problems[code];
    return [String(status), `<code>${code}</code> ${escape(title)}`, escape(remedy)];
  });
}

/** Cells are HTML already. */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (tag: 'th' | 'td', cells: readonly string[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table>${line('th', heads)}${rows.map((row) => line('td', row)).join('')}</table>\n`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as HTML; backquotes of the catalogue's texts become code. */
function escape(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => entities[character] ?? character)
    .replace(/`([^`]*)`/g, (_, code: string) => `<code>${code}</code>`);
}
