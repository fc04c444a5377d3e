// Draws the app's icons anew from the three waves of the favicon: CHROMIUM_PATH=… node icons.mjs
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';

const PUBLIC = fileURLToPath(new URL('../public/', import.meta.url));
const INK = '#ffffff';
const PAPER = '#0b6e75';

/** Each icon: its size in pixels, how round its corners are, and how much of it the waves take. */
const ICONS = {
  'icon-192.png': { size: 192, round: 0.22, waves: 0.66 },
  'icon-512.png': { size: 512, round: 0.22, waves: 0.66 },
  // A system may cut anything but the middle four fifths off, and rounds what it wants itself.
  'maskable-512.png': { size: 512, round: 0, waves: 0.54 },
  'apple-touch-icon.png': { size: 180, round: 0, waves: 0.62 },
};

const waves = /<path d="([^"]+)"/.exec(readFileSync(`${PUBLIC}favicon.svg`, 'utf8'))[1];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH || undefined,
  args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu'],
});
for (const [name, { size, round, waves: part }] of Object.entries(ICONS)) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const scale = (size * part) / 24;
  const edge = (size * (1 - part)) / 2;
  await page.setContent(`<style>body { margin: 0 }</style>
    <svg width="${size}" height="${size}" style="display: block">
      <rect width="100%" height="100%" rx="${size * round}" fill="${PAPER}"/>
      <path d="${waves}" transform="translate(${edge} ${edge}) scale(${scale})" fill="none" stroke="${INK}"
        stroke-width="2.4" stroke-linecap="round"/>
    </svg>`);
  await page.screenshot({ path: `${PUBLIC}icons/${name}`, omitBackground: true });
  await page.close();
}
await browser.close();
