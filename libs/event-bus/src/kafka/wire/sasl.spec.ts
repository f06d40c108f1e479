import fc from 'fast-check';
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AccessFailure } from './errors.ts';
import { authenticate, type Exchange } from './sasl.ts';

const login = { username: 'a=b,c', password: 'pen\u00e7il' } as const;

type Bend = {
  readonly iterations?: number;
  readonly nonce?: string;
  readonly signature?: string;
  readonly password?: string;
};

/** A broker's side of SCRAM, written from RFC 5802; `bend` makes it lie. */
function scramBroker(hash: 'sha256' | 'sha512', bend: Bend = {}): { exchange: Exchange; seen: string[] } {
  const salt = randomBytes(16);
  const iterations = bend.iterations ?? 4096;
  const salted = pbkdf2Sync(
    bend.password ?? login.password,
    salt,
    Math.min(Math.floor(iterations), 9000),
    hash === 'sha256' ? 32 : 64,
    hash,
  );
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
  const seen: string[] = [];
  const transcript: string[] = [];
  return {
    seen,
    exchange: (data) => {
      const message = data.toString();
      seen.push(message);
      if (seen.length === 1) {
        const first = message.slice('n,,'.length);
        const nonce = bend.nonce ?? `${/r=(.*)$/.exec(first)?.[1] ?? ''}server`;
        const answer = `r=${nonce},s=${salt.toString('base64')},i=${String(iterations)}`;
        transcript.push(first, answer);
        return Promise.resolve(Buffer.from(answer));
      }
      const [, final = '', proof = ''] = /^(.*),p=(.*)$/.exec(message) ?? [];
      transcript.push(final);
      const clientKey = hmac(salted, 'Client Key');
      const signature = hmac(createHash(hash).update(clientKey).digest(), transcript.join(','));
      const key = Buffer.from(Buffer.from(proof, 'base64').map((byte, index) => byte ^ (signature[index] ?? 0)));
      if (!key.equals(clientKey)) return Promise.reject(new AccessFailure('wrong password'));
      const server = hmac(hmac(salted, 'Server Key'), transcript.join(',')).toString('base64');
      return Promise.resolve(Buffer.from(`v=${bend.signature ?? server}`));
    },
  };
}

describe('a login', () => {
  it('by PLAIN sends name and password, each after a zero', async () => {
    const sent: string[] = [];
    await authenticate({ mechanism: 'PLAIN', ...login }, (data) => {
      sent.push(data.toString());
      return Promise.resolve(Buffer.alloc(0));
    });
    expect(sent).toEqual([`\0${login.username}\0${login.password}`]);
  });

  it.each([
    ['SCRAM-SHA-256', 'sha256'],
    ['SCRAM-SHA-512', 'sha512'],
  ] as const)('by %s proves the password without sending it', async (mechanism, hash) => {
    const broker = scramBroker(hash);
    await authenticate({ mechanism, ...login }, broker.exchange);
    expect(broker.seen[0]).toContain('n=a=3Db=2Cc,');
    expect(broker.seen.join()).not.toContain(login.password);
    expect(broker.seen).toHaveLength(2);
  });

  it('fails with a wrong password', async () => {
    const broker = scramBroker('sha512', { password: 'other' });
    await expect(authenticate({ mechanism: 'SCRAM-SHA-512', ...login }, broker.exchange)).rejects.toBeInstanceOf(
      AccessFailure,
    );
  });

  it.each([
    [
      'a broker that does not know the password either',
      { signature: Buffer.alloc(64).toString('base64') },
      'did not prove',
    ],
    ['a broker that answers somebody else', { nonce: 'other' }, 'not an answer to ours'],
    ['a broker that makes guessing cheap', { iterations: 1 }, 'wants 1 iterations'],
    ['a broker that has us count for ever', { iterations: 2_000_000_000 }, 'iterations'],
    ['a broker that has us count to a fraction', { iterations: 4096.5 }, 'wants 4096.5 iterations'],
  ])('is not believed of %s', async (_name, bend, message) => {
    const { exchange } = scramBroker('sha512', bend);
    const attempt = authenticate({ mechanism: 'SCRAM-SHA-512', ...login }, exchange);
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toBeInstanceOf(AccessFailure);
  });

  it('is given up with a reason, whatever a broker answers', async () => {
    const field = fc.tuple(fc.constantFrom('r', 's', 'i', 'v', 'e'), fc.string({ maxLength: 12 }));
    const words = fc.array(field.map(([name, value]) => `${name}=${value}`)).map((fields) => fields.join(','));
    const attempt = async (answers: readonly string[]): Promise<unknown> => {
      const left = [...answers];
      const exchange: Exchange = (data) => {
        // Our own nonce has to come back, or nothing after it would be looked at.
        const nonce = /r=([^,]*)/.exec(data.toString())?.[1] ?? '';
        return Promise.resolve(Buffer.from(`r=${nonce}x,s=c2FsdA==,${left.shift() ?? ''}`));
      };
      return await authenticate({ mechanism: 'SCRAM-SHA-256', ...login }, exchange).catch((error: unknown) => error);
    };
    await fc.assert(
      fc.asyncProperty(words, words, async (challenge, final) => {
        expect(await attempt([challenge, final])).toBeInstanceOf(AccessFailure);
      }),
      { numRuns: 50 },
    );
  });
});
