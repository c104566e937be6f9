/**
 * The pages of a PDF as images, with the cited characters highlighted by the server.
 */

/** @import {DocumentDetail, Span} from "./types.js" */

import { getPageImage } from "./api.js";
import { announce, element, icon } from "./dom.js";

const ZOOMS = [1, 1.5, 2]; // of the pane's width: the classes zoom-0 to zoom-2 of the style sheet
const LEGIBLE = 480; // pixels of the pane: a narrower one shows the print of a page too small to read
const BESIDE = 0.08; // of the pane's width to the left of the highlight
const ABOVE = 0.3; // of the pane's height above the highlight, so that its context is seen

/**
 * Show the page on which `span` begins, with buttons to turn pages.
 *
 * @param {HTMLElement} scroller
 * @param {DocumentDetail} detail
 * @param {{collection: string, span: Span | null, signal: AbortSignal,
 *   onError: (error: unknown) => void}} shown
 */
export async function showPages(scroller, detail, { collection, span, signal, onError }) {
  const last = detail.page_starts.length;
  let zoom = scroller.clientWidth < LEGIBLE ? ZOOMS.length - 1 : 0;
  const image = element("img", { class: `page-image zoom-${zoom}` });
  const frame = element("div", { class: "page-frame" }, image);
  const number = element("input", {
    class: "field page-number",
    type: "number",
    min: 1,
    max: last,
    "aria-label": "Page",
  });
  let page = span ? pageOf(span.start, detail.page_starts) : 1;
  /** @type {{left: number, top: number} | null} where the highlight begins, as shares of the page */
  let mark = null;

  const toMark = () => {
    const { left, top } = mark ?? { left: 0, top: 0 };
    frame.scrollLeft = left * image.offsetWidth - BESIDE * frame.clientWidth;
    scroller.scrollTop = mark
      ? image.offsetTop + top * image.offsetHeight - ABOVE * scroller.clientHeight
      : 0;
  };

  async function turn(/** @type {number} */ wanted) {
    page = Math.min(last, Math.max(1, Math.trunc(wanted) || page));
    number.value = String(page);
    image.classList.add("loading");
    const asked = page;
    const cited = { collection, start: span?.start, end: span?.end };
    const drawn = await getPageImage(detail.id, page, cited);
    if (signal.aborted || asked !== page) {
      return; // another page is wanted by now
    }
    await display(image, drawn.blob);
    mark = drawn.mark;
    const told = `Page ${page} of ${detail.title}`;
    image.alt = mark ? `${told}, with the cited text highlighted` : told;
    image.classList.remove("loading");
    toMark();
    announce(told);
  }
  const turned = (/** @type {number} */ wanted) => turn(wanted).catch(onError);
  const zoomed = () => {
    image.classList.remove(`zoom-${zoom}`);
    zoom = (zoom + 1) % ZOOMS.length;
    image.classList.add(`zoom-${zoom}`);
    toMark();
  };
  number.addEventListener("change", () => void turned(number.valueAsNumber));
  signal.addEventListener("abort", () => URL.revokeObjectURL(image.src));

  await turn(page);
  if (!signal.aborted) {
    scroller.replaceChildren(
      element(
        "div",
        { class: "page-bar", role: "group", "aria-label": "Pages" },
        pageButton("previous", "Previous page", () => void turned(page - 1)),
        number,
        element("span", {}, `of ${last}`),
        pageButton("next", "Next page", () => void turned(page + 1)),
        pageButton("zoom", "Zoom", zoomed),
      ),
      frame,
    );
    toMark();
  }
}

/**
 * @param {HTMLImageElement} image
 * @param {Blob} blob
 */
async function display(image, blob) {
  const before = image.src;
  image.src = URL.createObjectURL(blob);
  await image.decode();
  if (before) {
    URL.revokeObjectURL(before);
  }
}

/**
 * @param {number} offset
 * @param {number[]} pageStarts
 */
function pageOf(offset, pageStarts) {
  return Math.max(1, pageStarts.filter((start) => start <= offset).length);
}

/**
 * @param {string} name
 * @param {string} label
 * @param {() => void} action
 */
function pageButton(name, label, action) {
  return element(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, onclick: action },
    icon(name),
  );
}
