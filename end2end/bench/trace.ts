// Chromium's trace of a page: its main thread's tasks and what was done in them, its frames, its marks.
import type { CDPSession } from '@playwright/test';

type Event = {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  tdur?: number;
  args?: any;
};

/** What time is spent on. What is called from there and is none of these belongs to its caller. */
type Sort = 'script' | 'layout' | 'paint';

const SORTS: Record<string, Sort> = {
  EvaluateScript: 'script',
  EventDispatch: 'script',
  FireAnimationFrame: 'script',
  FunctionCall: 'script',
  MajorGC: 'script',
  MinorGC: 'script',
  RunMicrotasks: 'script',
  TimerFire: 'script',
  'v8.compile': 'script',
  'v8.run': 'script',
  UpdateLayoutTree: 'layout',
  Layout: 'layout',
  PrePaint: 'paint',
  Paint: 'paint',
  Layerize: 'paint',
  Commit: 'paint',
};

/** All times are in milliseconds of the clock that `process.hrtime` reads too; `processor` is what was worked of them. */
export type Task = { start: number; time: number; processor: number; parts: Part[] };

/** Something that is done in a task, without what is done within it. */
export type Part = { sort: Sort; start: number; time: number; processor: number };

const CATEGORIES = [
  'devtools.timeline',
  'disabled-by-default-devtools.timeline',
  'disabled-by-default-devtools.timeline.frame',
  'blink.user_timing',
];

export class Recorder {
  readonly #session: CDPSession;
  readonly #events: Event[] = [];
  readonly #take = ({ value }: { value: unknown[] }) => {
    for (const event of value as Event[]) if (isWanted(event)) this.#events.push(event);
  };

  private constructor(session: CDPSession) {
    this.#session = session;
  }

  static async start(session: CDPSession): Promise<Recorder> {
    const recorder = new Recorder(session);
    session.on('Tracing.dataCollected', recorder.#take);
    await session.send('Tracing.start', {
      transferMode: 'ReportEvents',
      traceConfig: {
        recordMode: 'recordAsMuchAsPossible',
        includedCategories: CATEGORIES,
        excludedCategories: ['*'],
      },
    });
    return recorder;
  }

  async stop(): Promise<Trace> {
    const complete = new Promise<{ dataLossOccurred: boolean }>((resolve) =>
      this.#session.once('Tracing.tracingComplete', resolve),
    );
    await this.#session.send('Tracing.end');
    if ((await complete).dataLossOccurred) throw new Error('Chromium has lost a part of the trace');
    this.#session.off('Tracing.dataCollected', this.#take);
    return new Trace(this.#events);
  }
}

function isWanted(event: Event): boolean {
  if (event.ph === 'X') return event.name === 'RunTask' || event.name in SORTS;
  return event.name === 'PipelineReporter' || /^(read|done):\d+$|^whole$/.test(event.name);
}

export class Trace {
  readonly tasks: Task[];
  /** Until when the page has drawn a frame with what its main thread had made. */
  readonly frames: number[];
  /** Name and time. */
  readonly marks: [string, number][];

  constructor(events: Event[]) {
    // The renderer of the page is the one with the marks in it.
    const marks = events.filter((event) => event.ph !== 'X' && event.name !== 'PipelineReporter');
    const main = marks[0];
    if (!main) throw new Error('the page has read nothing of the stream');
    this.marks = marks.map((event) => [event.name, event.ts / 1000]);
    this.tasks = tasks(events.filter((event) => event.ph === 'X' && event.pid === main.pid && event.tid === main.tid));
    const reports = events.filter((event) => event.name === 'PipelineReporter' && event.pid === main.pid);
    const shown = reports.filter((event) => event.args?.frame_reporter?.state === 'STATE_PRESENTED_ALL');
    this.frames = shown.map((event) => event.ts / 1000).sort((a, b) => a - b);
  }

  mark(name: RegExp): number | undefined {
    return this.marks.find(([it]) => name.test(it))?.[1];
  }
}

/** Shares each task's time out among what was done in it; what is within something is not counted twice. */
function tasks(events: Event[]): Task[] {
  events.sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
  const tasks: Task[] = [];
  let open: { end: number; part: Part | null }[] = [];
  for (const event of events) {
    const [start, time, processor] = [event.ts, event.dur ?? 0, event.tdur ?? 0].map((it) => it / 1000);
    open = open.filter((outer) => outer.end > start);
    const outer = open[open.length - 1];
    if (event.name === 'RunTask') {
      // A task within a task, as a dialog's, is a part of it.
      if (outer) continue;
      tasks.push({ start, time, processor, parts: [] });
      open.push({ end: start + time, part: null });
      continue;
    }
    // What began before the trace did has no task.
    if (!outer) continue;
    if (outer.part) {
      outer.part.time -= time;
      outer.part.processor -= processor;
    }
    const part = { sort: SORTS[event.name], start, time, processor };
    tasks[tasks.length - 1].parts.push(part);
    open.push({ end: start + time, part });
  }
  return tasks;
}
