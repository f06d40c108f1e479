import type { Socket } from 'node:net';
import type { KafkaLogin, SecuritySource } from '../security.ts';
import { Reader, Writer } from './bytes.ts';
import { errorCode } from './error-codes.ts';
import { AccessFailure, BrokerError, ConnectionFailure, MalformedAnswer, UnsupportedRequest } from './errors.ts';
import { FrameSplitter } from './frames.ts';
import { apiVersions, requiredRequests, saslAuthenticate, saslHandshake, type RequestType } from './requests.ts';
import { authenticate } from './sasl.ts';
import { addressOf, failureOf, openSocket, type Endpoint } from './socket.ts';
import { legacyText, skipTaggedFields } from './types.ts';

/** Options of {@link openConnection}. */
export interface ConnectionOptions {
  readonly endpoint: Endpoint;
  readonly clientId: string;
  readonly security: SecuritySource;
  /** Longest wait for TCP and TLS, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Longest wait for an answer, in milliseconds. */
  readonly requestTimeoutMs: number;
}

/** A connection that has learned what the broker offers and has logged in. */
export interface Connection {
  /** False once it is closed, or its login is about to end (KIP-368): then a new one is to be made. */
  readonly usable: boolean;
  /** @throws UnsupportedRequest the broker does not offer it; ConnectionFailure, MalformedAnswer: then the connection is closed */
  send<Q, A>(type: RequestType<Q, A>, question: Q): Promise<A>;
  /** Closes it once what is under way has been answered. */
  retire(): void;
  close(): void;
}

