import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { KafkaLogin } from '../security.ts';
import { AccessFailure } from './errors.ts';

/** Sends one message of a login and answers with the broker's. */
export type Exchange = (data: Buffer) => Promise<Buffer>;

/** Logs in by the mechanism of the login. @throws AccessFailure when the broker does not prove that it knows the password too */
export async function authenticate(login: KafkaLogin, exchange: Exchange): Promise<void> {
  if (login.mechanism === 'PLAIN') {
    await exchange(Buffer.from(`\0${login.username}\0${login.password}`, 'utf8'));
    return;
  }
  await scram(login, exchange);
}

const derive = promisify(pbkdf2);
const hashes = { 'SCRAM-SHA-256': 'sha256', 'SCRAM-SHA-512': 'sha512' } as const;
/** RFC 5802 asks for 4096 at least; the upper bound keeps a hostile broker from having us count for minutes. */
const iterationBounds = { least: 4096, most: 1_000_000 };

/** SCRAM (RFC 5802) as Kafka has it: without channel binding. */
async function scram(login: KafkaLogin, exchange: Exchange, nonce = randomBytes(24).toString('base64')): Promise<void> {
  const hash = hashes[login.mechanism as keyof typeof hashes];
  const clientFirst = `n=${escapeName(login.username)},r=${nonce}`;
  const serverFirst = (await exchange(Buffer.from(`n,,${clientFirst}`))).toString('utf8');
  const { salt, iterations, serverNonce } = challengeOf(serverFirst, nonce);
  const clientFinal = `c=${Buffer.from('n,,').toString('base64')},r=${serverNonce}`;
  const signed = `${clientFirst},${serverFirst},${clientFinal}`;

  const salted = await derive(login.password, salt, iterations, hash === 'sha256' ? 32 : 64, hash);
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
  const clientKey = hmac(salted, 'Client Key');
  const storedKey = createHash(hash).update(clientKey).digest();
  const proof = xor(clientKey, hmac(storedKey, signed)).toString('base64');

  const serverFinal = fieldsOf((await exchange(Buffer.from(`${clientFinal},p=${proof}`))).toString('utf8'));
  const signature = Buffer.from(serverFinal.get('v') ?? '', 'base64');
  const wanted = hmac(hmac(salted, 'Server Key'), signed);
  if (signature.length !== wanted.length || !timingSafeEqual(signature, wanted))
    throw new AccessFailure('the broker did not prove that it knows the password');
}

function challengeOf(serverFirst: string, nonce: string) {
  const fields = fieldsOf(serverFirst);
  const serverNonce = fields.get('r') ?? '';
  const salt = Buffer.from(fields.get('s') ?? '', 'base64');
  const iterations = Number(fields.get('i'));
  const { least, most } = iterationBounds;
  if (!serverNonce.startsWith(nonce) || serverNonce.length <= nonce.length || salt.length === 0)
    throw new AccessFailure('the challenge of the broker is not an answer to ours');
  if (!(Number.isInteger(iterations) && iterations >= least && iterations <= most))
    throw new AccessFailure(`the broker wants ${fields.get('i') ?? 'no'} iterations, allowed are ${least} to ${most}`);
  return { serverNonce, salt, iterations };
}

/** `a=1,b=2` as a map. Values may hold "=". */
function fieldsOf(message: string): Map<string, string> {
  return new Map(message.split(',').map((field) => [field.slice(0, 1), field.slice(2)]));
}

const escapeName = (name: string): string => name.replaceAll('=', '=3D').replaceAll(',', '=2C');

const xor = (left: Buffer, right: Buffer): Buffer => Buffer.from(left.map((byte, index) => byte ^ (right[index] ?? 0)));
