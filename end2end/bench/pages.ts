// The pages that are measured: Brooklet's own, and the yardsticks, which read the same stream from the same server.
import { type BrowserContext, type Page } from '@playwright/test';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { Chat } from '../support/house';

export type Kind = {
  name: string;
  about: string;
  /** Where the answer is. */
  selector: string;
  /** Opens the page; it asks nothing yet. */
  open(page: Page, url: string): Promise<void>;
  /** Asks; tells the generation that answers. */
  ask(page: Page): Promise<string>;
};

const brooklet: Kind = {
  name: 'brooklet',
  about: 'the page itself',
  selector: 'article.answer .text',
  open: (page, url) => new Chat(page).open(url),
  ask: async (page) => {
    const answered = page.waitForResponse((it) => it.url().endsWith('/api/ask'));
    await new Chat(page).ask('Tell me everything.');
    return (await (await answered).json()).generation;
  },
};

function yardstick(name: string, file: string, about: string): Kind {
  return {
    name,
    about,
    selector: '#answer',
    open: async (page, url) => {
      await serve(page.context());
      await page.goto(`${url}/yardstick/${file}`);
      await page.waitForFunction(() => 'begin' in window);
      // From here on nothing stands between the page and the server.
      await page.context().unrouteAll();
    },
    ask: async (page) => {
      const asked = await page.evaluate(async () => {
        const body = JSON.stringify({ text: 'Tell me everything.' });
        const headers = { 'Content-Type': 'application/json' };
        return (await fetch('/api/ask', { method: 'POST', headers, body })).json();
      });
      await page.evaluate((generation) => window.begin(generation), asked.generation);
      return asked.generation;
    },
  };
}

export const KINDS: Kind[] = [
  brooklet,
  yardstick('reparse-wasm', 'reparse.html', 'pulldown-cmark in WASM: all of the text and all of the HTML, each frame'),
  yardstick('marked', 'marked.html', 'marked: all of the text and all of the HTML, each token'),
  yardstick('text', 'text.html', '`textContent += delta`, each token'),
];

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** Where a yardstick's file is: its own folder, npm's, or the one with the WASM that xtask has built. */
function place(file: string): string {
  if (file === 'marked.js') return join(HERE, '../node_modules/marked/lib/marked.esm.js');
  if (file.startsWith('reparse') && !file.endsWith('.html')) return join(process.env.YARDSTICK ?? '', file);
  return join(HERE, 'pages', file);
}

/** The yardsticks' files come from Brooklet's own address, so that their streams may. */
async function serve(context: BrowserContext): Promise<void> {
  await context.route('**/yardstick/*', (route) => {
    const file = new URL(route.request().url()).pathname.split('/').pop() ?? '';
    return route.fulfill({ path: place(file) });
  });
}
