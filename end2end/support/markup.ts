// What HTML an answer may be made of: the tags, and the attributes of each. Everything else is a hole.

/** Elements that Markdown becomes, with their own attributes; and those of the page around them. */
export const TAGS: Record<string, string[]> = {
  p: ['class', 'role'], h2: ['class'], h3: [], h4: [], h5: [], h6: [], hr: [], br: [], blockquote: [],
  strong: [], em: [], del: [], ul: ['class'], ol: ['start', 'class'], li: ['class'],
  input: ['type', 'aria-label', 'disabled', 'checked'],
  table: [], thead: [], tbody: [], tr: [], th: ['scope', 'class'], td: ['class'],
  div: ['class', 'tabindex', 'role', 'aria-label', 'data-note'],
  span: ['class', 'title', 'aria-hidden'],
  sup: ['class'],
  a: ['href', 'target', 'rel', 'data-note', 'role', 'title'],
  button: ['type', 'class', 'data-act', 'data-to', 'data-image', 'data-code', 'aria-pressed', 'aria-label', 'title', 'disabled'],
  figure: ['class', 'dir', 'data-language', 'data-drawn'], figcaption: ['lang'],
  pre: ['tabindex', 'class'], code: ['class', 'data-finish', 'data-asked'],
  details: ['class', 'open'], summary: ['class', 'data-act', 'aria-label', 'title'],
  // The buttons under an answer.
  svg: ['class', 'viewBox', 'aria-hidden', 'role', 'fill', 'stroke', 'stroke-width', 'stroke-linecap', 'stroke-linejoin'],
  path: ['d'], circle: ['cx', 'cy', 'r'], rect: ['x', 'y', 'width', 'height', 'rx'],
};

/** What formulas are made of: MathML Core without anything that could lead away (`href`, `maction`, `annotation-xml`). */
export const MATHS = new Set([
  'math', 'semantics', 'annotation', 'mrow', 'mi', 'mn', 'mo', 'ms', 'mtext', 'mspace', 'mfrac', 'msqrt', 'mroot', 'msub',
  'msup', 'msubsup', 'munder', 'mover', 'munderover', 'mtable', 'mtr', 'mtd', 'mpadded', 'mphantom', 'menclose',
  'mmultiscripts', 'mprescripts', 'none', 'mstyle', 'merror',
]);

/** Attributes of MathML that change nothing but looks. */
export const MATHS_ATTRIBUTES = new Set([
  'display', 'xmlns', 'alttext', 'encoding', 'mathvariant', 'mathsize', 'mathcolor', 'mathbackground', 'stretchy', 'fence',
  'separator', 'symmetric', 'largeop', 'movablelimits', 'accent', 'accentunder', 'lspace', 'rspace', 'minsize', 'maxsize',
  'form', 'linethickness', 'displaystyle', 'scriptlevel', 'width', 'height', 'depth', 'voffset', 'columnalign', 'rowalign',
  'columnlines', 'rowlines', 'columnspacing', 'rowspacing', 'frame', 'notation', 'dir', 'intent', 'arg', 'class',
  'columnspan', 'rowspan', 'side', 'equalrows', 'equalcolumns', 'numalign', 'denomalign',
]);

/** What is said of a text as a whole. */
const OF_TEXTS = ['lang=([a-z]{2})?', 'dir=auto', 'data-finish=language', 'data-asked=', 'data-heard='];

export type Allowed = { tags: Record<string, string[]>; maths: string[]; mathsAttributes: string[]; ofTexts: string[] };

export const ALLOWED: Allowed = { tags: TAGS, maths: [...MATHS], mathsAttributes: [...MATHS_ATTRIBUTES], ofTexts: OF_TEXTS };

/** Runs in the page: what is wrong with the answers that are in it, a line each. */
export function holes(allowed: Allowed): string[] {
  const found: string[] = [];
  // What of an answer is far from sight is looked at as well.
  window.dispatchEvent(new Event('beforeprint'));
  const SVG = 'http://www.w3.org/2000/svg';
  const MATHML = 'http://www.w3.org/1998/Math/MathML';
  for (const answer of document.querySelectorAll('.answer')) {
    const walk = document.createTreeWalker(answer, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_COMMENT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      // Leptos puts empty comments where something may come.
      if (node instanceof Comment) {
        if (/[a-z]{3}/i.test(node.data) && !/^(hot|bo|bc)/.test(node.data)) found.push(`comment ${node.data.slice(0, 80)}`);
        continue;
      }
      const element = node as Element;
      const tag = element.localName;
      const maths = element.namespaceURI === MATHML;
      const own = allowed.tags[tag];
      const told = () => element.outerHTML.slice(0, 160);
      if (maths ? !allowed.maths.includes(tag) : !own) found.push(`element ${tag}: ${told()}`);
      if (element.namespaceURI === SVG && element.closest('.text, .thinking')) found.push(`drawing: ${told()}`);
      for (const { name, value } of element.attributes) {
        const right = maths ? allowed.mathsAttributes.includes(name) : own?.includes(name);
        // The language and the side of what is said are its own; until it is known there are marks of that.
        if (element.matches('.blocks') && allowed.ofTexts.some((own) => `${name}=${value}`.match(`^${own}$`))) continue;
        if (!right) found.push(`attribute ${name}="${value.slice(0, 60)}" of ${tag}: ${told()}`);
        // Names that would stand before properties of the document or of a form.
        if ((name === 'id' && element.closest('.text, .thinking')) || name === 'name') found.push(`name: ${told()}`);
      }
      if (element instanceof HTMLAnchorElement && element.getAttribute('href') !== '#') {
        // An address that is none (`http://[::1`) has no protocol, and leads nowhere.
        if (!['http:', 'https:', 'mailto:', ':'].includes(element.protocol)) found.push(`link ${element.href}: ${told()}`);
        const rel = element.rel.split(' ');
        if (element.closest('.text, .thinking') && !['noopener', 'noreferrer', 'nofollow'].every((it) => rel.includes(it))) {
          found.push(`rel: ${told()}`);
        }
      }
      const image = element.getAttribute('data-image');
      if (image !== null && !/^https?:$/.test(new URL(image, 'about:blank').protocol)) found.push(`image: ${told()}`);
    }
  }
  return found;
}

/** Runs before the page's own scripts: whatever a vector would do leaves a trace. */
export function trap(): void {
  const trapped = window as unknown as { __hits: string[]; __hit: (what?: unknown) => void };
  trapped.__hits = [];
  trapped.__hit = (what = 'hit') => void trapped.__hits.push(String(what));
  for (const name of ['alert', 'prompt', 'confirm', 'print', 'open'] as const) {
    Object.defineProperty(window, name, { value: () => trapped.__hit(name), configurable: false });
  }
  document.addEventListener('securitypolicyviolation', (event) => trapped.__hit(`policy: ${event.blockedURI}`));
}
