// What a person waits for, as a table.
import { cpus, release } from 'node:os';

export type Line = { what: string; is: string; unit: string; budget?: string };

type Run = { brooklet: string; chromium: string; load: string; minutes: number };

export function table(lines: Line[], run: Run): string {
  const rows = lines.map(({ what, is, unit, budget }) => `| ${what} | ${is}${unit && ` ${unit}`} | ${budget ?? ''} |`);
  return `# The page

Written by \`cargo xtask bench --browser\`, which measures everything anew; not to be edited.

* ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC; ${cpus().length} cores, ${cpus()[0].model.trim()}; Linux ${release().split('-')[0]}; load after the run ${run.load}
* ${run.brooklet}; Chromium ${run.chromium}, headless; ollama-sim behind it, all on this machine

| what | is | budget |
|---|---|---|
${rows.join('\n')}

## How to read it

* **First visit**: with 4 × CPU slow-down and Lighthouse's "Fast 3G" (562.5 ms for each request, 1.44 Mbit/s), nothing in any cache; the median of five. Awake is when the page answers to hands by its script; before that it can be read, and its form sends. Layout shift is the largest of the five, by Chromium's score.
* **Lighthouse** 12, a first visit to the empty page, the median of five: "mobile" is a slow phone on a slow network as Lighthouse works it out, "desktop" its preset of that name.
* **Chats**: the same without any slow-down. Nodes are those of the document, texts included; heaps after a garbage collection.
* **Typing**: 400 keys, one each 30 ms, into a page that has nothing but a box, into ours, and into ours while an answer of Markdown comes, in a window of 1280 × 900; from the key to the next paint by the browser's Event Timing, in steps of 8 ms. What took less than 16 ms counts as 8.
* **Back**: the wheel is turned until the first message is there.
* **Long use**: a new chat, an answer of 1,500 tokens at 500 a second, another chat and back, again and again, by a script in the page itself, since what drives it from outside keeps something of each look in the page; \`MINUTES=60\` makes it an hour. Weighed before (after three rounds), halfway and at the end.
`;
}
