import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Report } from '@tagservice/cluster';
import { kafkaDistribution } from '@tagservice/testbed/kafka-distribution';
import type { ImageBuilder } from './builder.ts';
import type { PublicImage } from './catalogue.ts';
import { archiveFolder } from './paths.ts';
import { step } from './progress.ts';
import { buildStandIn, recipeDigest } from './stand-ins/stand-in.ts';

/** Where a public image on this machine came from, and what tells its content from any other. */
export interface Origin {
  readonly source: 'registry' | 'stand-in';
  readonly identity: string;
  /** Of a stand-in: hash of its recipe. */
  readonly recipe?: string;
}

type Origins = Readonly<Record<string, Origin>>;

/** Host that serves the public images; a machine that cannot open a connection to it within this time has no registry. */
const registry = { host: 'registry-1.docker.io', port: 443, patienceMs: 1500 };
const pullPatienceMs = 300_000;

function originsFile(): string {
  return join(archiveFolder(), 'public-images.json');
}

function readOrigins(): Origins {
  return existsSync(originsFile()) ? (JSON.parse(readFileSync(originsFile(), 'utf8')) as Origins) : {};
}

/** What is known of a public image from an earlier run; undefined when it was never made or its recipe has changed since. */
export function knownOrigin(image: PublicImage): Origin | undefined {
  const origin = readOrigins()[image.reference];
  if (origin?.source === 'stand-in' && origin.recipe !== recipeDigest(image)) return undefined;
  return origin;
}

function remember(image: PublicImage, origin: Origin): Origin {
  mkdirSync(archiveFolder(), { recursive: true });
  writeFileSync(originsFile(), JSON.stringify({ ...readOrigins(), [image.reference]: origin }, null, 2));
  return origin;
}

/** Whether a connection to the public registry can be opened: decided in 1.5 s at most, whatever swallows packets on the way. */
export async function registryAnswers(target = registry): Promise<boolean> {
  const deadline = AbortSignal.timeout(target.patienceMs);
  const attempt = async (): Promise<boolean> => {
    const { address } = await lookup(target.host);
    return await new Promise<boolean>((resolve) => {
      const socket = connect({ host: address, port: target.port, signal: deadline });
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => {
        resolve(false);
      });
    });
  };
  const tooLate = new Promise<boolean>((resolve) => {
    deadline.addEventListener('abort', () => {
      resolve(false);
    });
  });
  return await Promise.race([attempt().catch(() => false), tooLate]);
}

async function pullOrBuild(image: PublicImage, builder: ImageBuilder, report: Report): Promise<Origin['source']> {
  if (await registryAnswers()) {
    try {
      await step(report, `pull ${image.reference}`, () => builder.pull(image.reference, pullPatienceMs));
      return 'registry';
    } catch (error) {
      report({
        kind: 'note',
        text: `${image.reference} cannot be pulled (${String(error)}): a stand-in is built instead`,
      });
    }
  }
  await buildStandIn({ image, builder, report, kafkaJars: () => kafkaDistribution(report) });
  return 'stand-in';
}

/** Has a public image, or its stand-in, in the builder's store under the public name. */
export async function ensurePublicImage(image: PublicImage, builder: ImageBuilder, report: Report): Promise<Origin> {
  const known = knownOrigin(image);
  if (known !== undefined && (await builder.has(image.reference))) return known;
  const source = await pullOrBuild(image, builder, report);
  const identity = await builder.identity(image.reference);
  return remember(image, { source, identity, ...(source === 'stand-in' ? { recipe: recipeDigest(image) } : {}) });
}
