// For programs: the tutorial's own kind of client, a few naive lines, against the release binary.
import { expect, test } from '../support/house';

/** Reads a POST's body as the tutorial does: blocks between blank lines, `data: ` cut off, the rest is JSON. */
async function ask(url: string, message: string, onDelta: (delta: string) => void): Promise<void> {
  const response = await fetch(`${url}/api/chat`, { method: 'POST', body: JSON.stringify({ message }) });
  if (!response.ok || !response.body) throw new Error(await response.text());
  const decoder = new TextDecoder();
  let buffer = '';
  for await (const chunk of response.body as any) {
    buffer += decoder.decode(chunk, { stream: true });
    const blocks = buffer.split('\n\n');
    buffer = blocks.pop()!;
    for (const block of blocks) {
      if (!block.startsWith('data: ')) continue;
      const frame = JSON.parse(block.slice('data: '.length));
      if (frame.delta) onDelta(frame.delta);
      if (frame.done) return;
    }
  }
  throw new Error('the stream ended without done');
}

for (const model of ['sim:tokens=300,text=hostile', 'sim:tokens=300,text=unicode,rate=3000', 'sim:tokens=50,thinking=20']) {
  test.describe(model, () => {
    test.use({ model });

    test("the tutorial's client works unchanged", async ({ brooklet, ollama }) => {
      let response = '';
      await ask(brooklet.url, 'hi', (delta) => (response += delta));
      expect(response).toBe((await ollama.said(model)).content);
    });
  });
}

test("the tutorial's client is told why there is no answer", async ({ brooklet, ollama }) => {
  await ollama.goAway();
  await expect(ask(brooklet.url, 'hi', () => {})).rejects.toThrow('upstream error: Ollama does not answer');
  await expect(ask(brooklet.url, '', () => {})).rejects.toThrow('`message` is empty');
});

test('the binary serves the whole site by itself, each file in its smallest form', async ({ brooklet, page }) => {
  const loaded = new Map<string, Record<string, string>>();
  page.on('response', (response) => loaded.set(new URL(response.url()).pathname, response.headers()));
  await page.goto(brooklet.url);
  await page.locator('body[data-awake]').waitFor();
  const types = {
    '/pkg/brooklet.js': 'text/javascript; charset=utf-8',
    '/pkg/brooklet.css': 'text/css; charset=utf-8',
    [[...loaded.keys()].find((path) => path.endsWith('.wasm'))!]: 'application/wasm',
  };
  for (const [path, type] of Object.entries(types)) {
    const headers = loaded.get(path)!;
    expect(headers['content-type'], path).toBe(type);
    expect(headers['content-encoding'], path).toBe('br');
    expect(headers.vary, path).toBe('accept-encoding');
    const revalidated = await fetch(brooklet.url + path, {
      headers: { 'if-none-match': headers.etag, 'accept-encoding': 'br' },
    });
    expect(revalidated.status, path).toBe(304);
    const gzip = await fetch(brooklet.url + path, { headers: { 'accept-encoding': 'gzip' } });
    expect(gzip.headers.get('content-encoding'), path).toBe('gzip');
    const plain = await fetch(brooklet.url + path, { headers: { 'accept-encoding': 'identity' } });
    expect(plain.headers.get('content-encoding'), path).toBeNull();
    expect(Buffer.from(await plain.arrayBuffer()).equals(Buffer.from(await gzip.arrayBuffer())), path).toBe(true);
    expect(new Set([headers.etag, gzip.headers.get('etag'), plain.headers.get('etag')]).size, path).toBe(3);
  }
  expect([...loaded.keys()].every((path) => !path.startsWith('http'))).toBe(true);
});
