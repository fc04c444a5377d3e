// Shows how far downloads are, for as long as something goes on. What somebody is at is left alone: a button that has the
// focus stays, and so does what is typed. Without it the page says so when it is loaded anew.
const EVERY = 2000;
const look = async () => {
  // What is wrong with Ollama is told by a page, too.
  const answer = document.hidden ? null : await fetch("/models").catch(() => null);
  const now = answer && new DOMParser().parseFromString(await answer.text(), "text/html");
  if (answer && (answer.ok || now.getElementById("jobs"))) {
    for (const id of ["jobs", "models"]) {
      const [old, fresh] = [document, now].map((page) => page.getElementById(id));
      // What was cancelled is in no list any more.
      if (!fresh && answer.ok) old?.remove();
      if (!old || !fresh) continue;
      if (!old.contains(document.activeElement)) {
        old.replaceWith(document.adoptNode(fresh));
        continue;
      }
      // Its sentences and bars alone.
      const [before, after] = [old, fresh].map((part) => part.querySelectorAll("p"));
      if (before.length === after.length) before.forEach((p, at) => p.replaceWith(document.adoptNode(after[at])));
    }
    if (!document.querySelector("#jobs[data-goes-on]") && !now.querySelector("#jobs[data-goes-on]")) return;
  }
  setTimeout(look, EVERY);
};
setTimeout(look, EVERY);
