import { afterEach, describe, expect, it } from 'vitest';
import { startKafka, type TestKafka } from './kafka.ts';
import { exchange } from './ports.ts';
import { sharedKafka } from './shared-kafka.ts';

let kafka: TestKafka | undefined;

afterEach(async () => {
  await kafka?.stop();
  kafka = undefined;
});

/** Asks for ApiVersions; any answer shows a broker that serves. */
async function serves(address: string): Promise<boolean> {
  const request = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);
  return await exchange(Number(address.split(':')[1]), request, (bytes) => bytes.length >= 10).then(
    () => true,
    () => false,
  );
}

describe('startKafka', () => {
  it('serves until it is killed, and again on the same address after a restart', async () => {
    kafka = await startKafka({ config: { 'log.retention.hours': 1 } });
    expect(await serves(kafka.address)).toBe(true);
    await kafka.kill();
    expect(await serves(kafka.address)).toBe(false);
    await kafka.restart();
    expect(await serves(kafka.address)).toBe(true);
  });
});

describe('sharedKafka', () => {
  it('is one broker for everybody who asks', async () => {
    const [first, second] = await Promise.all([sharedKafka(), sharedKafka()]);
    expect(first).toBe(second);
    expect(await serves(first)).toBe(true);
  });
});
