import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';
import { PrerequisiteMissing } from './errors.ts';
import { exec, outputOf } from './run.ts';
import { tarArchive } from './tar.ts';
import { toolDir } from './toolchain.ts';

/** The full name of an image as a container runtime stores it: registry, repository and tag are all there. */
export function canonicalImage(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const repository = rest.length === 0 ? `library/${first}` : reference;
  const named = hasRegistry ? reference : `docker.io/${repository}`;
  const last = named.slice(named.lastIndexOf('/') + 1);
  return /[:@]/.test(last) ? named : `${named}:latest`;
}

/** Reference of the pause image: it changes with the helper binary. */
export function pauseImage(): string {
  return `tagservice.local/pause:${toolDir('helper').slice(-12)}`;
}

/** Path of the pause image's archive; made from the helper binary when it is not there. */
export function ensurePauseArchive(): string {
  const path = join(toolDir('helper'), 'pause.tar');
  if (existsSync(path)) return path;
  const archive = imageArchive(pauseImage(), readFileSync(join(toolDir('helper'), 'helper')));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, archive);
  renameSync(`${path}.new`, path);
  return path;
}

/** A docker-archive with one static program, which is also the entry point and runs as nobody. */
export function imageArchive(reference: string, program: Buffer): Buffer {
  const layer = tarArchive([{ name: 'pause', mode: 0o755, content: program }]);
  const diffId = `sha256:${createHash('sha256').update(layer).digest('hex')}`;
  const config = JSON.stringify({
    architecture: arch() === 'x64' ? 'amd64' : arch(),
    os: 'linux',
    config: { Entrypoint: ['/pause'], User: '65535:65535' },
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created_by: 'tagservice local cluster' }],
  });
  const manifest = JSON.stringify([{ Config: 'config.json', RepoTags: [reference], Layers: ['layer.tar'] }]);
  const file = (name: string, content: string): { name: string; mode: number; content: Buffer } => ({
    name,
    mode: 0o644,
    content: Buffer.from(content),
  });
  return tarArchive([
    file('config.json', config),
    { name: 'layer.tar', mode: 0o644, content: layer },
    file('manifest.json', manifest),
  ]);
}

const ctr = (socket: string, ...args: string[]): string[] => ['-a', socket, '-n', 'k8s.io', ...args];

/** Imports an archive into the containerd behind the socket. */
export async function importArchive(socket: string, archive: string): Promise<void> {
  if (!existsSync(archive)) {
    throw new PrerequisiteMissing(
      `The image archive ${archive} is not there.`,
      'Name a file made by "docker save" or "buildah push ... docker-archive:FILE:NAME".',
    );
  }
  await exec('ctr', ctr(socket, 'images', 'import', archive));
}

/** Full names of the images behind the socket. */
export async function listImages(socket: string): Promise<string[]> {
  return (await outputOf('ctr', ctr(socket, 'images', 'ls', '-q'))).split('\n').filter(Boolean);
}
