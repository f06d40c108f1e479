import { choice, OBJECT_NAME, section, setOf, text } from '../schema-kit.ts';

const image = (component: string, fallback: string) =>
  text(`Image of ${component}, with tag or digest. Default: ${fallback}. A change rolls its pods.`, {
    max: 512,
    pattern: String.raw`^[a-zA-Z0-9][a-zA-Z0-9._\-/:@]*$`,
  }).exactOptional();

export const imagesSchema = section(
  'Container images. An image that cannot be pulled is named in the condition of its component.',
  {
    api: image('the HTTP service', "the one of the operator's release"),
    compute: image('the workers', "the one of the operator's release"),
    redis: image('Redis, version 7 or later', "the one of the operator's release"),
    pullPolicy: choice('When nodes pull. Default IfNotPresent.', ['Always', 'IfNotPresent', 'Never']).default(
      'IfNotPresent',
    ),
    pullSecrets: setOf(
      'Names of Secrets in this namespace that hold registry credentials. Default: none. A missing Secret is ignored by nodes until a pull fails.',
      text('Name of a Secret.', { max: 253, pattern: OBJECT_NAME }),
      { max: 8 },
    ).default([]),
  },
);
