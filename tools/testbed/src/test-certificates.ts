import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureProgram, runProgram } from './command.ts';

/** A certificate with its key, both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority for one test. Its key is thrown away with the folder that it was made in. */
export interface TestAuthority {
  /** The certificate to trust, PEM. */
  readonly ca: string;
  /** A certificate for 127.0.0.1 and localhost. */
  readonly server: KeyPair;
  /** A certificate for somebody who has to show one. */
  readonly client: KeyPair;
}

const days = '2';
const patienceMs = 30_000;

/** Makes an authority and two certificates with openssl: for a server on 127.0.0.1, and for a client. Takes about 0.1 s. */
export async function testAuthority(name = 'test authority'): Promise<TestAuthority> {
  await ensureProgram('openssl', 'openssl');
  const folder = await mkdtemp(join(tmpdir(), 'tagservice-ca-'));
  const at = (file: string): string => join(folder, file);
  const openssl = async (...args: string[]): Promise<string> => await runProgram('openssl', args, patienceMs);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  try {
    await openssl(
      'req',
      '-x509',
      ...newKey,
      '-days',
      days,
      '-subj',
      `/CN=${name}`,
      '-keyout',
      at('ca.key'),
      '-out',
      at('ca.crt'),
    );
    const signed = async (subject: string, extension: string): Promise<KeyPair> => {
      const [key, request, cert, extensions] = ['key', 'csr', 'crt', 'ext'].map((end) => at(`${subject}.${end}`)) as [
        string,
        string,
        string,
        string,
      ];
      await writeFile(extensions, extension);
      await openssl('req', ...newKey, '-subj', `/CN=${subject}`, '-keyout', key, '-out', request);
      const authority = ['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial'];
      await openssl('x509', '-req', '-in', request, ...authority, '-days', days, '-extfile', extensions, '-out', cert);
      return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') };
    };
    const server = await signed(
      'server',
      'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n',
    );
    const client = await signed('client', 'extendedKeyUsage=clientAuth\n');
    return { ca: await readFile(at('ca.crt'), 'utf8'), server, client };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
