import { consoleReport, type Cluster } from '@tagservice/cluster';
import { elapsed } from '../run.ts';
import { diagnose } from './diagnose.ts';
import { parseUpOptions, UpUsageError, usage, type UpOptions } from './options.ts';
import { sampleName, sampleNamespace } from './releases.ts';
import type { TagsAnswer } from './tag-client.ts';
import { bringUp, firstTags, samplePage, takeDown, UpFailed } from './up.ts';

const samplePath = 'articles/jupiter-moons';

/** Tags as a small table, best first. */
function tagTable(answer: TagsAnswer): string {
  const width = Math.max(...answer.tags.map(({ tag }) => tag.length));
  return answer.tags.map(({ tag, score }) => `  ${tag.padEnd(width)}  ${score.toFixed(2)}`).join('\n');
}

function nextSteps(cluster: Cluster, name: string): string {
  const again = name === 'tagservice' ? '' : ` -- --name ${name}`;
  return `What to try next:
  export KUBECONFIG=${cluster.kubeconfig}
  kubectl --namespace ${sampleNamespace} port-forward service/${sampleName}-api 8080:80 &
  curl 'http://127.0.0.1:8080/v1/tags?url=${samplePage('articles/sourdough-bread')}'
  curl 'http://127.0.0.1:8080/v1/tags/jupiter/urls'
  kubectl --namespace ${sampleNamespace} describe tagservice ${sampleName}
  kubectl --namespace ${sampleNamespace} delete deployment --selector app.kubernetes.io/component=api     # and watch it come back
  kubectl --namespace ${sampleNamespace} get tagservicerevisions,tagserviceoperations     # versions, and how they followed each other
  npm run cluster -- shell --name ${name}     # a shell with kubectl and helm of this cluster
  npm run e2e                                 # what else is shown on a cluster
  npm run down${again}`;
}

async function up(options: UpOptions): Promise<number> {
  const started = performance.now();
  const { cluster, changed } = await bringUp(options, consoleReport());
  const { answer, milliseconds } = await firstTags(cluster, samplePath);
  console.log(
    `\n"${answer.title}" (${answer.language})\n${answer.url}, ${milliseconds.toFixed(0)} ms\n${tagTable(answer)}\n`,
  );
  const made = ['get', 'tsvc,deploy,sts,hpa,pods', '--namespace', sampleNamespace];
  console.log(`$ kubectl ${made.join(' ')}\n${(await cluster.kubectl(made)).stdout}`);
  console.log(nextSteps(cluster, options.name));
  const outcome = changed ? 'Up' : 'Nothing had to be changed: everything was up';
  console.log(`\n${outcome} (${elapsed(started)}).`);
  return 0;
}

async function down(options: UpOptions): Promise<number> {
  const started = performance.now();
  const changed = await takeDown(options, consoleReport());
  const what = changed
    ? 'Down: nothing is left but the caches'
    : `There was no cluster "${options.name}": nothing to take down`;
  console.log(`${what} (${elapsed(started)}).`);
  return 0;
}

async function tellFailure(error: unknown): Promise<number> {
  if (error instanceof UpUsageError) {
    console.error(`${error.message}\n\n${usage}`);
    return 2;
  }
  if (error instanceof UpFailed) {
    console.error(await diagnose(error.cluster).catch(() => 'The cluster does not answer.'));
    console.error(
      `\n${error.message}\nEverything done so far is kept: \`npm run up\` goes on from here, \`npm run down\` removes it.`,
    );
    return 1;
  }
  console.error(error instanceof Error ? error.message : String(error));
  return 1;
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseUpOptions(args);
    if (options.help) {
      console.log(usage);
      return 0;
    }
    return await (options.verb === 'up' ? up(options) : down(options));
  } catch (error) {
    return await tellFailure(error);
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    console.error(
      '\nInterrupted. Nothing is half done for good: run the same command again to go on, or `npm run down`.',
    );
    process.exit(130);
  });
}

process.exitCode = await main(process.argv.slice(2));
