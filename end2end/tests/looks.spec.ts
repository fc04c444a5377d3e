// How it looks and reads: widths, themes, screen readers, and without a script.
import type { Page } from '@playwright/test';
import { Chat, expect, flaws, test } from '../support/house';
import { CAN_REFUSE } from '../support/process';
import { RICH } from '../support/rich';

const FENCE = '```';

/** What is wider than a phone, all kinds of alerts, and formulas on lines of their own; the end takes a while to come. */
const MORE = `${['TIP', 'IMPORTANT', 'WARNING', 'CAUTION'].map((kind) => `> [!${kind}]\n> Mind the ${kind.toLowerCase()}.\n\n`).join('')}
| ${'Brook | Length of it | '.repeat(4)}
|${'--|--:|'.repeat(4)}
| ${'Windle | 12 | '.repeat(4)}

$$
\\int_0^1 \\frac{a + b}{\\sqrt{x^2 + 1}} \\, dx
$$

${FENCE}python
@cached
def brook(length: int = 12) -> str:
    """How a brook goes."""
    return f"between the stones, {length}" + repr(None)  # and on, and on, and on, and on
${FENCE}

- One
  - Two, with \`code\`

  ${FENCE}diff
  - lost
  + found
  ${FENCE}

${'And the brook goes on between the stones. '.repeat(9)}`;

/** Has one look at states of a page: nothing is wider than it, axe finds nothing, and there is a picture. */
function looker(page: Page, kind: string): (state: string) => Promise<void> {
  return async (state) => {
    // Those that are kept (end2end/looks) are looked at by people; fonts differ from one machine to the next.
    const folder = process.env.SCREENSHOTS;
    const path = folder ? `${folder}/${state}-${kind}.jpeg` : test.info().outputPath(`${state}.jpeg`);
    await page.screenshot({ path, animations: 'disabled', quality: 60 });
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow, state).toBe(0);
    expect(await flaws(page), state).toEqual([]);
  };
}

const WIDTHS = { wide: 1440, tablet: 768, phone: 390 };

for (const [name, width] of Object.entries(WIDTHS)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`${name}, ${colorScheme}`, () => {
      test.use({ viewport: { width, height: 844 }, colorScheme, model: 'sim:text=echo,thinking=20,rate=150' });

      test('every state fits, and axe finds nothing', async ({ page, request, brooklet, chat, ollama }) => {
        // Eleven looks of axe's at pages that are full.
        test.slow();
        const look = looker(page, `${name}-${colorScheme}`);
        await expect(page.getByText('Looking for models…')).toHaveCount(0);
        await look('empty');
        await chat.ask(`What is a brook?\n\n${RICH}\n\n${MORE}`);
        await expect(chat.answers.locator('.text figure.code')).toHaveCount(2);
        await look('coming');
        await chat.ended();
        await expect(chat.answers.locator('[data-finish]')).toHaveCount(0);
        await look('answered');
        // All of it, from its first line on.
        await chat.transcript.evaluate((element) => {
          element.scrollTop = document.querySelector<HTMLElement>('.answer')!.offsetTop;
        });
        await look('above');
        await chat.answers.locator('.facts summary').click();
        await expect(chat.answers.getByText('First token after')).toBeVisible();
        await page.getByRole('button', { name: 'Settings of this chat' }).click();
        await expect(page.getByRole('dialog', { name: 'Settings' })).toBeVisible();
        await look('settings');
        await page.keyboard.press('Escape');
        if (name !== 'wide') await page.getByRole('button', { name: 'Chats' }).click();
        await chat.list.getByRole('searchbox', { name: 'Search' }).fill('brook');
        await expect(chat.list.locator('mark').first()).toBeVisible();
        await look('found');
        await chat.list.getByRole('searchbox', { name: 'Search' }).fill('');
        await chat.list.getByLabel('What to do with the list').click();
        await chat.list.getByRole('button', { name: 'Select chats' }).click();
        await chat.list.getByRole('checkbox').first().check();
        await look('selecting');
        await chat.list.getByRole('button', { name: 'Done' }).click();
        if (name !== 'wide') await page.mouse.click(width - 10, 400);
        // Somebody else has the model.
        const asked = await request.post(`${brooklet.url}/api/ask`, {
          data: { text: 'Me first', model: 'sim:tokens=100000,rate=20' },
        });
        const { generation } = await asked.json();
        await chat.ask('And a river?');
        await expect(chat.answers.getByText('1 ahead of you…')).toBeVisible();
        await chat.question.fill('And the sea?');
        await chat.question.press('Enter');
        await expect(page.getByRole('group', { name: 'Asked next' })).toBeVisible();
        await look('queued');
        await page.getByRole('button', { name: 'Take back' }).click();
        await chat.question.fill('');
        await chat.stop.click();
        await chat.ended();
        await request.post(`${brooklet.url}/api/stop`, { data: { generation } });
        await ollama.goAway();
        await chat.ask('And now?');
        await expect(chat.answers).toHaveCount(3);
        await chat.ended();
        await look('error');
      });

      test.describe('where something is missing', () => {
        test.use({ model: 'sim:text=markdown,tokens=300,rate=60', complaints: /Failed to load resource|ERR_/ });

        test('every state fits too', async ({ page, brooklet, chat }) => {
          const look = looker(page, `${name}-${colorScheme}`);
          await chat.ask('Is there room on the disk?');
          if (CAN_REFUSE) {
            brooklet.mayWrite(false);
            await chat.ended();
            await expect(chat.answers.getByText('This answer has not been saved')).toBeVisible();
            await look('unsaved');
            brooklet.mayWrite(true);
          }
          await chat.ended();
          await chat.ask('And who cuts the line?');
          await chat.begun(200);
          await brooklet.kill();
          await expect(page.getByText('The connection is lost. Reconnecting')).toBeVisible();
          await look('offline');
          await brooklet.startAgain();
          await chat.ended();
          await expect(chat.answers.last().getByText('Brooklet ended unexpectedly')).toBeVisible();
          await look('interrupted');
        });
      });
    });
  }
}

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('one can ask with a finger', async ({ chat, ollama, model }) => {
    await chat.question.tap();
    await chat.question.fill('Hello from my phone');
    for (const button of [chat.send, chat.page.getByRole('button', { name: 'New chat' })]) {
      const box = (await button.boundingBox())!;
      expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(44);
    }
    await chat.send.tap();
    await chat.ended();
    expect(await chat.read()).toBe((await ollama.text(model)).content);
    const box = (await chat.question.boundingBox())!;
    expect(box.y + box.height).toBeLessThanOrEqual(844);
  });
});

test('what is typed before the page is awake is not lost', async ({ page, brooklet }) => {
  // The WASM is held back until the question has been typed.
  let wake = () => {};
  const typed = new Promise<void>((resolve) => (wake = resolve));
  await page.route('**/*.wasm', async (route) => {
    await typed;
    await route.continue();
  });
  await page.goto(brooklet.url, { waitUntil: 'commit' });
  const chat = new Chat(page);
  await chat.question.fill('early bird');
  wake();
  await chat.awake();
  await expect(chat.question).toHaveValue('early bird');
  await chat.send.click();
  await chat.ended();
  await expect(page.getByRole('article', { name: 'You' })).toHaveText('early bird');
});
