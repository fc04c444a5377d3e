// The network between the browser and Brooklet: a wire that can be cut and healed.
import { type Server, type Socket, connect, createServer } from 'node:net';

export class Wire {
  #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server;
  #port = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = this.#make();
  }

  static async to(target: number): Promise<Wire> {
    const wire = new Wire(target);
    await wire.#listen();
    return wire;
  }

  /** One whose address is known before there is anything behind it. */
  static open(): Promise<Wire> {
    return Wire.to(0);
  }

  /** Puts this port behind it. */
  leadTo(target: number): void {
    this.#target = target;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Drops every connection and takes no new one. */
  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Takes connections again, at the same port. */
  async heal(): Promise<void> {
    this.#server = this.#make();
    await this.#listen();
  }

  #make(): Server {
    return createServer((near) => {
      const far = connect(this.#target, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ]) {
        this.#sockets.add(from);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
        from.pipe(to);
      }
    });
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', () => {
        this.#port = (this.#server.address() as { port: number }).port;
        resolve();
      });
    });
  }
}
