/**
 * The documents of a collection: add, find, look at, delete.
 */

/** @import {DocumentSummary} from "./types.js" */

import { ApiError, deleteDocument, listDocuments } from "./api.js";
import { askToDelete, currentCollection, currentExists, loadCollections } from "./collections.js";
import { messageOf, prompt, tellError } from "./dialogs.js";
import { announce, byId, element, icon, present } from "./dom.js";
import { openMenu } from "./menu.js";
import { openDocument } from "./source.js";
import { counted } from "./text.js";
import { clearUploads, filesOf, uploadEvents, uploadFiles } from "./uploads.js";

const PAGE = 50; // documents in the list at a time
const TYPING_MS = 200; // a filter is applied when no key was pressed for so long

/** @type {Record<string, string>} what people call the types of which the name is not the ending */
const TYPES = {
  "text/plain": "Text",
  "text/markdown": "Markdown",
  "application/json": "JSON",
  "message/rfc822": "E-mail",
  "application/mbox": "Mailbox",
  "application/epub+zip": "EPUB",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
};

let offset = 0;
/** @type {AbortController} */
let latest = new AbortController();

export function startDocuments() {
  const filter = byId("filter", HTMLInputElement);
  let typing = 0;
  filter.addEventListener("input", () => {
    clearTimeout(typing);
    typing = window.setTimeout(() => void showDocuments(0), TYPING_MS);
  });
  byId("pager-previous", HTMLElement).addEventListener("click", () => void showDocuments(offset - PAGE));
  byId("pager-next", HTMLElement).addEventListener("click", () => void showDocuments(offset + PAGE));
  byId("clear-uploads", HTMLElement).addEventListener("click", clearUploads);
  uploadEvents.addEventListener("change", () => void refresh());
  const menu = byId("collection-menu", HTMLElement);
  menu.addEventListener("click", () =>
    openMenu(menu, [
      { label: "Delete this collection", icon: "trash", action: () => void askToDelete(), dangerous: true },
    ]),
  );
  acceptFiles();
}

/**
 * Show the documents from `from` on, as far as the filter lets them through.
 *
 * @param {number} [from]
 */
export async function showDocuments(from = 0) {
  latest.abort();
  latest = new AbortController();
  const { signal } = latest;
  const collection = currentCollection();
  const contains = byId("filter", HTMLInputElement).value.trim();
  const list = byId("document-list", HTMLElement);
  list.setAttribute("aria-busy", "true");
  try {
    const found = await documentsOf(collection, contains, Math.max(0, from));
    if (!signal.aborted) {
      offset = Math.max(0, from);
      list.replaceChildren(...found.documents.map(row));
      renderAround(found.total, found.documents.length, contains);
    }
  } catch (error) {
    if (!signal.aborted) {
      list.replaceChildren(
        element("li", { class: "callout warning", role: "alert" }, icon("warning"), messageOf(error)),
      );
      renderAround(0, 0, contains);
    }
  }
  list.removeAttribute("aria-busy");
}

/**
 * A collection without an index yet has no documents.
 *
 * @param {string} collection
 * @param {string} contains
 * @param {number} from
 */
async function documentsOf(collection, contains, from) {
  try {
    return await listDocuments({ collection, contains, offset: from, limit: PAGE });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) {
      return { documents: [], total: 0 };
    }
    throw error;
  }
}

/**
 * What the list is of, and the buttons that turn its pages.
 *
 * @param {number} total
 * @param {number} count
 * @param {string} contains
 */
function renderAround(total, count, contains) {
  const summary = contains
    ? `${counted(total, "document")} with “${contains}”`
    : counted(total, "document");
  byId("documents-count", HTMLElement).textContent = total > 0 || contains ? summary : "";
  byId("documents-collection", HTMLElement).textContent = currentCollection();
  byId("collection-menu", HTMLElement).hidden = !currentExists();
  byId("no-documents", HTMLElement).hidden = total > 0 || contains !== "";
  byId("filter-row", HTMLElement).hidden = total === 0 && contains === "";
  byId("pager", HTMLElement).hidden = total <= PAGE;
  byId("pager-place", HTMLElement).textContent = `${offset + 1}–${offset + count} of ${total}`;
  byId("pager-previous", HTMLButtonElement).disabled = offset === 0;
  byId("pager-next", HTMLButtonElement).disabled = offset + count >= total;
}

const WORDS_ALONE =
  "Found by its words, not by its meaning: the embedder does not know its language ({}). The " +
  "multilingual one does: rag reindex --embedder multilingual-e5-small-q4";

/** @param {DocumentSummary} summary */
function row(summary) {
  const { title, source, media_type: type, pages, characters, left_out: leftOut } = summary;
  const facts = present([
    TYPES[type] ?? type.split("/").pop()?.toUpperCase(),
    pages ? counted(pages, "page") : counted(characters, "character"),
    source,
  ]);
  /** @param {Event} event */
  const open = (event) =>
    openDocument(summary, /** @type {HTMLElement} */ (event.currentTarget), currentCollection());
  return element(
    "li",
    { class: "document" },
    icon("file"),
    element(
      "div",
      { class: "document-text-column" },
      element("button", { type: "button", class: "document-title", onclick: open }, title),
      element("p", { class: "document-facts" }, ...facts.map((fact) => element("span", {}, fact))),
      ...(leftOut.length > 0
        ? [element("p", { class: "document-facts" }, `Not in the text: ${leftOut.join(", ")}`)]
        : []),
      ...(summary.words_alone
        ? [element("p", { class: "document-facts" }, WORDS_ALONE.replace("{}", summary.language))]
        : []),
    ),
    element(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": `Delete ${title}`,
        title: "Delete",
        onclick: () => void remove(summary),
      },
      icon("trash"),
    ),
  );
}

/** @param {DocumentSummary} document */
async function remove({ id, title }) {
  const collection = currentCollection();
  const sure = await prompt({
    title: "Delete this document?",
    explanation: `“${title}” is removed from the collection “${collection}”: no answer will use it any more.`,
    action: "Delete",
    dangerous: true,
  });
  if (!sure) {
    return;
  }
  try {
    await deleteDocument(id, collection);
    announce(`${title} was deleted`);
  } catch (error) {
    await tellError("It could not be deleted", error);
  }
  await refresh();
  byId("documents-title", HTMLElement).focus();
}

async function refresh() {
  await Promise.all([showDocuments(offset), loadCollections().catch(() => undefined)]);
}

/** Files can be chosen, or dropped anywhere on the page. */
function acceptFiles() {
  const input = byId("files", HTMLInputElement);
  const overlay = byId("drop-overlay", HTMLElement);
  for (const button of document.querySelectorAll(".choose-files")) {
    button.addEventListener("click", () => input.click());
  }
  input.addEventListener("change", () => {
    take(Array.from(input.files ?? []));
    input.value = "";
  });
  document.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) {
      event.preventDefault();
      byId("drop-collection", HTMLElement).textContent = currentCollection();
      overlay.hidden = false;
    }
  });
  document.addEventListener("dragleave", (event) => {
    overlay.hidden ||= event.relatedTarget === null; // it has left the window
  });
  document.addEventListener("drop", async (event) => {
    overlay.hidden = true;
    if (event.dataTransfer?.types.includes("Files")) {
      event.preventDefault();
      take(await filesOf(event.dataTransfer));
    }
  });
}

/** @param {File[]} files */
function take(files) {
  location.hash = "#/documents";
  uploadFiles(files, currentCollection());
}
