import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Reader, Writer } from '../bytes.ts';
import { FrameSplitter } from '../frames.ts';
import { apiVersions, requiredRequests, type RequestType } from '../requests.ts';
import { legacyText, skipTaggedFields } from '../types.ts';

/** What a request is answered with: an answer (also a later one), raw bytes in the place of one, nothing at all, or the end of the connection. */
export type Answer = (question: never) => object | Buffer | Promise<object> | 'nothing' | 'close';
export type Script = readonly (readonly [RequestType<never, never>, Answer])[];

/** A broker that answers by a script, over a real socket. */
export interface ScriptedBroker {
  readonly host: string;
  readonly port: number;
  /** Connections that were made so far. */
  readonly connections: () => number;
  /** Connections that are open now. */
  readonly open: () => number;
  /** Ends every connection, as a broker that restarts does. */
  hangUp(): void;
  close(): void;
}

/** A script from pairs of request and answer, for tests. */
export const script = (...steps: [unknown, Answer][]): Script => steps as unknown as Script;

/** What a broker offers that knows all that we need. */
export const everything = {
  error: 0,
  apis: requiredRequests.map(({ key, version }) => ({ key, min: 0, max: version })),
};

/** The step by which connections begin. */
export const offered: [unknown, Answer] = [apiVersions, () => everything];

/** Starts one on a free port of 127.0.0.1. Requests that are not in the script are not answered. */
export async function scriptedBroker(steps: Script): Promise<ScriptedBroker> {
  const byKey = new Map(steps.map(([type, answer]) => [type.key, { type, answer }]));
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    const frames = new FrameSplitter();
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const frame of frames.push(chunk)) serve(socket, new Reader(frame), byKey);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    host: '127.0.0.1',
    port,
    connections: () => sockets.length,
    open: () => sockets.filter(({ destroyed }) => !destroyed).length,
    hangUp,
    close: () => {
      hangUp();
      server.close();
    },
  };
}

type Step = { readonly type: RequestType<never, never>; readonly answer: Answer };

function serve(socket: Socket, frame: Reader, steps: ReadonlyMap<number, Step>): void {
  const key = frame.int16();
  frame.int16();
  const correlation = frame.int32();
  legacyText.read(frame);
  const step = steps.get(key);
  if (step === undefined) return;
  if (step.type.flexible) skipTaggedFields(frame);
  const answer = step.answer(step.type.question.read(frame));
  if (answer === 'close') socket.destroy();
  else if (answer instanceof Promise)
    void answer.then((later: object) => socket.write(answerFrame(step, correlation, later)));
  else if (answer !== 'nothing') socket.write(answerFrame(step, correlation, answer));
}

function answerFrame({ type }: Step, correlation: number, answer: object | Buffer): Buffer {
  const writer = new Writer();
  writer.int32(correlation);
  if (type.flexibleAnswer) writer.uvarint(0);
  if (Buffer.isBuffer(answer)) writer.raw(answer);
  else type.answer.write(writer, answer as never);
  const size = Buffer.alloc(4);
  size.writeInt32BE(writer.bytes().length);
  return Buffer.concat([size, writer.bytes()]);
}
