/** An image that this project builds from its own sources. */
export interface AppImage {
  readonly name: AppImageName;
  /** Folder of the package whose executable it holds, relative to the root; its Dockerfile lies there. */
  readonly folder: string;
}

export type AppImageName = 'operator' | 'api' | 'compute' | 'sample-site';

export const appImages: readonly AppImage[] = [
  { name: 'operator', folder: 'operator' },
  { name: 'api', folder: 'apps/api' },
  { name: 'compute', folder: 'apps/compute' },
  { name: 'sample-site', folder: 'apps/sample-site' },
];

/** A public image that is used as it is. Where no registry can be reached, a stand-in of the same name is made. */
export type PublicImageName = 'node' | 'redis' | 'kafka';

export interface PublicImage {
  readonly name: PublicImageName;
  readonly reference: string;
}

/** The image that every Dockerfile of the project starts from. */
export const nodeImage: PublicImage = { name: 'node', reference: 'node:24-bookworm-slim' };
export const redisImage: PublicImage = { name: 'redis', reference: 'redis:7' };
export const kafkaImage: PublicImage = { name: 'kafka', reference: 'apache/kafka:4.1.0' };

export const publicImages: readonly PublicImage[] = [nodeImage, redisImage, kafkaImage];

/** What `FROM`, a manifest or `ctr` call the image in full: `redis:7` is `docker.io/library/redis:7`. */
export function fullReference(reference: string): string {
  const [first, ...rest] = reference.split('/');
  if (rest.length === 0) return `docker.io/library/${reference}`;
  return first?.includes('.') || first?.includes(':') ? reference : `docker.io/${reference}`;
}
