/**
 * Files on their way into a collection, one after the other, each with its progress and, in the
 * end, what became of it. Knows nothing of the list of documents.
 */

/** @import {UploadLine} from "./types.js" */

import { upload } from "./api.js";
import { announce, byId, element, icon } from "./dom.js";
import { counted, fileSize } from "./text.js";

export const uploadEvents = new EventTarget();

/** @type {Record<UploadLine["status"], string>} */
const DONE = {
  added: "Added",
  replaced: "Replaced the earlier version",
  unchanged: "Already there, unchanged",
  failed: "Not added",
};

const ENCRYPTED = /\bis encrypted\b/; // in the server's reason

/**
 * @typedef {object} Item
 * @property {File} file
 * @property {string} collection
 * @property {HTMLElement} row
 * @property {HTMLProgressElement} bar
 * @property {HTMLElement} state
 * @property {AbortController} stopping
 * @property {string} [password]  of a file that is encrypted; never stored
 */

/** @type {Item[]} */
const waiting = [];

/** The paths of files that were dropped in folders: files of one name are told apart by them.
 * @type {WeakMap<File, string>} */
const paths = new WeakMap();

/** @param {File} file */
function pathOf(file) {
  return paths.get(file) || file.webkitRelativePath || file.name;
}

let busy = false;

/**
 * @param {Iterable<File>} files
 * @param {string} collection
 */
export function uploadFiles(files, collection) {
  const items = Array.from(files, (file) => newItem(file, collection));
  if (items.length === 0) {
    return;
  }
  byId("upload-list", HTMLElement).prepend(...items.map((item) => item.row));
  byId("uploads", HTMLElement).hidden = false;
  enqueue(...items);
}

/** @param {Item[]} items */
function enqueue(...items) {
  waiting.push(...items);
  if (!busy) {
    void work();
  }
}

/** Take what has ended off the list. */
export function clearUploads() {
  byId("upload-list", HTMLElement).querySelectorAll("[data-status]").forEach((row) => row.remove());
  byId("uploads", HTMLElement).hidden = !byId("upload-list", HTMLElement).childElementCount;
}

/**
 * The files that were dropped, also those in folders.
 *
 * @param {DataTransfer} dropped
 * @returns {Promise<File[]>}
 */
export async function filesOf(dropped) {
  const entries = Array.from(dropped.items, (item) => item.webkitGetAsEntry());
  const files = Array.from(dropped.files); // read now: it is empty after the first wait
  if (entries.every((entry) => !entry?.isDirectory)) {
    return files;
  }
  const found = await Promise.all(entries.map((entry) => (entry ? filesIn(entry) : [])));
  return found.flat();
}

/**
 * @param {FileSystemEntry} entry
 * @returns {Promise<File[]>}
 */
async function filesIn(entry) {
  if (entry instanceof FileSystemFileEntry) {
    /** @type {File} */
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    paths.set(file, entry.fullPath.replace(/^\//, ""));
    return [file];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  const found = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) {
      return (await Promise.all(found.map(filesIn))).flat();
    }
    found.push(...part); // a folder comes in parts of a hundred
  }
}

async function work() {
  busy = true;
  let failed = 0;
  let done = 0;
  for (let item = waiting.shift(); item; item = waiting.shift()) {
    const line = await outcome(item);
    conclude(item, line);
    done += 1;
    failed += Number(line.status === "failed");
    uploadEvents.dispatchEvent(new Event("change"));
  }
  busy = false;
  announce(`${counted(done, "file")} done, ${failed} failed.`);
}

/**
 * @param {Item} item
 * @returns {Promise<Pick<UploadLine, "status" | "reason">>}
 */
async function outcome({ file, collection, bar, state, stopping, password }) {
  try {
    return await upload(file, pathOf(file), collection, {
      signal: stopping.signal,
      password,
      onSent(share) {
        if (share < 1) {
          bar.value = share;
          state.textContent = `Uploading, ${Math.round(share * 100)} %`;
        } else {
          bar.removeAttribute("value"); // how long indexing takes is not known
          state.textContent = "Reading and indexing…";
        }
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { status: "failed", reason: stopping.signal.aborted ? "You stopped it." : reason };
  }
}

/**
 * @param {Item} item
 * @param {Pick<UploadLine, "status" | "reason">} line
 */
function conclude(item, { status, reason }) {
  const { row, state, bar } = item;
  row.dataset["status"] = status;
  row.querySelector(".icon")?.replaceWith(icon(status === "failed" ? "warning" : "check"));
  row.querySelector("button")?.remove();
  bar.remove();
  state.textContent = reason ? `${DONE[status]}: ${reason}` : DONE[status];
  if (status === "failed" && reason && ENCRYPTED.test(reason)) {
    state.textContent = `${DONE[status]}: it is encrypted`;
    row.querySelector(".upload-text")?.append(passwordForm(item));
  }
}

/**
 * Asks for the password of an encrypted file and sends the file again.
 *
 * @param {Item} item
 */
function passwordForm({ file, collection, row }) {
  const field = element("input", {
    type: "password",
    required: true,
    autocomplete: "off",
    "aria-label": `Password of ${file.name}`,
    placeholder: "Password",
  });
  return element(
    "form",
    {
      class: "upload-password",
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        const again = { ...newItem(file, collection), password: field.value };
        row.replaceWith(again.row);
        enqueue(again);
      },
    },
    field,
    element("button", { class: "button quiet small" }, "Open it"),
  );
}

/**
 * @param {File} file
 * @param {string} collection
 * @returns {Item}
 */
function newItem(file, collection) {
  const bar = element("progress", { max: 1, value: 0, "aria-label": `Progress of ${file.name}` });
  const state = element("span", { class: "upload-state" }, "Waiting");
  const stopping = new AbortController();
  const stop = element(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": `Stop ${file.name}`,
      title: "Stop",
      onclick: () => stopping.abort(),
    },
    icon("close"),
  );
  const row = element(
    "li",
    { class: "upload" },
    icon("file"),
    element(
      "div",
      { class: "upload-text" },
      element("span", { class: "upload-name" }, pathOf(file), element("small", {}, fileSize(file.size))),
      state,
      bar,
    ),
    stop,
  );
  return { file, collection, row, bar, state, stopping };
}
