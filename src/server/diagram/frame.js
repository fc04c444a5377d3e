// Draws one diagram and tells the page how it went: its height, or why there is none.
'use strict';

const tell = (told) => parent.postMessage(told, '*');

async function draw(source, dark) {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    htmlLabels: false,
    flowchart: { htmlLabels: false },
    suppressErrorRendering: true,
    maxTextSize: 50000,
    theme: dark ? 'dark' : 'default',
    // What a diagram's own directives may not change.
    secure: [
      'secure', 'securityLevel', 'startOnLoad', 'maxTextSize', 'maxEdges', 'suppressErrorRendering', 'htmlLabels',
      'dompurifyConfig', 'themeCSS', 'fontFamily', 'altFontFamily',
    ],
  });
  const { svg } = await mermaid.render('diagram', source);
  document.body.innerHTML = svg;
  const drawn = document.querySelector('svg');
  new ResizeObserver(() => tell(Math.ceil(drawn.getBoundingClientRect().height))).observe(drawn);
}

addEventListener('message', (event) => {
  if (event.source !== parent) return;
  const [source, dark] = event.data;
  draw(source, dark).catch((error) => tell(String(error?.message ?? error)));
});

if (typeof mermaid === 'undefined') {
  const told = 'what draws diagrams is not in this Brooklet.';
  document.body.textContent = told;
  tell(told);
} else {
  tell(true);
}
