// Brooklet's page and the yardsticks: the same answer into each, in the same browser, one after the other.
import { type Browser, type CDPSession, expect, test } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { Ollama } from '../support/house';
import { Program, program } from '../support/process';
import { NOTHING, figures } from './figures';
import { STEP, expectEnd, framesPerSecond, result, watch } from './inside';
import { KINDS, type Kind } from './pages';
import { type Row, report } from './report';
import { Follower } from './follower';
import { Recorder } from './trace';

const TOKENS = Number(process.env.TOKENS || 20_000);
const RATE = 500;

/** How long a page may be behind, in milliseconds, until it is given up. */
const PATIENCE = 60_000;

test('an answer that comes fast', async ({ browser }) => {
  const begun = performance.now();
  const load = loadavg()[0].toFixed(2);
  const fps = await aside(browser, framesPerSecond);
  const ollama = await Ollama.start();
  try {
    const rows = await all(browser, ollama);
    const { content } = await ollama.said(model(TOKENS));
    const table = report(
      {
        brooklet: execFileSync(program('BROOKLET_BIN'), ['--version'], { encoding: 'utf8' }).trim(),
        chromium: browser.version(),
        marked: JSON.parse(readFileSync('node_modules/marked/package.json', 'utf8')).version,
        tokens: TOKENS,
        rate: RATE,
        bytes: Buffer.byteLength(content),
        fps,
        load,
        seconds: (performance.now() - begun) / 1000,
      },
      rows,
    );
    const results = process.env.RESULTS;
    if (results) writeFileSync(results, table);
    console.log(table);
  } finally {
    await ollama.goAway();
  }
});

async function all(browser: Browser, ollama: Ollama): Promise<Row[]> {
  const session = await browser.newBrowserCDPSession();
  const rows: Row[] = [];
  // Each page has a warm-up before any of them is measured: code is compiled and kept, caches are full.
  for (const tokens of [TOKENS / 20, TOKENS]) {
    for (const kind of KINDS) {
      await test.step(`${kind.name}, ${tokens} tokens`, async () => {
        const row = await measure(browser, session, ollama, kind, tokens);
        if (tokens === TOKENS) rows.push(row);
        console.log(`${kind.name}: ${tokens} tokens, ${row.late === null ? 'not whole' : `${Math.round(row.busy.wall)} % busy`}`);
      });
    }
  }
  return rows;
}

function model(tokens: number): string {
  return `sim:text=markdown,seed=1,tokens=${tokens},rate=${RATE}`;
}

/** One page: a context of its own, and a Brooklet of its own, so that no page has another one's chats in its list. */
async function measure(browser: Browser, session: CDPSession, ollama: Ollama, kind: Kind, tokens: number): Promise<Row> {
  const args = ['--listen', '127.0.0.1:0', '--ollama', ollama.url, '--log', 'warn', '--no-titles'];
  const brooklet = await Program.start(program('BROOKLET_BIN'), [...args, '--model', model(tokens)]);
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.addInitScript(watch, STEP);
    await kind.open(page, brooklet.url);
    const { content } = await ollama.said(model(tokens));
    const end = letters(shown(content)).slice(-24);
    const recorder = await Recorder.start(session);
    const generation = await kind.ask(page);
    const follower = new Follower(brooklet.url, generation);
    // Near the end the page is told to look out for it; before that nothing is looked for.
    await follower.until(content.length - 4 * RATE);
    const looking = page.evaluate(expectEnd, { selector: kind.selector, end });
    looking.catch(() => {});
    const sent = await follower.ended();
    const whole = await within(PATIENCE, async () => {
      await looking;
      await page.waitForFunction(() => performance.getEntriesByName('whole').length > 0);
    });
    if (whole) await page.waitForTimeout(500);
    const trace = await recorder.stop();
    // A page that is not through answers no questions either; one that is through has to have it all.
    const isThrough = trace.mark(/^done:/) !== undefined;
    if (!whole && !isThrough) return { kind, ...NOTHING };
    const made = figures(trace, { tokens, ...sent });
    const own = await context.newCDPSession(page);
    await own.send('HeapProfiler.enable');
    await own.send('HeapProfiler.collectGarbage');
    const heap: any = await own.send('Runtime.getHeapUsage');
    const there = await page.evaluate(result, kind.selector);
    const isPlain = there.text === content;
    if (!isPlain) expect(letters(there.text), `the text of ${kind.name}`).toBe(letters(shown(content)));
    const sizes = { heap: heap.usedSize, dom: heap.embedderHeapUsedSize, wasm: there.memory };
    return { kind, ...made, ...sizes, nodes: there.nodes, shown: there.shown };
  } finally {
    await context.close();
    await brooklet.stop();
  }
}

/** What a page has to show of the simulator's Markdown: not the languages of code, addresses, numbers of items. */
function shown(markdown: string): string {
  return markdown
    .replace(/^```\w*$/gm, '')
    .replace(/\]\([^)]*\)/g, '')
    .replace(/^\d+\. /gm, '');
}

function letters(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, '');
}

/** Whether `work` was done in time. */
async function within(milliseconds: number, work: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), milliseconds)));
  const done = work().then(() => true);
  done.catch(() => {});
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function aside<T>(browser: Browser, work: () => Promise<T>): Promise<T> {
  const page = await browser.newPage();
  try {
    return await page.evaluate(work);
  } finally {
    await page.close();
  }
}
