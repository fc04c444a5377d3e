// The fixtures: an Ollama, a Brooklet before it, and a page on it that complains about nothing.
import AxeBuilder from '@axe-core/playwright';
import { type BrowserContext, type Locator, type Page, test as base, expect } from '@playwright/test';
import { Program, program } from './process';
import { Wire } from './wire';

export { expect };

/** A text word by word: how it is set in lines and paragraphs is the page's to say. */
export function words(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** An Ollama that can go away and come back. */
export class Ollama {
  #program: Program;

  private constructor(started: Program) {
    this.#program = started;
  }

  static async start(): Promise<Ollama> {
    return new Ollama(await Ollama.#at(0));
  }

  static #at(port: number): Promise<Program> {
    return Program.start(program('OLLAMA_SIM_BIN'), ['--listen', `127.0.0.1:${port}`]);
  }

  get url(): string {
    return this.#program.url;
  }

  async goAway(): Promise<void> {
    await this.#program.stop();
  }

  async comeBack(): Promise<void> {
    this.#program = await Ollama.#at(this.#program.port);
  }

  /** What a model says when nothing goes wrong. */
  async said(model: string): Promise<{ content: string; thinking: string }> {
    return (await fetch(`${this.url}/sim/text?model=${encodeURIComponent(model)}`)).json();
  }

  /** The same, word by word. */
  async text(model: string): Promise<{ content: string; thinking: string }> {
    const said = await this.said(model);
    return { content: words(said.content), thinking: words(said.thinking) };
  }

  async stats(): Promise<{ started: number; open: number; completed: number; dropped: number }> {
    return (await fetch(`${this.url}/sim/stats`)).json();
  }

  /** The bodies of the chats that it was asked. */
  async requests(): Promise<any[]> {
    const seen: any[] = await (await fetch(`${this.url}/sim/requests`)).json();
    return seen.map((request) => request.body ?? request);
  }
}

/** What the browser tests themselves say about a worker that they do not let in. */
const BLOCKED = 'Service Worker registration blocked by Playwright';

/** The page, in a person's words. */
export class Chat {
  readonly page: Page;
  readonly question: Locator;
  readonly send: Locator;
  readonly stop: Locator;
  readonly answers: Locator;
  readonly transcript: Locator;
  readonly list: Locator;
  readonly questions: Locator;

  constructor(page: Page) {
    this.page = page;
    this.question = page.getByRole('textbox', { name: 'Your question' });
    this.send = page.getByRole('button', { name: 'Send' });
    this.stop = page.getByRole('button', { name: 'Stop' });
    this.answers = page.getByRole('article', { name: 'Answer' });
    this.transcript = page.getByRole('main');
    this.list = page.getByRole('navigation', { name: 'Chats' });
    this.questions = page.getByRole('article', { name: 'You' });
  }

  async open(url: string): Promise<void> {
    await this.page.goto(url);
    await this.awake();
  }

  async awake(): Promise<void> {
    await this.page.locator('body[data-awake]').waitFor();
  }

  async ask(text: string): Promise<void> {
    await this.question.fill(text);
    await this.question.press('Enter');
  }

  /** The text of an answer, word by word. */
  async read(answer: Locator = this.answers.last()): Promise<string> {
    return this.#read(answer.locator('.text .blocks'));
  }

  /** The reasoning before an answer, word by word. */
  async readThoughts(answer: Locator = this.answers.last()): Promise<string> {
    return this.#read(answer.locator('details .blocks'));
  }

  async #read(blocks: Locator): Promise<string> {
    return words((await blocks.locator('> *').allTextContents()).join('\n'));
  }

  /** Waits until the answer has ended, well or badly. */
  async ended(answer: Locator = this.answers.last()): Promise<void> {
    await expect(answer).toHaveAttribute('aria-busy', 'false', { timeout: 40_000 });
  }

  /** Waits until what has come so far is drawn: that is done at each frame. */
  async drawn(): Promise<void> {
    await this.page.evaluate(
      () => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
    );
  }

  /** Waits until the answer has some text. */
  async begun(length = 1): Promise<void> {
    await expect.poll(() => this.read()).toMatch(new RegExp(`^[^]{${length},}$`));
  }
}

/** What axe does not ask by itself. */
const MORE_RULES = [
  'css-orientation-lock',
  'label-content-name-mismatch',
  'p-as-heading',
  'table-fake-caption',
  'target-size',
  'td-has-header',
];

