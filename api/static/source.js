/**
 * The source beside the chat: a citation's document, at its exact characters. On a narrow window it
 * covers the page and keeps the focus.
 */

/** @import {Citation, DocumentDetail} from "./types.js" */

import { ApiError, getDocument, getOriginal } from "./api.js";
import { byId, download, element, icon } from "./dom.js";
import { showPages } from "./pageview.js";
import { place } from "./text.js";
import { showText } from "./textview.js";

export const NARROW = matchMedia("(max-width: 860px)"); // as in layout.css

/**
 * @typedef {object} Shown
 * @property {number} documentId
 * @property {string} title
 * @property {string} collection
 * @property {Citation | null} citation  null when the whole document is looked at
 * @property {Citation[]} siblings
 */

/** @type {Shown | null} */
let shown = null;
/** @type {HTMLElement | null} */
let opener = null;
/** @type {AbortController} */
let loading = new AbortController();
/** @type {"text" | "page"} what was last chosen for documents that have both */
let preferred = "page";

export function startSource() {
  byId("source-close", HTMLElement).addEventListener("click", closeSource);
  byId("source-previous", HTMLElement).addEventListener("click", () => step(-1));
  byId("source-next", HTMLElement).addEventListener("click", () => step(1));
  byId("source-download", HTMLElement).addEventListener("click", () => void save());
  byId("as-text", HTMLElement).addEventListener("click", () => choose("text"));
  byId("as-page", HTMLElement).addEventListener("click", () => choose("page"));
  document.addEventListener("keydown", (event) => {
    const elsewhere = document.querySelector("dialog[open], [popover]:popover-open");
    if (event.key === "Escape" && shown && !elsewhere) {
      closeSource();
    }
  });
  NARROW.addEventListener("change", () => cover(shown !== null));
}

/**
 * @param {Citation} citation
 * @param {Citation[]} siblings  among which the arrows move
 * @param {HTMLElement} from  has the focus again when the pane is closed
 * @param {string} collection
 */
export function openCitation(citation, siblings, from, collection) {
  const { document_id: documentId, document_title: title } = citation;
  opener = from;
  show({ documentId, title, collection, citation, siblings: [...siblings] });
}

/**
 * @param {{id: number, title: string}} wanted
 * @param {HTMLElement} from
 * @param {string} collection
 */
export function openDocument({ id, title }, from, collection) {
  opener = from;
  show({ documentId: id, title, collection, citation: null, siblings: [] });
}

export function closeSource() {
  loading.abort();
  shown = null;
  document.body.classList.remove("with-source");
  byId("source", HTMLElement).hidden = true;
  cover(false);
  markOpener(null);
  opener?.focus();
}

/** @param {Shown} wanted */
function show(wanted) {
  shown = wanted;
  byId("source", HTMLElement).hidden = false;
  document.body.classList.add("with-source");
  cover(true);
  markOpener(opener);
  renderHead(wanted);
  byId("source-title", HTMLElement).focus({ preventScroll: true });
  void load(wanted);
}

/** Whether the pane covers everything else, which then cannot be reached. @param {boolean} on */
function cover(on) {
  const pane = byId("source", HTMLElement);
  const covers = on && NARROW.matches;
  for (const other of ["skip-link", "sidebar", "main", "topbar"]) {
    byId(other, HTMLElement).inert = covers;
  }
  pane.setAttribute("role", covers ? "dialog" : "complementary");
  pane.toggleAttribute("aria-modal", covers);
}

/** @param {Shown} wanted */
function renderHead({ title, citation, siblings }) {
  byId("source-title", HTMLElement).textContent = title;
  byId("source-place", HTMLElement).textContent = citation
    ? [place(citation), citation.source].filter(Boolean).join(" · ")
    : "";
  byId("source-steps", HTMLElement).hidden = siblings.length < 2;
  byId("source-count", HTMLElement).textContent = citation
    ? `Source ${citation.id} of ${siblings.length}`
    : "";
  byId("source-views", HTMLElement).hidden = true;
}

/** @param {Shown} wanted */
async function load(wanted) {
  loading.abort();
  loading = new AbortController();
  const { signal } = loading;
  const body = byId("source-body", HTMLElement);
  body.replaceChildren(element("p", { class: "progress" }, element("span", { class: "spinner" }), "Opening…"));
  try {
    const detail = await getDocument(wanted.documentId, wanted.collection);
    if (!signal.aborted) {
      await render(body, detail, wanted, signal);
    }
  } catch (error) {
    if (!signal.aborted) {
      body.replaceChildren(unavailable(wanted, error));
    }
  }
}

/**
 * @param {HTMLElement} body
 * @param {DocumentDetail} detail
 * @param {Shown} wanted
 * @param {AbortSignal} signal
 */
async function render(body, detail, { citation, collection, ...wanted }, signal) {
  const pages = detail.media_type === "application/pdf" && detail.page_starts.length > 0;
  const asPage = pages && preferred === "page";
  const span = citation && { start: citation.start_char_index, end: citation.end_char_index };
  const onError = (/** @type {unknown} */ error) =>
    body.append(unavailable({ citation, collection, ...wanted }, error));
  byId("source-views", HTMLElement).hidden = !pages;
  byId("as-page", HTMLElement).setAttribute("aria-pressed", String(asPage));
  byId("as-text", HTMLElement).setAttribute("aria-pressed", String(!asPage));
  if (!citation) {
    byId("source-place", HTMLElement).textContent = detail.source;
  }
  await (asPage ? showPages : showText)(body, detail, { collection, span, signal, onError });
}

/**
 * What is shown when the document cannot be: at least what was cited.
 *
 * @param {Shown} wanted
 * @param {unknown} error
 */
function unavailable({ citation }, error) {
  if (!(error instanceof ApiError)) {
    reportError(error);
  }
  const gone = error instanceof ApiError && error.status === 404;
  return element(
    "div",
    { class: "unavailable" },
    element(
      "div",
      { class: "callout warning", role: "alert" },
      icon("warning"),
      element(
        "div",
        {},
        element("strong", {}, gone ? "This document has been changed or removed" : "The source cannot be shown"),
        element("p", {}, error instanceof Error ? error.message : String(error)),
      ),
    ),
    citation && element("p", { class: "unavailable-lead" }, "This is the text that was cited:"),
    citation && element("blockquote", { class: "document-text" }, element("mark", { class: "cited" }, citation.cited_text)),
  );
}

/** @param {number} by */
function step(by) {
  if (shown?.citation) {
    const { siblings, citation } = shown;
    const now = siblings.findIndex(({ id }) => id === citation.id);
    const next = siblings.at((now + by) % siblings.length);
    if (next) {
      const { document_id: documentId, document_title: title } = next;
      shown = { ...shown, documentId, title, citation: next };
      renderHead(shown);
      void load(shown);
    }
  }
}

/** @param {"text" | "page"} view */
function choose(view) {
  preferred = view;
  if (shown) {
    void load(shown);
  }
}

async function save() {
  if (!shown) {
    return;
  }
  const { documentId, collection, title } = shown;
  try {
    const { source } = await getDocument(documentId, collection);
    const name = source.split(/[\\/]/).pop() || title;
    download(await getOriginal(documentId, collection), name);
  } catch (error) {
    byId("source-body", HTMLElement).prepend(unavailable({ ...shown, citation: null }, error));
  }
}

/** Have it seen which chip or card the pane belongs to. @param {HTMLElement | null} from */
function markOpener(from) {
  document.querySelectorAll(".is-open").forEach((each) => each.classList.remove("is-open"));
  from?.classList.add("is-open");
}
