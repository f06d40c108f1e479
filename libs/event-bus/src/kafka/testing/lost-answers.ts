import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Kafka's number of produce requests. */
const produce = 0;

/** A relay before a broker that can lose an answer: the request has had its effect, and whoever sent it does not hear of it. For tests. */
export class LostAnswers {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #toLose = 0;
  /** Produce requests that have passed. */
  produced = 0;

  private constructor(broker: { readonly host: string; readonly port: number }) {
    this.#server = createServer((client) => {
      this.#join(client, connect(broker));
    });
  }

  static async before(address: string): Promise<LostAnswers> {
    const [host = '', port = ''] = address.split(':');
    const relay = new LostAnswers({ host, port: Number(port) });
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The answers to so many of the next produce requests do not arrive: the connection ends instead. */
  lose(count: number): void {
    this.#toLose = count;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #join(client: Socket, broker: Socket): void {
    let lost = false;
    let rest = Buffer.alloc(0);
    const end = (): void => {
      client.destroy();
      broker.destroy();
    };
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      socket.on('error', end);
      socket.on('close', end);
    }
    client.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (
        ;
        rest.length >= 6 && rest.length >= rest.readInt32BE(0) + 4;
        rest = rest.subarray(rest.readInt32BE(0) + 4)
      ) {
        if (rest.readInt16BE(4) !== produce) continue;
        this.produced += 1;
        if (this.#toLose > 0) {
          this.#toLose -= 1;
          lost = true;
        }
      }
      broker.write(chunk);
    });
    broker.on('data', (chunk: Buffer) => {
      if (lost) end();
      else client.write(chunk);
    });
  }
}
