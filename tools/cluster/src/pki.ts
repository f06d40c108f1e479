import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from './run.ts';

/** One certificate: who (CN), in which groups (O), reachable under which names, signed by which authority. */
export type CertificateRequest = {
  name: string;
  commonName: string;
  organization?: string;
  altNames?: readonly string[];
  authority?: 'ca' | 'front-ca';
};

const lifetimeDays = '3650';

/** The certificates that the control plane needs. `addresses` are those under which the API server is asked. */
export function controlPlaneCertificates(addresses: readonly string[]): CertificateRequest[] {
  const dns = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
    'localhost',
  ];
  const altNames = [...dns.map((name) => `DNS:${name}`), ...addresses.map((address) => `IP:${address}`)];
  return [
    { name: 'apiserver', commonName: 'kube-apiserver', altNames },
    { name: 'admin', commonName: 'admin', organization: 'system:masters' },
    { name: 'kubelet-client', commonName: 'kube-apiserver-kubelet-client', organization: 'system:masters' },
    { name: 'controller-manager', commonName: 'system:kube-controller-manager' },
    { name: 'scheduler', commonName: 'system:kube-scheduler' },
    { name: 'proxy', commonName: 'system:kube-proxy' },
    { name: 'dns', commonName: 'system:coredns' },
    { name: 'front', commonName: 'front-proxy-client', authority: 'front-ca' },
  ];
}

/** The certificate of a node's kubelet, as client and as server. */
export function nodeCertificate(node: string, address: string): CertificateRequest {
  return {
    name: node,
    commonName: `system:node:${node}`,
    organization: 'system:nodes',
    altNames: [`DNS:${node}`, `IP:${address}`],
  };
}

/** The extension file that openssl reads. */
export function renderExtensions(request: CertificateRequest): string {
  const lines = ['basicConstraints=CA:FALSE', 'keyUsage=digitalSignature', 'extendedKeyUsage=serverAuth,clientAuth'];
  if (request.altNames !== undefined && request.altNames.length > 0) {
    lines.push(`subjectAltName=${request.altNames.join(',')}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Reads one PEM file of the folder. */
export const readPem = (dir: string, file: string): string => readFileSync(join(dir, file), 'utf8');

/** Makes what is missing: two authorities, the service account key and the certificates. Files that are there stay. */
export async function ensurePki(dir: string, requests: readonly CertificateRequest[]): Promise<void> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  await Promise.all(['ca', 'front-ca'].map((name) => makeAuthority(dir, name)));
  if (!existsSync(join(dir, 'sa.pub'))) {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(join(dir, 'sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    writeFileSync(join(dir, 'sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  }
  await Promise.all(requests.map((request) => makeCertificate(dir, request)));
}

function writeKey(dir: string, name: string): string {
  const file = join(dir, `${name}.key`);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return file;
}

/** The certificate is moved into place last: where it is, its key is whole too. */
async function makeAuthority(dir: string, name: string): Promise<void> {
  const certificate = join(dir, `${name}.crt`);
  if (existsSync(certificate)) return;
  const key = writeKey(dir, name);
  const subject = ['-subj', `/CN=tagservice-${name}`, '-days', lifetimeDays, '-sha256'];
  const extensions = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature'];
  await exec('openssl', ['req', '-x509', '-new', '-key', key, ...subject, ...extensions, '-out', `${certificate}.new`]);
  renameSync(`${certificate}.new`, certificate);
}

async function makeCertificate(dir: string, request: CertificateRequest): Promise<void> {
  const certificate = join(dir, `${request.name}.crt`);
  if (existsSync(certificate)) return;
  const key = writeKey(dir, request.name);
  const authority = join(dir, request.authority ?? 'ca');
  const organization = request.organization === undefined ? '' : `/O=${request.organization}`;
  const csr = ['req', '-new', '-key', key, '-subj', `${organization}/CN=${request.commonName}`];
  const signed = await exec('openssl', csr);
  const extensions = join(dir, `${request.name}.ext`);
  writeFileSync(extensions, renderExtensions(request));
  // 16 random bytes: serial numbers from a shared file would collide when certificates are made side by side.
  const serial = `0x00${crypto.randomUUID().replaceAll('-', '')}`;
  const by = [
    '-CA',
    `${authority}.crt`,
    '-CAkey',
    `${authority}.key`,
    '-set_serial',
    serial,
    '-days',
    lifetimeDays,
    '-sha256',
  ];
  const output = ['-extfile', extensions, '-out', `${certificate}.new`];
  await exec('openssl', ['x509', '-req', ...by, ...output], { input: signed.stdout });
  renameSync(`${certificate}.new`, certificate);
}
