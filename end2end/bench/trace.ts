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

/** All times are in milliseconds of the clock that `process.hrtime` reads too. */
export type Task = Record<Sort, number> & { start: number; time: number; processor: number };

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
  let open: { end: number; sort: Sort | null }[] = [];
  let task: Task | undefined;
  for (const event of events) {
    const [start, time] = [event.ts / 1000, (event.dur ?? 0) / 1000];
    open = open.filter((outer) => outer.end > start);
    if (event.name === 'RunTask') {
      // A task within a task, as a dialog's, is a part of it.
      if (open.length > 0) continue;
      task = { start, time, processor: (event.tdur ?? 0) / 1000, script: 0, layout: 0, paint: 0 };
      tasks.push(task);
      open.push({ end: start + time, sort: null });
      continue;
    }
    // What began before the trace did has no task.
    if (!task || open.length === 0) continue;
    const sort = SORTS[event.name];
    const outer = open[open.length - 1].sort;
    if (outer) task[outer] -= time;
    task[sort] += time;
    open.push({ end: start + time, sort });
  }
  return tasks;
}
