// Somebody who asks and goes to and fro, again and again: run by the page itself. What drives a page from outside keeps
// something of each look in the very page that is to be weighed.

/** Asks in new chats, so many times or for so many minutes; how often it was. */
export async function day({ rounds = Infinity, minutes = Infinity }: { rounds?: number; minutes?: number }): Promise<number> {
  const until = async <T>(what: string, look: () => T | null | undefined | false): Promise<T> => {
    for (const begun = performance.now(); performance.now() - begun < 60_000; ) {
      const seen = look();
      if (seen) return seen;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${what}: not within a minute, at ${location.pathname}`);
  };
  const box = document.querySelector<HTMLTextAreaElement>('#question')!;
  const links = () => [...document.querySelectorAll<HTMLAnchorElement>('nav .entry a')];
  const answer = () => [...document.querySelectorAll('main article.answer')].at(-1);
  const said = () => answer()?.querySelector('.text .blocks')?.textContent ?? '';
  const whole = () => answer()?.getAttribute('aria-busy') === 'false' && said().length > 400;

  const end = performance.now() + minutes * 60_000;
  let done = 0;
  for (; done < rounds && performance.now() < end; done++) {
    document.querySelector<HTMLAnchorElement>('nav a.new')!.click();
    await until('an empty page', () => location.pathname === '/' && !answer());
    box.value = 'Tell me something.';
    box.dispatchEvent(new InputEvent('input', { bubbles: true }));
    box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
    await until('the beginning of an answer', () => said().length > 400);
    const mine = await until('its id', () => answer()?.id);
    const here = location.pathname;
    (await until('another chat', () => links().find((link) => link.pathname !== here))).click();
    await until("the other chat's answer", () => answer()?.id !== mine && whole());
    (await until('its own chat', () => links().find((link) => link.pathname === here))).click();
    await until('the whole answer', () => answer()?.id === mine && whole());
  }
  return done;
}
