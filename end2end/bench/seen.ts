// What a page is seen to do while it opens; runs inside it, from its first moment.

export type Seen = {
  /** The first time that there is something to read, in milliseconds since the visit began. */
  paint: number;
  /** When the WASM had come. */
  loaded: number;
  /** When the page answers to hands. */
  awake: number;
  /** The longest task over 50 ms; 0: there was none. */
  task: number;
  /** How much has moved that one had seen: Chromium's score. */
  shift: number;
  /** What came over the wire, in bytes. */
  bytes: number;
  heap: number;
  nodes: number;
};

export function see(): void {
  let [awake, shift, task] = [0, 0, 0];
  const watch = (type: string, each: (entry: any) => void) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
  watch('layout-shift', (entry) => (shift += entry.value));
  watch('longtask', (entry) => (task = Math.max(task, entry.duration)));
  new MutationObserver((_, observer) => {
    if (!document.body?.hasAttribute('data-awake')) return;
    awake = performance.now();
    observer.disconnect();
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-awake'] });
  (window as any).seen = () => {
    const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')] as PerformanceResourceTiming[];
    const wasm = all.filter((entry) => entry.name.endsWith('.wasm'));
    return {
      paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
      loaded: Math.min(...wasm.map((entry) => entry.responseEnd)),
      awake,
      task,
      shift,
      bytes: all.reduce((sum, entry) => sum + entry.transferSize, 0),
      heap: 0,
      nodes: 0,
    };
  };
}
