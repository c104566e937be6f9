/**
 * A document's text, in windows that are fetched as they are scrolled to, with the cited characters
 * marked. Headings and pages are shown where they stand; no character is changed.
 */

/** @import {DocumentDetail, Span} from "./types.js" */

import { getText } from "./api.js";
import { element } from "./dom.js";
import { characters, countCharacters } from "./text.js";

const BEFORE = 4000; // characters in view before the cited ones: enough to scroll up at once
const WINDOW = 12_000; // characters fetched at a time: some screens, and a small answer
const AHEAD = "600px"; // the next window is fetched before its edge is seen

/**
 * Show the text around `span`, and more of it as it is scrolled to.
 *
 * @param {HTMLElement} scroller  holds nothing but this view
 * @param {DocumentDetail} detail
 * @param {{collection: string, span: Span | null, signal: AbortSignal,
 *   onError: (error: unknown) => void}} shown
 */
export async function showText(scroller, detail, { collection, span, signal, onError }) {
  const first = Math.max(0, (span?.start ?? 0) - BEFORE);
  /** @type {Span} */
  const loaded = { start: first, end: first };
  const text = element("div", { class: "document-text", dir: "auto" });
  const [above, below] = [edge(), edge()];

  /** @param {number} start @param {number} end */
  const piece = async (start, end) => {
    const part = await getText(detail.id, { collection, start, end });
    return textNodes(part.text, part.start_char_index, detail, span);
  };
  const down = async (/** @type {number} */ end) => {
    const nodes = await piece(loaded.end, end);
    if (!signal.aborted) {
      loaded.end = end;
      text.append(...nodes);
    }
  };
  const up = async () => {
    const start = Math.max(0, loaded.start - WINDOW);
    const nodes = await piece(start, loaded.start);
    if (!signal.aborted) {
      const height = scroller.scrollHeight;
      loaded.start = start;
      text.prepend(...nodes);
      scroller.scrollTop += scroller.scrollHeight - height; // what is read stays where it is
    }
  };
  const more = () =>
    Promise.all([
      near(above, scroller) && loaded.start > 0 && up(),
      near(below, scroller) && loaded.end < detail.characters && down(next(loaded.end)),
    ]);
  const next = (/** @type {number} */ from) => Math.min(detail.characters, from + WINDOW);

  await down(next(Math.max(first, span?.end ?? 0)));
  if (signal.aborted) {
    return;
  }
  scroller.replaceChildren(above, text, below);
  scroller.scrollTop = 0;
  text.querySelector("mark")?.scrollIntoView({ block: "center" });
  fetchWhenSeen([above, below], scroller, more, { loaded, detail, signal, onError });
}

/**
 * @param {HTMLElement[]} edges
 * @param {HTMLElement} scroller
 * @param {() => Promise<unknown>} more
 * @param {{loaded: Span, detail: DocumentDetail, signal: AbortSignal,
 *   onError: (error: unknown) => void}} state
 */
function fetchWhenSeen(edges, scroller, more, { loaded, detail, signal, onError }) {
  let fetching = false;
  const observer = new IntersectionObserver(
    async (seen) => {
      if (fetching || !seen.some((each) => each.isIntersecting)) {
        return;
      }
      fetching = true;
      try {
        await more();
      } catch (error) {
        observer.disconnect();
        onError(error);
        return;
      }
      fetching = false;
      if (!signal.aborted && (loaded.start > 0 || loaded.end < detail.characters)) {
        edges.forEach((each) => observer.unobserve(each)); // seen again if still near
        edges.forEach((each) => observer.observe(each));
      }
    },
    { root: scroller, rootMargin: AHEAD },
  );
  edges.forEach((each) => observer.observe(each));
  signal.addEventListener("abort", () => observer.disconnect());
}

function edge() {
  return element("div", { class: "edge", "aria-hidden": "true" });
}

/**
 * @param {HTMLElement} edge
 * @param {HTMLElement} scroller
 */
function near(edge, scroller) {
  const [at, view] = [edge.getBoundingClientRect(), scroller.getBoundingClientRect()];
  const ahead = Number.parseInt(AHEAD, 10);
  return at.bottom >= view.top - ahead && at.top <= view.bottom + ahead;
}

/**
 * The characters of a window as nodes: headings, the beginnings of pages, and the cited ones.
 *
 * @param {string} text
 * @param {number} offset  of the window's first character in the document
 * @param {DocumentDetail} detail
 * @param {Span | null} span
 * @returns {(Node | string)[]}
 */
export function textNodes(text, offset, { headings, page_starts: pageStarts }, span) {
  const end = offset + countCharacters(text);
  const titles = headings.map(({ title, level, start_char_index: start }) => ({
    level,
    start,
    end: start + countCharacters(title),
  }));
  const cuts = [offset, end, span?.start, span?.end, ...pageStarts]
    .concat(titles.flatMap((title) => [title.start, title.end]))
    .filter((cut) => cut !== undefined && cut >= offset && cut <= end);
  const sorted = [.../** @type {Set<number>} */ (new Set(cuts))].sort((a, b) => a - b);
  return sorted.slice(0, -1).flatMap((start, place) => {
    const piece = characters(text, start - offset, /** @type {number} */ (sorted[place + 1]) - offset);
    const title = titles.find((each) => each.start <= start && start < each.end);
    const page = pageStarts.indexOf(start);
    const cited = span && span.start <= start && start < span.end;
    const shown = cited ? element("mark", { class: "cited" }, piece) : piece;
    return [
      page >= 0 ? pageLabel(page + 1) : "",
      title ? element("span", { class: "heading", "data-level": title.level }, shown) : shown,
    ].filter((node) => node !== "");
  });
}

/** @param {number} page */
function pageLabel(page) {
  return element("span", {
    class: "page-label",
    role: "separator",
    "aria-label": `Page ${page}`,
    "data-label": `Page ${page}`,
  });
}
