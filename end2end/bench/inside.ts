// What runs inside each page that is measured: marks in the trace, and as little else as possible.

/** How many events of the stream are between two marks. */
export const STEP = 500;

declare global {
  interface Window {
    memories: WebAssembly.Memory[];
    begin(generation: string): void;
  }
}

/** Before the page's own scripts: marks how far the stream has been read, and keeps the memories of its WASM. */
export function watch(step: number): void {
  window.memories = [];
  let next = 0;
  const seen = (message: MessageEvent<string>) => {
    const at = Number(message.lastEventId);
    if (at >= next) {
      performance.mark(`read:${at}`);
      next = at - (at % step) + step;
    }
    if (message.data.startsWith('{"done"')) performance.mark(`done:${at}`);
  };
  const Source = window.EventSource;
  window.EventSource = class extends Source {
    constructor(url: string | URL, init?: EventSourceInit) {
      super(url, init);
      if (`${url}`.includes('/api/follow')) this.addEventListener('message', seen);
    }
  };
  const keep = (instance: WebAssembly.Instance) => {
    for (const it of Object.values(instance.exports)) if (it instanceof WebAssembly.Memory) window.memories.push(it);
  };
  for (const name of ['instantiate', 'instantiateStreaming'] as const) {
    const real = WebAssembly[name] as (...args: any[]) => Promise<any>;
    (WebAssembly as any)[name] = async (...args: any[]) => {
      const made = await real.apply(WebAssembly, args);
      keep(made instanceof WebAssembly.Instance ? made : made.instance);
      return made;
    };
  }
}

/** Begins to look at each frame whether the answer ends with `end`; marks when it does. Letters and digits count. */
export function expectEnd({ selector, end }: { selector: string; end: string }): void {
  const letters = (text: string) => text.replace(/[^\p{L}\p{N}]/gu, '');
  const ends = () => {
    let said = '';
    const answers = document.querySelectorAll(selector);
    const root = answers[answers.length - 1];
    if (!root) return false;
    // From the last text backwards, and no further than needed: a look costs the same however long the answer is.
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    let node: Node | null = root;
    while (node.lastChild) node = node.lastChild;
    texts.currentNode = node;
    for (let at: Node | null = node; at && said.length < end.length; at = texts.previousNode()) {
      const about = at.nodeType === Node.TEXT_NODE && !at.parentElement?.closest('button, figcaption');
      if (about) said = letters((at.nodeValue ?? '').slice(-500)) + said;
    }
    return said.endsWith(end);
  };
  const look = () => {
    if (ends()) performance.mark('whole');
    else requestAnimationFrame(look);
  };
  look();
}

/** The text of the answer without what the page adds to it, and how many nodes the document has. */
export function result(selector: string): { text: string; nodes: number; shown: number; memory: number } {
  const answers = document.querySelectorAll(selector);
  const answer = answers[answers.length - 1].cloneNode(true) as Element;
  const shown = count(answers[answers.length - 1]);
  for (const added of answer.querySelectorAll('button, figcaption')) added.remove();
  const memory = window.memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
  return { text: answer.textContent ?? '', nodes: count(document), shown, memory };

  function count(root: Node): number {
    const walker = document.createTreeWalker(root);
    let nodes = 1;
    while (walker.nextNode()) nodes += 1;
    return nodes;
  }
}

/** Animation frames a second of a page that does nothing else. */
export function framesPerSecond(): Promise<number> {
  return new Promise((resolve) => {
    let frames = 0;
    const start = performance.now();
    const frame = () => {
      const time = performance.now() - start;
      if (time >= 1000) resolve((frames * 1000) / time);
      else {
        frames += 1;
        requestAnimationFrame(frame);
      }
    };
    requestAnimationFrame(frame);
  });
}
