// What the yardsticks share: the stream that Brooklet's own page reads, and following its end once a frame.
export function follow(generation, onDelta) {
  const source = new EventSource(`/api/follow?generation=${generation}`);
  source.onmessage = (message) => {
    const event = JSON.parse(message.data);
    const delta = event.snapshot ? event.snapshot.content : event.delta;
    if (delta) onDelta(delta);
    if (event.done) source.close();
  };
}

export function eachFrame(work) {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      work();
    });
  };
}

export const toTheEnd = eachFrame(() => {
  document.body.scrollTop = document.body.scrollHeight;
});
