import { readFileSync } from 'node:fs';
import type { KafkaSecurity, SaslMechanism, SecuritySource } from './security.ts';

/** Paths of mounted secrets, each with one value. */
export interface SecurityFiles {
  /** Present: connections use TLS. */
  readonly tls?: { readonly caFile?: string; readonly certificateFile?: string; readonly keyFile?: string };
  readonly sasl?: { readonly mechanism: SaslMechanism; readonly usernameFile: string; readonly passwordFile: string };
}

/**
 * Reads the files whenever a connection is made, so that a rotated secret takes effect at the next one. Files are read at once and not
 * asynchronously, because kafkajs asks for them in the middle of connecting; they are small and in memory (tmpfs).
 */
export function securityFromFiles({ tls, sasl }: SecurityFiles): SecuritySource {
  return () => ({
    ...(tls !== undefined && { tls: readTls(tls) }),
    ...(sasl !== undefined && {
      sasl: {
        mechanism: sasl.mechanism,
        username: readValue(sasl.usernameFile),
        password: readValue(sasl.passwordFile),
      },
    }),
  });
}

function readTls({
  caFile,
  certificateFile,
  keyFile,
}: NonNullable<SecurityFiles['tls']>): KafkaSecurity['tls'] & object {
  return {
    ...(caFile !== undefined && { ca: readFileSync(caFile, 'utf8') }),
    ...(certificateFile !== undefined && { cert: readFileSync(certificateFile, 'utf8') }),
    ...(keyFile !== undefined && { key: readFileSync(keyFile, 'utf8') }),
  };
}

/** Editors and `echo` end a file with a line break, which is no part of the value. */
const readValue = (path: string): string => readFileSync(path, 'utf8').replace(/\r?\n$/, '');
