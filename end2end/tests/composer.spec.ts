// Where one writes: the next question while an answer runs, what was asked before, and text files.
import type { Page } from '@playwright/test';
import { expect, test } from '../support/house';

/** Pastes or drops files where one writes. */
async function give(page: Page, how: 'paste' | 'drop', files: { name: string; bytes: number[] }[]): Promise<void> {
  await page.evaluate(
    ([how, files]) => {
      const data = new DataTransfer();
      for (const { name, bytes } of files) data.items.add(new File([new Uint8Array(bytes)], name));
      const box = document.querySelector('#question')!;
      const event =
        how === 'paste'
          ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
          : new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
      box.dispatchEvent(event);
    },
    [how, files] as const,
  );
}

const bytes = (text: string) => [...new TextEncoder().encode(text)];

test.describe('while an answer runs', () => {
  test.use({ model: 'sim:tokens=400,rate=50' });

  test('the next question waits for its end, and is asked then', async ({ chat, page, ollama }) => {
    await chat.ask('One');
    await chat.begun(20);
    await chat.ask('Two');
    await chat.ask('And a half');
    const next = page.getByRole('group', { name: 'Asked next' });
    await expect(next).toContainText('Two');
    await expect(chat.question).toHaveValue('');
    expect((await ollama.stats()).started).toBe(1);
    await expect(chat.answers).toHaveCount(2, { timeout: 30_000 });
    await expect(next).toBeHidden();
    await chat.ended();
    await expect(chat.questions).toHaveText(['One', 'Two\n\nAnd a half']);
    expect((await ollama.requests()).at(-1).messages.at(-1).content).toBe('Two\n\nAnd a half');
  });

  test('Stop is followed by what waits', async ({ chat }) => {
    await chat.ask('One');
    await chat.begun(20);
    await chat.ask('Two');
    await chat.stop.click();
    await expect(chat.questions).toHaveText(['One', 'Two']);
    await chat.ended();
    await expect(chat.answers.first().getByText('Stopped')).toBeVisible();
  });
});

test.describe('while a long answer runs', () => {
  test.use({ model: 'sim:tokens=4000,rate=50' });

  test('what waits can be taken back, and survives a reload', async ({ chat, page, ollama }) => {
    await chat.ask('One');
    await chat.begun(20);
    await chat.ask('Two');
    await chat.question.fill('Three');
    await page.getByRole('button', { name: 'Take back' }).click();
    await expect(chat.question).toHaveValue('Two\n\nThree');
    await expect(page.getByRole('group', { name: 'Asked next' })).toBeHidden();
    await chat.question.fill('Four');
    const kept = page.waitForResponse((answer) => answer.url().endsWith('/api/draft') && !!answer.request().postData()?.includes('Four'));
    await page.getByRole('button', { name: 'Ask next' }).click();
    await kept;
    await page.reload();
    await chat.awake();
    await expect(chat.question).toHaveValue('Four');
    await chat.stop.click();
    await chat.ended();
    expect((await ollama.stats()).started).toBe(1);
  });
});

test.describe('after a failure', () => {
  test.use({ model: 'sim:tokens=400,rate=50,fault=error@200' });

  test('what waits is asked when somebody says so', async ({ chat, page }) => {
    await chat.ask('One');
    await chat.begun(20);
    await chat.ask('Two');
    await chat.ended();
    await expect(chat.answers.getByRole('alert')).toBeVisible();
    await expect(chat.questions).toHaveText(['One']);
    await page.getByRole('button', { name: 'Ask now' }).click();
    await expect(chat.questions).toHaveText(['One', 'Two']);
    await chat.ended();
  });
});

test.describe('', () => {
  test.use({ model: 'sim:tokens=8,rate=2000' });

  test('the arrows walk through what was asked before', async ({ chat }) => {
    for (const text of ['One', 'Two\nlines', 'Three']) {
      await chat.question.fill(text);
      await chat.send.click();
      await expect(chat.questions.filter({ hasText: text.split('\n')[0] })).toBeVisible();
      await chat.ended();
    }
    const press = async (key: string, value: string) => {
      await chat.question.press(key);
      await expect(chat.question).toHaveValue(value);
    };
    await press('ArrowUp', 'Three');
    await press('ArrowUp', 'Two\nlines');
    await press('ArrowUp', 'One');
    await press('ArrowUp', 'One');
    await press('ArrowDown', 'Two\nlines');
    await press('ArrowDown', 'Three');
    await press('ArrowDown', '');
    // What is being written is not written over.
    await chat.question.fill('Half');
    await press('ArrowUp', 'Half');
  });

  for (const how of ['paste', 'drop'] as const) {
    test(`text files are quoted: ${how}`, async ({ chat, page, ollama }) => {
      await chat.question.fill('What is this?');
      const files = [
        { name: 'a.rs', bytes: bytes('fn main() {}\n') },
        { name: 'notes', bytes: bytes('```\ncode in code\n```') },
      ];
      await give(page, how, files);
      const asked = 'What is this?\n\n`a.rs`:\n```rs\nfn main() {}\n```\n`notes`:\n````\n```\ncode in code\n```\n````';
      await expect(chat.question).toHaveValue(`${asked}\n`);
      await chat.send.click();
      await chat.ended();
      expect((await ollama.requests())[0].messages[0].content).toBe(asked);
      const question = chat.questions.last();
      const files_ = question.locator('details.file');
      await expect(files_.locator('summary')).toHaveText(['a.rs 1 line', 'notes 3 lines']);
      await files_.first().locator('summary').click();
      await expect(question.getByText('fn main() {}')).toBeVisible();
      // After a reload, too; and whoever edits it has all of it.
      await page.reload();
      await chat.awake();
      await expect(files_).toHaveCount(2);
      await question.hover();
      await page.getByRole('button', { name: 'Edit' }).click();
      await expect(chat.question).toHaveValue(asked);
    });
  }

  test('what is no text, or too much of it, is refused with a sentence', async ({ chat, page }) => {
    await chat.question.fill('Kept');
    await give(page, 'drop', [{ name: 'a.png', bytes: [137, 80, 78, 71, 0, 255] }]);
    await expect(page.getByRole('status').getByText('is not a text file')).toBeVisible();
    await page.getByLabel('Attach text files').setInputFiles({
      name: 'large.txt',
      mimeType: 'text/plain',
      buffer: Buffer.alloc(600_000, 'a'),
    });
    await expect(page.getByRole('status').getByText('is larger than 500 kB')).toBeVisible();
    await expect(chat.question).toHaveValue('Kept');
  });

  test('it is said how many tokens a long question may be', async ({ chat, page }) => {
    await chat.question.fill('word '.repeat(20));
    await expect(page.getByText(/tokens$/)).toHaveCount(0);
    await chat.question.fill('word '.repeat(400));
    await expect(page.getByText('≈ 500 tokens')).toBeVisible();
    await expect(chat.question).toHaveAccessibleDescription('≈ 500 tokens');
    await chat.question.fill('水'.repeat(300));
    await expect(page.getByText('≈ 300 tokens')).toBeVisible();
  });
});
