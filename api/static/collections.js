/**
 * Which collection is in use, and the switcher. Remembered by the browser.
 */

/** @import {Collection} from "./types.js" */

import { listCollections } from "./api.js";
import { prompt } from "./dialogs.js";
import { byId, element } from "./dom.js";
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

/** A new collection begins to exist with its first document. */
export async function askForNew() {
  const name = await prompt({
    title: "New collection",
    explanation: "A collection keeps its documents apart: a question is answered from one of them.",
    action: "Continue",
    input: {
      label: "Name",
      pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]*",
      hint: "Letters, digits, “.”, “_” and “-”, at most 64, beginning with a letter or digit.",
      maxlength: 64,
    },
  });
  if (name) {
    chooseCollection(name);
    location.hash = "#/documents";
  }
}

function render() {
  const exists = collections.some(({ name }) => name === current);
  const shown = exists ? collections : [...collections, { name: current, documents: 0, default: false }];
  byId("collection", HTMLSelectElement).replaceChildren(
    ...shown.map(({ name, documents }) =>
      element(
        "option",
        { value: name, selected: name === current },
        `${name} (${documents ? counted(documents, "document") : "empty"})`,
      ),
    ),
    element("option", { value: NEW }, "New collection…"),
  );
}