/** Has axe look at a page as it stands; what it finds is told by the rule and the element. */
export async function flaws(page: Page): Promise<string[]> {
  const rules = Object.fromEntries(MORE_RULES.map((rule) => [rule, { enabled: true }]));
  const { violations } = await new AxeBuilder({ page }).options({ rules }).analyze();
  const found: string[] = [];
  for (const { id, nodes } of violations) {
    for (const { html, target } of nodes) {
      // Which headings an answer has, and in which order, is its model's to say.
      const inAnswer = async () => page.locator(String(target[0])).evaluate((it) => !!it.closest('.blocks'));
      if (id !== 'heading-order' || !(await inAnswer())) found.push(`${id}: ${html}`);
    }
  }
  return found;
}

type Options = {
  /** The model that answers; the empty name leaves the choice to Brooklet. */
  model: string;
  /** More arguments for Brooklet. */
  flags: string[];
  /** What the browser may complain about, such as a network that the test has cut. */
  complaints: RegExp | null;
  /** The one other server, by its origin, whose pages a person is led to. */
  elsewhere: string | null;
};

type Fixtures = {
  ollama: Ollama;
  brooklet: Program;
  wire: Wire;
  chat: Chat;
  /** Brooklet's page in another browser, one that runs no scripts if need be. */
  another: (browser?: { scripts: boolean }) => Promise<Page>;
};

/** A browser whose pages complain about nothing, and are without flaws however a test leaves them. */
class Watched {
  readonly #context: BrowserContext;
  readonly #complaints: RegExp | null;
  readonly #heard: string[] = [];

  constructor(context: BrowserContext, { complaints, elsewhere }: Pick<Options, 'complaints' | 'elsewhere'>) {
    this.#context = context;
    this.#complaints = complaints;
    context.on('weberror', (error) => this.#heard.push(`uncaught: ${error.error().message}`));
    // A page asks its own server, and nobody else. One goes elsewhere as a whole, or not at all.
    context.on('request', (request) => {
      const { hostname, origin, protocol } = new URL(request.url());
      const isLed = origin === elsewhere && request.isNavigationRequest() && request.frame().parentFrame() === null;
      if (protocol.startsWith('http') && hostname !== '127.0.0.1' && !isLed) {
        this.#heard.push(`asked elsewhere: ${request.url()}`);
      }
    });
    context.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && message.text() !== BLOCKED) this.#heard.push(message.text());
    });
  }

  /** Looks at its pages, and closes them. */
  async end(): Promise<void> {
    for (const page of this.#context.pages()) {
      // Softly, so that all pages are looked at.
      if (base.info().status === 'passed') expect.soft(await flaws(page)).toEqual([]);
      await page.close();
    }
    expect.soft(this.#heard.filter((text) => !this.#complaints?.test(text))).toEqual([]);
  }
}

export const test = base.extend<Options & Fixtures>({
  model: ['sim:tokens=300,rate=100', { option: true }],
  flags: [[], { option: true }],
  complaints: [null, { option: true }],
  elsewhere: [null, { option: true }],

  ollama: async ({}, use) => {
    const ollama = await Ollama.start();
    await use(ollama);
    await ollama.goAway();
  },

  brooklet: async ({ ollama, model, flags }, use) => {
    // No titles: for these the simulator is asked more than a test asks for.
    const args = ['--listen', '127.0.0.1:0', '--ollama', ollama.url, '--log', 'warn', '--no-titles', ...flags];
    const brooklet = await Program.start(program('BROOKLET_BIN'), model ? [...args, '--model', model] : args);
    await use(brooklet);
    await brooklet.stop();
  },

  wire: async ({ brooklet }, use) => {
    const wire = await Wire.to(brooklet.port);
    await use(wire);
    await wire.cut();
  },

  // Every test fails on a complaint of the browser's console, unless the test has caused it.
  // It names `brooklet`, which it does not use, so that the page is looked at and closed before
  // Brooklet goes away: what a page asks of one that is gone is no fault of the page's.
  page: async ({ context, page, brooklet: _, complaints, elsewhere }, use) => {
    const watched = new Watched(context, { complaints, elsewhere });
    await use(page);
    await watched.end();
  },

  another: async ({ browser, brooklet, complaints, elsewhere }, use) => {
    const endings: (() => Promise<void>)[] = [];
    await use(async ({ scripts } = { scripts: true }) => {
      const context = await browser.newContext();
      const watched = new Watched(context, { complaints, elsewhere });
      const page = await context.newPage();
      // Not by Playwright's own option: what looks at the page in the end is a script, and has to run then.
      const session = await context.newCDPSession(page);
      await session.send('Emulation.setScriptExecutionDisabled', { value: !scripts });
      endings.push(async () => {
        await session.send('Emulation.setScriptExecutionDisabled', { value: false });
        await watched.end();
        await context.close();
      });
      await page.goto(brooklet.url);
      return page;
    });
    for (const end of endings) await end();
  },

  chat: async ({ page, brooklet }, use) => {
    const chat = new Chat(page);
    await chat.open(brooklet.url);
    await use(chat);
  },
});
