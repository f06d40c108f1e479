import { commonEnvironment as names } from '@tagservice/contracts';
import type { TagService } from '@tagservice/crd';
import { CERTIFICATE_KEYS, SASL_KEYS } from './secret-uses.ts';

/** What a pod needs to reach the brokers as declared. The applications read the files anew at each connection, so a rotation rolls no pods. */
export type PodKafkaAccess = {
  readonly env: Readonly<Record<string, string>>;
  readonly volumes: readonly SecretVolume[];
  readonly mounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly: true }[];
};

type SecretVolume = {
  readonly name: string;
  readonly secret: {
    readonly secretName: string;
    readonly defaultMode: number;
    readonly items: { readonly key: string; readonly path: string }[];
  };
};

/** A Secret as files; `items` by the name of the file. */
type Mounted = {
  readonly folder: 'ca' | 'certificate' | 'login';
  readonly secretName: string;
  readonly items: readonly { readonly key: string; readonly variable: string }[];
};

const FOLDER = '/etc/tagservice/kafka';
/** Readable by the group of the pod, by nobody else. */
const MODE = 0o440;

/** Variables, volumes and mounts for `spec.kafka.tls` and `spec.kafka.sasl`; nothing where neither is declared. */
export function kafkaAccess({ spec }: TagService): PodKafkaAccess {
  const { tls, sasl } = spec.kafka;
  const mounted = mountedSecrets(spec.kafka);
  return {
    env: {
      ...(tls !== undefined && { [names.kafkaTls]: 'true' }),
      ...(sasl !== undefined && { [names.kafkaSaslMechanism]: sasl.mechanism }),
      ...Object.fromEntries(
        mounted.flatMap(({ folder, items }) =>
          items.map(({ key, variable }) => [variable, `${FOLDER}/${folder}/${key}`] as const),
        ),
      ),
    },
    volumes: mounted.map(({ folder, secretName, items }) => ({
      name: `kafka-${folder}`,
      secret: { secretName, defaultMode: MODE, items: items.map(({ key }) => ({ key, path: key })) },
    })),
    // Whole folders: a file mounted by itself (subPath) would keep its first content for ever.
    mounts: mounted.map(({ folder }) => ({
      name: `kafka-${folder}`,
      mountPath: `${FOLDER}/${folder}`,
      readOnly: true,
    })),
  };
}

function mountedSecrets({ tls, sasl }: TagService['spec']['kafka']): Mounted[] {
  const { caSecretRef: ca, certificateSecretRef: certificate } = tls ?? {};
  const mounted: (Mounted | undefined)[] = [
    ca && { folder: 'ca', secretName: ca.name, items: [{ key: ca.key, variable: names.kafkaTlsCaFile }] },
    certificate && {
      folder: 'certificate',
      secretName: certificate.name,
      items: [
        { key: CERTIFICATE_KEYS.cert, variable: names.kafkaTlsCertificateFile },
        { key: CERTIFICATE_KEYS.key, variable: names.kafkaTlsKeyFile },
      ],
    },
    sasl && {
      folder: 'login',
      secretName: sasl.secretRef.name,
      items: [
        { key: SASL_KEYS.username, variable: names.kafkaSaslUsernameFile },
        { key: SASL_KEYS.password, variable: names.kafkaSaslPasswordFile },
      ],
    },
  ];
  return mounted.filter((one) => one !== undefined);
}