/** Connects, compares versions, logs in. @throws ConnectionFailure, AccessFailure, UnsupportedRequest */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const { tls, sasl } = options.security();
  const socket = await openSocket(options.endpoint, tls, options.connectTimeoutMs);
  const connection = new WireConnection(socket, options);
  try {
    const ranges = await compareVersions(connection, options.endpoint);
    if (sasl !== undefined) connection.expiresAt = await logIn(connection, sasl, options.endpoint);
    connection.ranges = ranges;
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Versions that a broker knows, by the key of the request. */
type Ranges = ReadonlyMap<number, { readonly min: number; readonly max: number }>;

function isOffered(ranges: Ranges, { key, version }: Pick<RequestType<never, never>, 'key' | 'version'>): boolean {
  const range = ranges.get(key);
  return range !== undefined && range.min <= version && version <= range.max;
}

async function compareVersions(connection: WireConnection, endpoint: Endpoint): Promise<Ranges> {
  const software = { software: 'tagservice', softwareVersion: '1' };
  const { error, apis } = await connection.send(apiVersions, software);
  const failure = errorCode(error);
  const offered = new Map(apis.map((api) => [api.key, api]));
  const missing = requiredRequests.filter((type) => !isOffered(offered, type));
  if (failure === undefined && missing.length === 0) return offered;
  const what = missing.map(({ name, version }) => `${name} v${String(version)}`).join(', ');
  throw new UnsupportedRequest(
    `${addressOf(endpoint)} does not offer ${what} (${failure?.code ?? 'by its list of versions'}): Kafka 2.8 or later is needed`,
  );
}

/** Part of a session's life after which a new connection is made, before the broker ends the old one in the middle of a request. */
const useOfSession = 0.8;

/** Logs in. Answers with the time (of `performance.now()`) from which the login is not to be relied on. */
async function logIn(connection: WireConnection, login: KafkaLogin, endpoint: Endpoint): Promise<number> {
  const handshake = await connection.send(saslHandshake, { mechanism: login.mechanism });
  if (handshake.error !== 0)
    throw new AccessFailure(
      `${addressOf(endpoint)} does not accept ${login.mechanism}, only ${handshake.mechanisms.join(', ')}`,
    );
  let lifetimeMs = 0n;
  const begun = performance.now();
  await authenticate(login, async (data) => {
    const answer = await connection.send(saslAuthenticate, { data });
    const failure = errorCode(answer.error);
    if (failure?.retriable === true) throw new BrokerError(failure, answer.message);
    if (failure !== undefined)
      throw new AccessFailure(`${addressOf(endpoint)} refuses the login: ${answer.message ?? failure.code}`);
    lifetimeMs = answer.lifetimeMs;
    return answer.data;
  });
  return lifetimeMs === 0n ? Infinity : begun + Number(lifetimeMs) * useOfSession;
}

interface Waiting {
  readonly answered: (frame: Reader) => void;
  readonly failed: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

class WireConnection implements Connection {
  expiresAt = Infinity;
  /** Known once the connection is ready. */
  ranges: Ranges | undefined;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #frames = new FrameSplitter();
  readonly #waiting = new Map<number, Waiting>();
  #correlation = 0;
  #closed: Error | undefined;
  #retired = false;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('data', (chunk: Buffer) => {
      this.#receive(chunk);
    });
    socket.on('error', (error) => {
      this.#end(failureOf(options.endpoint, error));
    });
    socket.on('close', () => {
      this.#end(new ConnectionFailure(`${addressOf(options.endpoint)} closed the connection`));
    });
    // An idle connection must not keep a process that is done from ending.
    socket.unref();
  }

  get usable(): boolean {
    return this.#closed === undefined && performance.now() < this.expiresAt;
  }

  async send<Q, A>(type: RequestType<Q, A>, question: Q): Promise<A> {
    if (this.#closed !== undefined) throw this.#closed;
    if (this.ranges !== undefined && !isOffered(this.ranges, type))
      throw new UnsupportedRequest(
        `${addressOf(this.#options.endpoint)} does not offer ${type.name} v${String(type.version)}`,
      );
    const correlation = (this.#correlation = (this.#correlation + 1) & 0x7fff_ffff);
    const frame = requestFrame(type, question, { correlation, clientId: this.#options.clientId });
    this.#socket.ref();
    const answer = await new Promise<Reader>((answered, failed) => {
      const timer = setTimeout(() => {
        const { endpoint, requestTimeoutMs } = this.#options;
        // Answers come in the order of requests: behind one that does not come, none will.
        this.#end(
          new ConnectionFailure(
            `${addressOf(endpoint)}: no answer to ${type.name} within ${String(requestTimeoutMs)} ms`,
          ),
        );
      }, this.#options.requestTimeoutMs);
      this.#waiting.set(correlation, { answered, failed, timer });
      this.#socket.write(frame);
    });
    try {
      if (type.flexibleAnswer) skipTaggedFields(answer);
      return type.answer.read(answer);
    } catch (error) {
      const malformed = new MalformedAnswer(
        `${addressOf(this.#options.endpoint)}: the answer to ${type.name} cannot be read: ${String(error)}`,
        { cause: error },
      );
      this.#end(malformed);
      throw malformed;
    }
  }

  retire(): void {
    this.#retired = true;
    if (this.#waiting.size === 0) this.close();
  }

  close(): void {
    this.#end(new ConnectionFailure('closed by us'));
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.push(chunk)) this.#deliver(new Reader(frame));
    } catch (error) {
      this.#end(error as Error);
    }
  }

  #deliver(frame: Reader): void {
    const correlation = frame.int32();
    const waiting = this.#waiting.get(correlation);
    if (waiting === undefined)
      throw new MalformedAnswer(`${addressOf(this.#options.endpoint)} answered a question that nobody asked`);
    this.#waiting.delete(correlation);
    clearTimeout(waiting.timer);
    if (this.#waiting.size === 0) this.#socket.unref();
    waiting.answered(frame);
    if (this.#retired) this.retire();
  }

  #end(error: Error): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    this.#socket.destroy();
    for (const { failed, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      failed(error);
    }
    this.#waiting.clear();
  }
}

/** A request with its header: version 1, and with tagged fields where the request is flexible. The client id keeps its old form in both. */
export function requestFrame<Q>(
  type: RequestType<Q, unknown>,
  question: Q,
  { correlation, clientId }: { readonly correlation: number; readonly clientId: string },
): Buffer {
  const writer = new Writer();
  writer.int16(type.key);
  writer.int16(type.version);
  writer.int32(correlation);
  legacyText.write(writer, clientId);
  if (type.flexible) writer.uvarint(0);
  type.question.write(writer, question);
  const body = writer.bytes();
  const size = Buffer.allocUnsafe(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
}
