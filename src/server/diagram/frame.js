// Draws one diagram and tells the page how it went: its height, or why there is none.
'use strict';

const tell = (told) => parent.postMessage(told, '*');

// What Mermaid calls the colours of the page (tokens.css). `#` is each of twelve.
const ROLES = {
  paper: 'background altSectionBkgColor pieStrokeColor sequenceNumberColor',
  raised: 'edgeLabelBackground labelBackgroundColor rowOdd quadrant2Fill quadrant4Fill commitLabelBackground',
  sunken: 'secondaryColor labelBoxBkgColor activationBkgColor activeTaskBkgColor',
  'side-paper': 'tertiaryColor clusterBkg sectionBkgColor sectionBkgColor2 doneTaskBkgColor excludeBkgColor rowEven quadrant1Fill quadrant3Fill',
  ink:
    'primaryTextColor secondaryTextColor tertiaryTextColor textColor titleColor nodeTextColor actorTextColor signalTextColor ' +
    'noteTextColor loopTextColor labelTextColor taskTextColor taskTextDarkColor taskTextLightColor taskTextOutsideColor ' +
    'errorTextColor pieTitleTextColor pieLegendTextColor quadrantTitleFill quadrantXAxisTextFill quadrantYAxisTextFill ' +
    'quadrantPointTextFill commitLabelColor tagLabelColor',
  'ink-soft': 'lineColor signalColor quadrant1TextFill quadrant2TextFill quadrant3TextFill quadrant4TextFill cScaleInv#',
  line: 'gridColor pieOuterStrokeColor quadrantInternalBorderStrokeFill',
  edge:
    'secondaryBorderColor tertiaryBorderColor clusterBorder actorLineColor labelBoxBorderColor activationBorderColor ' +
    'doneTaskBorderColor quadrantExternalBorderStrokeFill cScalePeer#',
  accent: 'primaryBorderColor nodeBorder actorBorder taskBorderColor activeTaskBorderColor taskTextClickableColor quadrantPointFill tagLabelBorder',
  'accent-soft': 'primaryColor mainBkg actorBkg taskBkgColor tagLabelBackground',
  alarm: 'noteBorderColor critBorderColor todayLineColor vertLineColor',
  'alarm-soft': 'noteBkgColor critBkgColor errorBkgColor',
  'code-paper': 'pieSectionTextColor cScaleLabel# gitInv# gitBranchLabel#',
};

// What stands side by side has the colours of code: they can be told apart, and each is read against the paper of code.
const SERIES = ['function', 'inserted', 'number', 'keyword', 'type', 'tag', 'heading', 'attribute', 'string', 'parameter', 'deleted', 'comment'];

function theme(dark) {
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  // As Mermaid reads them: #rrggbb.
  const pen = document.createElement('canvas').getContext('2d');
  const colour = (name) => {
    document.body.style.color = `var(--${name})`;
    pen.fillStyle = getComputedStyle(document.body).color;
    return pen.fillStyle;
  };
  const variables = { pieOpacity: '1', darkMode: dark };
  for (const [name, roles] of Object.entries(ROLES)) {
    const its = colour(name);
    for (const role of roles.split(' ')) {
      for (let at = 0; at < SERIES.length; at++) variables[role.replace('#', at)] = its;
    }
  }
  const series = SERIES.map((name) => colour(`code-${name}`));
  series.forEach((hue, at) => Object.assign(variables, { [`pie${at + 1}`]: hue, [`cScale${at}`]: hue, [`git${at}`]: hue, [`venn${at + 1}`]: hue }));
  const [ink, edge, paper] = ['ink', 'edge', 'paper'].map(colour);
  variables.xyChart = { backgroundColor: paper, titleColor: ink, legendTextColor: ink, dataLabelColor: ink, plotColorPalette: series.join(',') };
  for (const axis of ['xAxis', 'yAxis']) {
    for (const [part, its] of [['Title', ink], ['Label', ink], ['Tick', edge], ['Line', edge]]) variables.xyChart[`${axis}${part}Color`] = its;
  }
  document.body.style.color = '';
  return variables;
}

async function draw(source, dark) {
  const themeVariables = theme(dark);
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    htmlLabels: false,
    flowchart: { htmlLabels: false },
    suppressErrorRendering: true,
    maxTextSize: 50000,
    theme: 'base',
    themeVariables,
    // What a diagram's own directives may not change.
    secure: [
      'secure', 'securityLevel', 'startOnLoad', 'maxTextSize', 'maxEdges', 'suppressErrorRendering', 'htmlLabels',
      'dompurifyConfig', 'theme', 'themeVariables', 'themeCSS', 'fontFamily', 'altFontFamily',
    ],
  });
  const { svg } = await mermaid.render('diagram', source);
  document.body.innerHTML = svg;
  const drawn = document.querySelector('svg');
  const measure = () => tell(Math.ceil(drawn.getBoundingClientRect().height));
  // At once: a frame that is out of sight is told of no sizes.
  measure();
  new ResizeObserver(measure).observe(drawn);
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
