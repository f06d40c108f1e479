import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ensurePackages, type Report } from '@tagservice/cluster';
import { archiveFile, isCached, storeArchive } from './archive.ts';
import type { ImageBuilder } from './builder.ts';
import { buildahBuilder } from './buildah.ts';
import { nodeImage, type AppImage, type PublicImage } from './catalogue.ts';
import { run } from './command.ts';
import { contentTag } from './content-address.ts';
import { dockerBuilder } from './docker.ts';
import { cacheRoot, workspaceRoot } from './paths.ts';
import { step } from './progress.ts';
import { ensurePublicImage, knownOrigin, type Origin } from './public-images.ts';

/** An image whose archive lies in the cache. */
export interface ReadyImage {
  readonly name: string;
  /** What manifests call it. */
  readonly reference: string;
  /** A name that only this content has: a node that knows it need not load the archive again. */
  readonly marker: string;
  /** `docker save` archive with both names. */
  readonly archive: string;
  /** Bytes of the archive. */
  readonly size: number;
  /** False when the archive was there already. */
  readonly built: boolean;
}

const shortIdentity = (origin: Origin): string => origin.identity.replace(/^sha256:/, '').slice(0, 16);

/** A Dockerfile of this project could not be built. The message ends with the last lines that the build printed. */
export class ImageNotBuilt extends Error {
  override readonly name = 'ImageNotBuilt';
  constructor(reference: string, lines: readonly string[], cause: unknown) {
    super(`${reference} could not be built. The build ended with:\n${lines.join('\n')}`, { cause });
  }
}

const shownBuildLines = 30;

/** Builds images and keeps their archives; asks for a builder (and installs one) only when something must be built. */
export class ImageStore {
  readonly #report: Report;
  #builder: Promise<ImageBuilder> | undefined;

  constructor(report: Report) {
    this.#report = report;
  }

  /** The archive of an image of this project, built only if no archive of the same content is in the cache. */
  async app(image: AppImage): Promise<ReadyImage> {
    const base =
      knownOrigin(nodeImage) ?? (await ensurePublicImage(nodeImage, await this.#ensureBuilder(), this.#report));
    const tag = contentTag(workspaceRoot, image, base.identity);
    const reference = `tagservice/${image.name}:${tag}`;
    if (isCached(image.name, tag)) return ready([image.name, tag], [reference, reference], false);
    const builder = await this.#ensureBuilder();
    await ensurePublicImage(nodeImage, builder, this.#report);
    await step(this.#report, `image ${reference}`, async (note) => {
      await buildApp({ builder, image, reference, note });
      await storeArchive(image.name, tag, (file) => builder.save([reference], file));
    });
    return ready([image.name, tag], [reference, reference], true);
  }

  /** The archive of a public image or of its stand-in. */
  async public(image: PublicImage): Promise<ReadyImage> {
    const known = knownOrigin(image);
    if (known !== undefined && isCached(image.name, shortIdentity(known))) {
      return ready([image.name, shortIdentity(known)], [image.reference, markerOf(image, known)], false);
    }
    const builder = await this.#ensureBuilder();
    const origin = await ensurePublicImage(image, builder, this.#report);
    const marker = markerOf(image, origin);
    await step(this.#report, `archive of ${image.reference}`, async () => {
      await storeArchive(image.name, shortIdentity(origin), (file) => builder.save([image.reference, marker], file));
    });
    return ready([image.name, shortIdentity(origin)], [image.reference, marker], true);
  }

  #ensureBuilder(): Promise<ImageBuilder> {
    this.#builder ??= chooseBuilder(this.#report);
    return this.#builder;
  }
}

function markerOf(image: PublicImage, origin: Origin): string {
  return `tagservice.local/${image.name}:${shortIdentity(origin)}`;
}

type Pair = readonly [string, string];

function ready([name, tag]: Pair, [reference, marker]: Pair, built: boolean): ReadyImage {
  const archive = archiveFile(name, tag);
  return { name, reference, marker, archive, size: statSync(archive).size, built };
}

/** Docker where an engine answers; else buildah, installed if need be. */
async function chooseBuilder(report: Report): Promise<ImageBuilder> {
  if (await dockerBuilder.available()) return dockerBuilder;
  if (!(await buildahBuilder.available())) await ensurePackages(['buildah'], report);
  return buildahBuilder;
}

/** Where machines keep their certificate authorities; the first that exists is shown to `npm ci` while it runs. */
function authorities(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const candidates = [env['NODE_EXTRA_CA_CERTS'], env['SSL_CERT_FILE'], '/etc/ssl/certs/ca-certificates.crt'];
  return candidates.find((file) => file !== undefined && existsSync(file));
}

/** This machine's way to its npm registry, for the time of one RUN: user settings, registry, authorities. */
async function withNpmSecrets<T>(work: (secrets: Readonly<Record<string, string>>) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(cacheRoot(), 'npm-secrets-'));
  try {
    const user = join(homedir(), '.npmrc');
    const settings = existsSync(user) ? await run('cat', [user]) : '';
    const registry = (await run('npm', ['config', 'get', 'registry'])).trim();
    const npmrc = join(folder, 'npmrc');
    writeFileSync(npmrc, `${settings}\nregistry=${registry}\n`, { mode: 0o600 });
    const ca = authorities(process.env);
    return await work({ npmrc, ...(ca === undefined ? {} : { ca }) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function buildApp(options: {
  readonly builder: ImageBuilder;
  readonly image: AppImage;
  readonly reference: string;
  readonly note: (text: string) => void;
}): Promise<void> {
  const { builder, image, reference, note } = options;
  const dockerfile = join(workspaceRoot, image.folder, 'Dockerfile');
  const said: string[] = [];
  const onLine = (line: string): void => {
    said.push(line);
    note(line);
  };
  try {
    await withNpmSecrets((secrets) =>
      builder.build({ reference, dockerfile, context: workspaceRoot, secrets, onLine }),
    );
  } catch (error) {
    throw new ImageNotBuilt(reference, said.slice(-shownBuildLines), error);
  }
}
