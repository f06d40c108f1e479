import { connect } from 'node:net';
import { TestbedFailure } from './errors.ts';

/** Names the socket at which the test run's own Kafka can be asked for; set by `vitest-kafka.ts`. */
export const SHARED_KAFKA_SOCKET = 'TAGSERVICE_TEST_KAFKA_SOCKET';

/** Names a broker that is already there, as a list of addresses; then none is started. */
export const EXISTING_KAFKA = 'TAGSERVICE_TEST_KAFKA';

/**
 * Address of the one Kafka that all integration tests of a run share; the first to ask starts it (about 5 s). Use topics
 * and groups with names of your own. A test that stops or freezes the broker starts one with `startKafka`.
 */
export async function sharedKafka(): Promise<string> {
  const existing = process.env[EXISTING_KAFKA];
  if (existing !== undefined && existing !== '') return existing;
  const path = process.env[SHARED_KAFKA_SOCKET];
  if (path === undefined) {
    throw new TestbedFailure(
      'sharedKafka() works in tests of the vitest project "integration" only; use startKafka().',
    );
  }
  const answer = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect({ path });
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (text += chunk));
    socket.once('error', reject);
    socket.once('end', () => {
      resolve(text);
    });
  });
  if (!answer.startsWith('ok ')) throw new TestbedFailure(answer);
  return answer.slice(3);
}
