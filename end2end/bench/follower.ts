// Another reader of a generation's stream, outside of the browser: it knows when the last token was sent.

export class Follower {
  #length = 0;
  #events = 0;
  #sent = 0;
  #waiting: { length: number; resolve: () => void } | undefined;
  readonly #done: Promise<void>;

  constructor(url: string, generation: string) {
    this.#done = this.#read(`${url}/api/follow?generation=${generation}`);
    // Whoever waits for the end is told.
    this.#done.catch(() => {});
  }

  /** Waits until so much of the text has come. */
  async until(length: number): Promise<void> {
    if (this.#length >= length) return;
    const come = new Promise<void>((resolve) => (this.#waiting = { length, resolve }));
    await Promise.race([come, this.#done]);
  }

  /** How many events there were, and when the last one with text came, in milliseconds of `process.hrtime`. */
  async ended(): Promise<{ events: number; sent: number }> {
    await this.#done;
    return { events: this.#events, sent: this.#sent };
  }

  async #read(url: string): Promise<void> {
    const response = await fetch(url);
    if (!response.body) throw new Error(`${url} has no body`);
    let rest = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const now = Number(process.hrtime.bigint()) / 1e6;
      const frames = (rest + chunk).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) this.#take(frame, now);
    }
  }

  #take(frame: string, now: number): void {
    const lines = frame.split('\n');
    const id = lines.find((line) => line.startsWith('id: '));
    const data = lines.find((line) => line.startsWith('data: '));
    if (id) this.#events = Number(id.slice(4));
    if (!data) return;
    const event = JSON.parse(data.slice(6));
    const text = event.snapshot?.content ?? event.delta;
    if (!text) return;
    this.#length += text.length;
    this.#sent = now;
    if (this.#waiting && this.#length >= this.#waiting.length) this.#waiting.resolve();
  }
}
