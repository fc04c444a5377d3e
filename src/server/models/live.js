// Shows how far downloads are, for as long as something goes on. What somebody is at is left alone: a button that has the
// focus stays, and so does what is typed. Without it the page says so when it is loaded anew.
const EVERY = 2000;
const timer = setInterval(async () => {
  if (document.hidden) return;
  const answer = await fetch("/models").catch(() => null);
  if (!answer?.ok) return;
  const now = new DOMParser().parseFromString(await answer.text(), "text/html");
  const goesOn = now.querySelector("#jobs[data-goes-on]") !== null;
  for (const id of ["jobs", "models"]) {
    const [old, fresh] = [document, now].map((page) => page.getElementById(id));
    // What was cancelled is in no list any more.
    if (!fresh) old?.remove();
    if (!old || !fresh) continue;
    if (!old.contains(document.activeElement)) {
      old.replaceWith(document.adoptNode(fresh));
      continue;
    }
    // Its sentences and bars alone.
    const [before, after] = [old, fresh].map((part) => part.querySelectorAll("p"));
    if (before.length === after.length) before.forEach((p, at) => p.replaceWith(document.adoptNode(after[at])));
  }
  if (!goesOn) clearInterval(timer);
}, EVERY);
