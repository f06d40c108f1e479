// The one file of this library that touches the outside: standard input and output of the command line.
import { answerLine } from './batch.ts';
import { readArguments, usage } from './cli-options.ts';
import { jsonLine, linesOf } from './json-lines.ts';

/** Bad usage, after sysexits. */
const exitUsage = 64;

const command = readArguments(process.argv.slice(2));
switch (command.kind) {
  case 'help':
    process.stdout.write(usage);
    break;
  case 'refused':
    process.stderr.write(`${command.problem}\n`);
    process.exitCode = exitUsage;
    break;
  case 'batch':
    for await (const line of linesOf(process.stdin.setEncoding('utf8'))) {
      if (line.trim() !== '') process.stdout.write(jsonLine(answerLine(line, command)));
    }
    break;
}
