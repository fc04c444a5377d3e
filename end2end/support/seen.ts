// What of a page can be seen, by numbers: contrasts, words that are cut, things that lie over each other.
import type { Frame, Page } from '@playwright/test';

declare global {
  interface Window {
    looking: ReturnType<typeof looking>;
  }
}

/** Has a page, or a frame, be able to look at itself (`window.looking`); to be called when it is open. */
export async function look(page: Page | Frame): Promise<void> {
  await page.evaluate(`window.looking = (${looking})()`);
}

/** Gives a page more style. (A tag would be inline style, which it does not take.) */
export async function style(page: Page, css: string): Promise<void> {
  await page.evaluate((css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets.push(sheet);
  }, css);
}

/** What has to show all of its words. */
const WORDED = 'button, summary, label, legend, h1, h2, h3, .situation, .hint, .notice, th, small';

/** What can be pressed or written in. */
const PRESSED = 'a, button, input, select, textarea, summary';

/** What is wrong with how words and controls are set, a line each. */
export async function crowded(page: Page): Promise<string[]> {
  await look(page);
  return page.evaluate(
    ([worded, pressed]) => [...window.looking.cut(worded), ...window.looking.overlaps(pressed)],
    [WORDED, PRESSED],
  );
}

/** Runs in the page. */
function looking() {
  const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
  const dialog = () => document.querySelector('dialog[open]');

  const isSeen = (it: Element) => {
    const { width, height } = it.getBoundingClientRect();
    const inFront = !dialog() || dialog()!.contains(it);
    return inFront && width > 1 && height > 1 && !it.closest('.sr, [inert]') && it.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  };
  const seen = (selector: string) => [...document.querySelectorAll(selector)].filter(isSeen);
  const told = (it: Element) => it.outerHTML.slice(0, 120);

  /** The relative luminance of colours that are painted one over the other. */
  const luminance = (colours: string[]) => {
    pen.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
    }
    const [r, g, b] = [...pen.getImageData(0, 0, 1, 1).data].map((it) => {
      const part = it / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };

  /** The contrast of a colour with those under it. */
  const contrast = (colour: string, on: string[]) => {
    const [more, less] = [luminance([...on, colour]), luminance(on)].sort((one, other) => other - one);
    return (more + 0.05) / (less + 0.05);
  };

  /** The backgrounds of an element and of all that it is in, the lowest first. */
  const backgrounds = (it: Element | null): string[] => {
    const colours: string[] = [];
    for (; it; it = it.parentElement) colours.unshift(getComputedStyle(it).backgroundColor);
    return ['Canvas', ...colours];
  };

  /** Elements whose own words do not all fit into them. */
  const cut = (selector: string) => {
    const found: string[] = [];
    for (const it of seen(selector)) {
      const box = it.getBoundingClientRect();
      const words = document.createTreeWalker(it, NodeFilter.SHOW_TEXT);
      const range = document.createRange();
      for (let node = words.nextNode(); node; node = words.nextNode()) {
        if (!node.nodeValue!.trim() || !isSeen(node.parentElement!)) continue;
        range.selectNodeContents(node);
        for (const { left, top, right, bottom } of range.getClientRects()) {
          if (left < box.left - 1 || right > box.right + 1 || top < box.top - 1 || bottom > box.bottom + 1) found.push(`cut: ${told(it)}`);
        }
      }
    }
    return [...new Set(found)];
  };

  /** Elements that lie over one another, and are not within one another. */
  const overlaps = (selector: string) => {
    const found: string[] = [];
    const all = seen(selector).map((it) => ({ it, box: it.getBoundingClientRect() }));
    for (const [at, one] of all.entries()) {
      for (const other of all.slice(at + 1)) {
        const wide = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const high = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        const within = one.it.contains(other.it) || other.it.contains(one.it);
        // What is scrolled away is under what stands still.
        const [here, there] = [one.it, other.it].map((it) => it.closest('.ends, main, .list, dialog > *'));
        const apart = here !== there;
        if (wide > 1 && high > 1 && !within && !apart) found.push(`over each other: ${told(one.it)} and ${told(other.it)}`);
      }
    }
    return found;
  };

  return { isSeen, seen, told, contrast, backgrounds, cut, overlaps };
}
