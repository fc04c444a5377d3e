// What a page's trace comes to.
import { STEP } from './inside';
import type { Part, Task, Trace } from './trace';

/** A frame of a screen with 60 of them a second, in milliseconds. */
const FRAME = 1000 / 60;

/** By the clock on the wall, and how much of it the processor worked on. */
export type Both = { wall: number; processor: number };

export type Figures = {
  longestTask: Both;
  longestScript: Both;
  over16: Both;
  over50: Both;
  frames: number;
  expected: number;
  script: number;
  first: number;
  last: number;
  layout: number;
  busy: Both;
  /** From the last token to the whole text; `null`: it was not waited for any longer. */
  late: number | null;
};

const UNKNOWN: Both = { wall: NaN, processor: NaN };

/** Of a page that was given up: what it is in the middle of is not in the trace, so that any figure would be too low. */
export const NOTHING = {
  longestTask: UNKNOWN,
  longestScript: UNKNOWN,
  over16: UNKNOWN,
  over50: UNKNOWN,
  frames: NaN,
  expected: NaN,
  script: NaN,
  first: NaN,
  last: NaN,
  layout: NaN,
  busy: UNKNOWN,
  late: null,
  heap: NaN,
  dom: NaN,
  wasm: 0,
  nodes: NaN,
  shown: NaN,
};

/** What was sent: so many tokens in so many events, the last one at `sent`. */
export type Sent = { tokens: number; events: number; sent: number };

export function figures(trace: Trace, { tokens, events, sent }: Sent): Figures {
  const begin = trace.marks[0][1];
  const whole = trace.mark(/^whole$/);
  // Until the text is there, however long after the stream that is.
  const end = Math.max(whole ?? Infinity, sent);
  const tasks = trace.tasks.filter((task) => task.start + task.time >= begin && task.start <= end);
  const until = Number.isFinite(end) ? end : Math.max(...tasks.map((task) => task.start + task.time));
  const scripts = tasks.map((task) => total(task.parts, 'script'));
  const [first, last] = thousands(trace, tasks, tokens / events);
  return {
    longestTask: longest(tasks.map(({ time, processor }) => ({ wall: time, processor }))),
    longestScript: longest(scripts),
    over16: both((time) => tasks.filter((task) => time(task) > 16).length),
    over50: both((time) => tasks.filter((task) => time(task) > 50).length),
    frames: trace.frames.filter((frame) => frame >= begin && frame <= until).length,
    expected: Math.round((until - begin) / FRAME),
    script: sum(scripts, (script) => script.processor),
    first,
    last,
    layout: sum(tasks, (task) => total(task.parts, 'layout').processor),
    // A task may go on after the stream, and may be all there is.
    busy: both((time) => (100 * sum(tasks, (task) => time(task) * share(task, begin, sent))) / (sent - begin)),
    late: whole === undefined ? null : whole - sent,
  };
}

/**
 * Microseconds of script a token, in two thousands: the first after the page has begun, and the last that was read.
 * `each`: tokens an event, since some hold more than one.
 */
function thousands(trace: Trace, tasks: Task[], each: number): [number, number] {
  const read = trace.marks
    .filter(([name]) => /^(read|done):/.test(name))
    .map(([name, at]) => ({ events: Number(name.split(':')[1]), at }));
  const parts = tasks.flatMap((task) => task.parts);
  const between = (from: number, to: number) => {
    const [a, b] = [read[from], read[to]];
    if (!a || !b || b.events <= a.events) return NaN;
    const inside = parts.filter((part) => part.start >= a.at && part.start < b.at);
    return (1000 * total(inside, 'script').processor) / ((b.events - a.events) * each);
  };
  const steps = 1000 / STEP;
  const end = read.length - 1;
  return [between(1, 1 + steps), between(end - steps, end)];
}

/** How much of a task is within a time. */
function share(task: Task, begin: number, end: number): number {
  const inside = Math.min(task.start + task.time, end) - Math.max(task.start, begin);
  return task.time > 0 ? Math.max(0, inside) / task.time : 0;
}

function total(parts: Part[], sort: Part['sort']): Both {
  const all = parts.filter((part) => part.sort === sort);
  return { wall: sum(all, (part) => part.time), processor: sum(all, (part) => part.processor) };
}

/** The longest by either clock, which need not be the same task. */
function longest(times: Both[]): Both {
  return times.reduce((most, time) => ({
    wall: Math.max(most.wall, time.wall),
    processor: Math.max(most.processor, time.processor),
  }));
}

function both(figure: (time: (task: Task) => number) => number): Both {
  return { wall: figure((task) => task.time), processor: figure((task) => task.processor) };
}

function sum<T>(all: T[], of: (each: T) => number): number {
  return all.reduce((sum, each) => sum + of(each), 0);
}
