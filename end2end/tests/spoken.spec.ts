// What a screen reader is told of an answer: sentences, its beginning and its end, and no tokens.
import { type Page } from '@playwright/test';
import { expect, test, words } from '../support/house';

/** Keeps all that is put into the place that is read out. */
async function listen(page: Page): Promise<void> {
  await page.evaluate(() => {
    const heard: string[] = [];
    Object.assign(window, { heard });
    const place = document.querySelector('[aria-live="polite"]#spoken')!;
    new MutationObserver((changes) => {
      for (const change of changes) for (const node of change.addedNodes) heard.push(node.textContent ?? '');
    }).observe(place, { childList: true });
  });
}

const heard = (page: Page) => page.evaluate(() => (window as unknown as { heard: string[] }).heard);

test.describe('an answer', () => {
  test.use({ model: 'sim:tokens=300,rate=150,delay=300ms' });

  test('is read out by the sentence, with its beginning and its end', async ({ chat, page, ollama, model }) => {
    await listen(page);
    await chat.ask('Tell me something');
    await chat.begun(400);
    // What changes with every token says nothing by itself.
    await expect(page.getByRole('log', { name: 'Messages' })).toHaveAttribute('aria-live', 'off');
    // While it comes, and not at its end only.
    expect((await heard(page)).length).toBeGreaterThan(1);
    await chat.ended();
    const said = await heard(page);
    expect(said[0]).toBe('Thinking…');
    expect(said.at(-1)).toBe('The answer is complete.');
    const sentences = said.slice(1, -1);
    const { content } = await ollama.text(model);
    expect(words(sentences.join(' '))).toBe(content);
    expect(sentences.length).toBeLessThan(60);
    for (const sentence of sentences.slice(0, -1)) expect(sentence).toMatch(/[.!?…:;]$/);
    // What has been read is of no more use.
    expect(await page.locator('#spoken > *').count()).toBeLessThanOrEqual(20);
  });

});

test.describe('a long answer', () => {
  test.use({ model: 'sim:tokens=2000,rate=100' });

  test('says so when it is stopped', async ({ chat, page }) => {
    await listen(page);
    await chat.ask('Tell me something');
    await chat.begun(50);
    await chat.stop.click();
    await chat.ended();
    expect((await heard(page)).at(-1)).toBe('Stopped.');
  });
});

test.describe('an answer with code', () => {
  test.use({ model: 'sim:tokens=400,rate=2000,text=markdown' });

  test('names its code and does not read it out', async ({ chat, page, ollama, model }) => {
    await listen(page);
    await chat.ask('Show me');
    await chat.ended();
    const { content } = await ollama.said(model);
    const code = /```\w*\n([^\n]{8,})\n/.exec(content)!;
    expect(code, 'the script has code').not.toBeNull();
    const said = await heard(page);
    expect(said.some((it) => it.startsWith('Code'))).toBe(true);
    expect(said.join('\n')).not.toContain(code[1]);
    expect(said.join('\n')).not.toContain('**');
  });
});
