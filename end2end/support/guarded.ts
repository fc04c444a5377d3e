// A page in which nothing may happen by itself: no script but ours, no request but the page's own.
import type { Page, Request } from '@playwright/test';
import { ALLOWED, holes, trap } from './markup';

/** What the page itself may ask its server for. */
const OWN = /^\/($|c\/[\w-]+$|pkg\/|favicon\.svg$|manifest\.webmanifest$|icons\/|sw\.js$|offline$|diagram$|diagram\/mermaid\.js$|api\/(ask|follow|models|shelf|chats|path|touch|draft|panel|finish|drawn|stop)$)/;

export class Guarded {
  readonly page: Page;
  readonly #origin: string;
  readonly #seen: string[] = [];

  private constructor(page: Page, origin: string) {
    this.page = page;
    this.#origin = origin;
  }

  /** To be called before the page is opened. */
  static async watch(page: Page, url: string): Promise<Guarded> {
    const guarded = new Guarded(page, new URL(url).origin);
    await page.addInitScript(trap);
    page.on('request', (request) => guarded.#look(request));
    page.on('dialog', (dialog) => {
      guarded.#seen.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('popup', (popup) => guarded.#seen.push(`window: ${popup.url()}`));
    page.on('framenavigated', (frame) => guarded.#look(frame));
    return guarded;
  }

  /** What has gone wrong until now, a line each. */
  async wrong(): Promise<string[]> {
    const hits = await this.page.evaluate(() => (window as unknown as { __hits: string[] }).__hits);
    const found = await this.page.evaluate(holes, ALLOWED);
    return [...this.#seen, ...hits.map((hit) => `script: ${hit}`), ...found];
  }

  #look(what: Request | { url(): string }): void {
    const url = new URL(what.url());
    const ours = url.origin === this.#origin && OWN.test(url.pathname);
    if (!ours && url.protocol !== 'about:') this.#seen.push(`request: ${url.href.slice(0, 200)}`);
  }
}
