import { step, type Cluster, type Report } from '@tagservice/cluster';
import { appImages, ImageStore, kafkaImage, redisImage, type AppImageName, type ReadyImage } from '@tagservice/images';

/** References of the images to install with. */
export interface ImageReferences {
  readonly apps: Readonly<Record<AppImageName, string>>;
  readonly redis: string;
  readonly kafka: string;
  /** Whether anything was built or loaded. */
  readonly changed: boolean;
}

/** A cluster that we did not make cannot be given archives: it must find the images in a registry. */
export class RegistryMissing extends Error {
  override readonly name = 'RegistryMissing';
  constructor() {
    super(
      'A cluster of your own pulls its images from a registry. Build and push them (docker build --file apps/api/Dockerfile ., ...) and name the prefix, e.g. TAGSERVICE_REGISTRY=ghcr.io/you npm run up -- --context NAME',
    );
  }
}

function references(images: readonly ReadyImage[], prefix: string): Record<AppImageName, string> {
  const entries = appImages.map(({ name }) => {
    const image = images.find((one) => one.name === name);
    return [name, `${prefix}${image?.reference ?? ''}`];
  });
  return Object.fromEntries(entries) as Record<AppImageName, string>;
}

async function missingOn(cluster: Cluster, images: readonly ReadyImage[]): Promise<readonly ReadyImage[]> {
  const there = await Promise.all(images.map((image) => cluster.hasImage(image.marker)));
  return images.filter((_, index) => there[index] !== true);
}

/** Builds what has no archive of its content yet, and loads what the nodes do not have. */
export async function ensureImages(cluster: Cluster, report: Report): Promise<ImageReferences> {
  const store = new ImageStore(report);
  const apps: ReadyImage[] = [];
  for (const image of appImages) apps.push(await store.app(image));
  if (cluster.provider === 'context') {
    const prefix = process.env['TAGSERVICE_REGISTRY'];
    if (prefix === undefined) throw new RegistryMissing();
    const named = references(apps, `${prefix.replace(/\/$/, '')}/`);
    return { apps: named, redis: redisImage.reference, kafka: kafkaImage.reference, changed: false };
  }
  const all = [...apps, await store.public(redisImage), await store.public(kafkaImage)];
  const missing = await missingOn(cluster, all);
  if (missing.length > 0) {
    const megabytes = Math.round(missing.reduce((sum, image) => sum + image.size, 0) / 1e6);
    const title = `load ${missing.map((image) => image.reference).join(', ')} (${String(megabytes)} MB)`;
    await step(report, title, () => cluster.load(missing.map((image) => image.archive)));
  }
  const changed = missing.length > 0 || all.some((image) => image.built);
  return { apps: references(apps, ''), redis: redisImage.reference, kafka: kafkaImage.reference, changed };
}
