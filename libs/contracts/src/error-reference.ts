import { PROBLEM_TYPE_ROOT, problemCodes, problemType, problems } from './errors.ts';
import type { ProblemSurface } from './problem.ts';

const sections: readonly { surface: ProblemSurface; title: string; text: string }[] = [
  {
    surface: 'http',
    title: 'Answers',
    text: 'An answer with an error is `application/problem+json` (RFC 9457): `type`, `title`, `status`, `code`, `detail` (what is wrong this time) and `fix`.',
  },
  {
    surface: 'job',
    title: 'Reasons of failed jobs',
    text: 'A job that ends `failed` carries one of these in `error.code`; an answer that reports the job has the status shown.',
  },
  {
    surface: 'message',
    title: 'Reasons of dead letters',
    text: 'A message that no retry can help lies on the topic `<prefix>.tag-dead-letters` with one of these in `reason.code`.',
  },
];

const retries = { never: 'no', now: 'at once', after: 'after `Retry-After`', later: 'later' } as const;

/** The page `docs/reference/errors.md`. */
export function errorReference(): string {
  const lines = [
    '# Errors',
    '',
    '<!-- Written by `node libs/contracts/src/generate.ts` from libs/contracts/src/errors*.ts. Do not edit. -->',
    '',
    `Every way in which the service refuses or fails. The \`type\` of a problem is \`${PROBLEM_TYPE_ROOT}\` and its code in lower case with dashes.`,
  ];
  for (const { surface, title, text } of sections) lines.push('', `## ${title}`, '', text, ...entriesOf(surface));
  return `${lines.join('\n')}\n`;
}

function entriesOf(surface: ProblemSurface): string[] {
  return problemCodes
    .filter((code) => problems[code].surface === surface)
    .flatMap((code) => {
      const { status, title, cause, remedy, retry } = problems[code];
      const facts = [
        `- Type: \`${problemType(code)}\``,
        `- Status: ${String(status)}`,
        `- Cause: ${cause}`,
        `- What to do: ${remedy}`,
        `- Retry: ${retries[retry]}`,
      ];
      return ['', `### ${code}`, '', `${title}.`, '', ...facts];
    });
}
