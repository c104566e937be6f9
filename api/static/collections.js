/**
 * Which collection is in use, and the switcher. Remembered by the browser.
 */

/** @import {Collection} from "./types.js" */

import { createCollection, deleteCollection, listCollections } from "./api.js";
import { prompt, tellError } from "./dialogs.js";
import { announce, byId, element } from "./dom.js";
import { counted } from "./text.js";

const NAME = "footnote.collection";
const NEW = "\n"; // the option that makes a new one: no collection can be called so
const FALLBACK = "default"; // what the server calls a collection that nobody has named

export const collectionEvents = new EventTarget();

/** @type {Collection[]} */
let collections = [];
let current = FALLBACK;

export function currentCollection() {
  return current;
}

export function startCollections() {
  const select = byId("collection", HTMLSelectElement);
  select.addEventListener("change", () => {
    if (select.value === NEW) {
      render(); // until a name is given, the choice stands
      void askForNew();
    } else {
      chooseCollection(select.value);
    }
  });
}

/** Ask the server which there are. Raises ApiError. */
export async function loadCollections() {
  collections = await listCollections();
  const remembered = localStorage.getItem(NAME);
  const known = collections.find(({ name }) => name === remembered);
  const usual = collections.find((each) => each.default) ?? collections[0];
  if (current === FALLBACK) {
    current = known?.name ?? usual?.name ?? FALLBACK;
  }
  render();
}

/** @param {string} name */
export function chooseCollection(name) {
  const other = name !== current;
  current = name;
  localStorage.setItem(NAME, name);
  render();
  if (other) {
    collectionEvents.dispatchEvent(new Event("change"));
  }
}

/** Ask for the name of a new collection, begin it and show it; one that is there is shown. */
export async function askForNew() {
  const name = await prompt({
    title: "New collection",
    explanation: "A collection keeps its documents apart: a question is answered from one of them.",
    action: "Create",
    input: {
      label: "Name",
      pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]*",
      hint: "Letters, digits, “.”, “_” and “-”, at most 64, beginning with a letter or digit.",
      maxlength: 64,
    },
  });
  if (!name) {
    return;
  }
  try {
    if (collections.every((each) => each.name !== name)) {
      await createCollection(name);
      await loadCollections();
    }
    chooseCollection(name);
    location.hash = "#/documents";
  } catch (error) {
    await tellError("It could not be created", error);
  }
}

/** Delete the collection in use, when the person is sure, and show another. */
export async function askToDelete() {
  const { name, documents } = collections.find((each) => each.name === current) ?? {};
  if (name === undefined) {
    return;
  }
  const sure = await prompt({
    title: "Delete this collection?",
    explanation: `“${name}”${documents ? ` with its ${counted(documents, "document")}` : ""} is deleted from the server, and what was uploaded into it. Files that were indexed where they lie stay there.`,
    action: "Delete collection",
    dangerous: true,
  });
  if (!sure) {
    return;
  }
  try {
    await deleteCollection(name);
    announce(`The collection ${name} was deleted`);
    localStorage.removeItem(NAME);
    current = FALLBACK;
    await loadCollections();
    collectionEvents.dispatchEvent(new Event("change"));
  } catch (error) {
    await tellError("It could not be deleted", error);
  }
}

/** Whether the collection in use exists: one does when it has been created or indexed into. */
export function currentExists() {
  return collections.some(({ name }) => name === current);
}

function render() {
  const begun = { name: current, documents: 0, default: false, problem: null };
  const shown = currentExists() ? collections : [...collections, begun];
  byId("collection", HTMLSelectElement).replaceChildren(
    ...shown.map((each) =>
      element("option", { value: each.name, selected: each.name === current }, labelOf(each)),
    ),
    element("option", { value: NEW }, "New collection…"),
  );
}

/** @param {Collection} collection */
function labelOf({ name, documents }) {
  if (documents === null) {
    return `${name} (cannot be opened)`;
  }
  return `${name} (${documents ? counted(documents, "document") : "empty"})`;
}
