// The table in Markdown, and the document around it.
import { execFileSync } from 'node:child_process';
import { cpus, release, type } from 'node:os';
import type { Both, Figures } from './figures';
import type { Kind } from './pages';

export type Row = Figures & { kind: Kind; heap: number; dom: number; wasm: number; nodes: number; shown: number };

export type Run = {
  brooklet: string;
  chromium: string;
  marked: string;
  tokens: number;
  rate: number;
  bytes: number;
  fps: number;
  load: string;
  seconds: number;
};

const HEAD = [
  'page',
  'longest task ms',
  'longest script ms',
  'tasks > 16 ms',
  '> 50 ms',
  'frames shown / due',
  'dropped %',
  'script s',
  'script µs/token first 1,000',
  'last 1,000',
  'layout, style s',
  'busy %',
  'whole after ms',
  'JS heap MB',
  'DOM heap MB',
  'WASM MB',
  'DOM nodes',
];

export function report(run: Run, rows: Row[]): string {
  const cells = [HEAD, ...rows.map(line)];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const text = (row: string[]) =>
    `| ${row.map((cell, at) => (at ? cell.padStart(widths[at]) : cell.padEnd(widths[at]))).join(' | ')} |`;
  const rule = `|${widths.map((width, at) => '-'.repeat(width + (at ? 1 : 2)) + (at ? ':' : '')).join('|')}|`;
  return `# In the browser

Written by \`cargo xtask bench --browser\`, which measures everything anew; not to be edited.

* ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, in ${Math.round(run.seconds)} s
* ${machine()}; load before the run ${run.load}
* ${run.brooklet}, commit ${commit()}; Chromium ${run.chromium}, headless, ${run.fps.toFixed(1)} frames a second; marked ${run.marked}
* Each page reads the same answer once: ${run.tokens.toLocaleString('en')} tokens of Markdown with code and tables, ${(run.bytes / 1000).toFixed(0)} kB, ${run.rate} a second, from the release binary with ollama-sim behind it, all on this machine; before that each page reads one of ${Math.round(run.tokens / 20).toLocaleString('en')} tokens that is not measured.

${[text(cells[0]), rule, ...cells.slice(1).map(text)].join('\n')}

${rows.map(({ kind }) => `* \`${kind.name}\`: ${kind.about}.`).join('\n')}

## How to read it

The figures are from Chromium's tracing (\`devtools.timeline\`) of the page's main thread, from the first event of the stream that the page reads to the last one being in the DOM, or until it is waited for no longer, 60 s after the last token. Tracing and its bookkeeping for each event of the stream are in all rows alike. All pages are in the same browser, one after the other, and keep the end of the answer in view, once a frame.

* **task**: a piece of work after which the browser can do something else; script, layout and painting in one are one task. **Script** is what is left of a task without layout, style and painting: JavaScript, WASM, collecting garbage, and parsing what is given to \`innerHTML\`. In brackets: the same by the processor's time for the page's main thread; what is between the two is waiting for a core, of which there are few, and others work on them.
* **script s**, **script µs/token**, **layout, style s**: the processor's time.
* **frames**: the text changes every two milliseconds, so each of a screen's 60 frames a second is due; shown are those with something new from the main thread in them (\`PipelineReporter\`: \`STATE_PRESENTED_ALL\`).
* The **first 1,000** tokens are those after the first 500 events, the **last** those of the last two marks of the page's; each mark is 500 events after the one before it.
* **busy**: how much of the time the main thread was in a task, while the stream lasted.
* **whole after**: from the last token's arrival at another reader of the same stream to the first animation frame in which the page's text ends as the answer does: up to 17 ms of it are waiting for that frame.
* **heaps, nodes**: at the end, after a garbage collection; the nodes are those of the document, texts included, in brackets those of the answer.
* A page that is given up has dashes: what it was in the middle of then is not in the trace.
* The text in the DOM has been compared with the text that was sent, letter by letter and digit by digit; a page whose text is another one fails the run.
`;
}

function line(row: Row): string[] {
  const whole = row.late === null ? 'not in 60,000' : number(row.late);
  return [
    row.kind.name,
    both(row.longestTask, number),
    both(row.longestScript, number),
    both(row.over16, count),
    both(row.over50, count),
    `${count(row.frames)} / ${count(row.expected)}`,
    number(100 * Math.max(0, 1 - row.frames / row.expected)),
    number(row.script / 1000),
    number(row.first),
    number(row.last),
    number(row.layout / 1000),
    both(row.busy, number),
    whole,
    number(row.heap / 1e6),
    number(row.dom / 1e6),
    row.wasm ? number(row.wasm / 1e6) : '–',
    `${count(row.nodes)} (${count(row.shown)})`,
  ];
}

function both({ wall, processor }: Both, told: (value: number) => string): string {
  return `${told(wall)} (${told(processor)})`;
}

/** Three digits that count. */
function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value >= 100) return count(Math.round(value));
  return value.toFixed(value >= 10 ? 1 : 2);
}

function count(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value.toLocaleString('en');
}

function machine(): string {
  const cores = cpus();
  // What follows the number is whose kernel it is.
  const kernel = release().split('-')[0];
  return `${cores.length} cores, ${cores[0]?.model ?? 'unknown'}; ${type()} ${kernel}`;
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
