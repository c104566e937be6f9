/**
 * The server's endpoints as functions. Knows nothing of what is shown.
 *
 * When the server wants a key, `askForKey` is asked for one and the request is sent again.
 */

/** @import {Answer, Collection, DocumentDetail, DocumentSummary, Hit, Message} from "./types.js" */
/** @import {Sentence, TextWindow, UploadLine} from "./types.js" */

import { keyOfSession, requireKey } from "./key.js";

/** An error as the server tells it; `status` is 0 when the server could not be reached. */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {number} status
   * @param {string | null} [code]
   */
  constructor(message, status, code = null) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const UNREACHABLE = "The server cannot be reached. Check that it is running, then try again.";

/** @typedef {Record<string, string | number | undefined>} Parameters */

/**
 * @returns {Promise<Collection[]>}
 */
export async function listCollections() {
  return (await json("collections")).collections;
}

/** @param {string} name */
export async function createCollection(name) {
  const options = {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name }),
  };
  await request("collections", {}, options);
}

/** @param {string} name */
export async function deleteCollection(name) {
  await request(`collections/${encodeURIComponent(name)}`, {}, { method: "DELETE" });
}

/**
 * @param {{collection: string, contains?: string, offset?: number, limit?: number}} wanted
 * @returns {Promise<{documents: DocumentSummary[], total: number}>}
 */
export function listDocuments(wanted) {
  return json("documents", wanted);
}

/**
 * @param {number} id
 * @param {string} collection
 * @returns {Promise<DocumentDetail>}
 */
export function getDocument(id, collection) {
  return json(`documents/${id}`, { collection });
}

/**
 * @param {number} id
 * @param {{collection: string, start: number, end: number}} wanted
 * @returns {Promise<TextWindow>}
 */
export function getText(id, wanted) {
  return json(`documents/${id}/text`, wanted);
}

/**
 * A page of a PDF with the characters `[start, end)` of the document highlighted, and where the
 * highlight begins, as shares of the page: null when there is none on this page.
 *
 * @param {number} id
 * @param {number} page
 * @param {{collection: string, start?: number, end?: number}} wanted
 */
export async function getPageImage(id, page, wanted) {
  const response = await request(`documents/${id}/pages/${page}.png`, wanted);
  const [left, top] = ["Left", "Top"].map((edge) => response.headers.get(`X-Highlight-${edge}`));
  const mark = left && top ? { left: Number(left), top: Number(top) } : null;
  return { blob: await response.blob(), mark };
}

/**
 * @param {number} id
 * @param {string} collection
 */
export async function getOriginal(id, collection) {
  return (await request(`documents/${id}/original`, { collection })).blob();
}

/**
 * @param {number} id
 * @param {string} collection
 */
export async function deleteDocument(id, collection) {
  await request(`documents/${id}`, { collection }, { method: "DELETE" });
}

/**
 * @typedef {{event: "rewrite", data: {question: string}}
 *   | {event: "hits", data: {hits: Hit[]}}
 *   | {event: "sentence", data: Sentence}
 *   | {event: "answer", data: Answer}} AskEvent
 */

/**
 * The answer while it is made. Raises ApiError, also for an error that comes when the answer has
 * begun or when the stream ends without one.
 *
 * @param {{question: string, history: Message[], collection: string}} asked
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<AskEvent>}
 */
export async function* ask(asked, signal) {
  const response = await request("ask/stream", {}, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify(asked),
    signal,
  });
  if (!response.body) {
    throw new ApiError(UNREACHABLE, 0);
  }
  for await (const { event, data } of serverSentEvents(response.body)) {
    if (event === "error") {
      throw asError(JSON.parse(data), 500, null);
    }
    yield /** @type {AskEvent} */ ({ event, data: JSON.parse(data) });
    if (event === "answer") {
      return;
    }
  }
  throw new ApiError("The connection was lost before the answer was complete.", 0);
}

/**
 * @typedef {object} UploadWatcher
 * @property {(share: number) => void} onSent  share of the file's bytes, in [0, 1]
 * @property {AbortSignal} signal
 * @property {string} [password]  of a file that is encrypted
 */

/**
 * Upload one file. XMLHttpRequest, because fetch does not tell how much has been sent.
 *
 * @param {File} file
 * @param {string} path  its name, with the folders it was dropped in
 * @param {string} collection
 * @param {UploadWatcher} watcher
 * @returns {Promise<UploadLine>}
 */
export async function upload(file, path, collection, watcher) {
  for (;;) {
    const key = keyOfSession();
    const sent = await send(file, path, collection, watcher);
    if (sent.status === 401 && (await requireKey(key))) {
      continue;
    }
    if (sent.status !== 200) {
      throw asError(parsed(sent.responseText), sent.status, sent.getResponseHeader("Retry-After"));
    }
    const told = sent.responseText.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    const line = told.find((each) => "status" in each);
    if (!line) {
      throw new ApiError("The server did not say what became of this file.", sent.status);
    }
    return line;
  }
}

/**
 * @param {File} file
 * @param {string} path
 * @param {string} collection
 * @param {UploadWatcher} watcher
 * @returns {Promise<XMLHttpRequest>}
 */
function send(file, path, collection, { onSent, signal, password }) {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    const form = new FormData();
    form.append("files", file, path);
    if (password) {
      form.append("password", password);
    }
    sending.open("POST", address("documents", { collection }));
    for (const [name, value] of Object.entries(authorization())) {
      sending.setRequestHeader(name, value);
    }
    sending.upload.onprogress = (event) => onSent(event.total ? event.loaded / event.total : 1);
    sending.upload.onload = () => onSent(1);
    sending.onload = () => resolve(sending);
    sending.onerror = () => reject(new ApiError(UNREACHABLE, 0));
    sending.onabort = () => reject(new DOMException("stopped", "AbortError"));
    signal.addEventListener("abort", () => sending.abort());
    sending.send(form);
  });
}

/**
 * The events of a stream; a chunk may end anywhere, also within a character or a line ending.
 *
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<{event: string, data: string}>}
 */
export async function* serverSentEvents(body) {
  let event = "message";
  /** @type {string[]} */
  let data = [];
  for await (const line of lines(body)) {
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") {
      event = value;
    } else if (field === "data") {
      data.push(value);
    } else if (line === "") {
      if (data.length) {
        yield { event, data: data.join("\n") };
      }
      [event, data] = ["message", []];
    }
  }
}

/**
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<string>}
 */
async function* lines(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) {
        return;
      }
      const parts = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/);
      rest = parts.pop() ?? "";
      yield* parts;
    }
  } finally {
    await reader.cancel().catch(() => undefined); // stops the server's work, too
  }
}

/**
 * @param {string} path
 * @param {Parameters} [parameters]
 * @returns {Promise<any>}
 */
async function json(path, parameters = {}) {
  return (await request(path, parameters)).json();
}

/**
 * @param {string} path
 * @param {Parameters} parameters
 * @param {RequestInit} [options]
 * @returns {Promise<Response>}
 */
async function request(path, parameters, options = {}) {
  for (;;) {
    const key = keyOfSession();
    const response = await reached(path, parameters, options);
    if (response.ok) {
      return response;
    }
    if (response.status !== 401 || !(await requireKey(key))) {
      const told = parsed(await response.text());
      throw asError(told, response.status, response.headers.get("Retry-After"));
    }
  }
}

/**
 * @param {string} path
 * @param {Parameters} parameters
 * @param {RequestInit} options
 */
async function reached(path, parameters, options) {
  const headers = { ...options.headers, ...authorization() };
  try {
    return await fetch(address(path, parameters), { ...options, headers });
  } catch (error) {
    if (error instanceof TypeError) {
      throw new ApiError(UNREACHABLE, 0);
    }
    throw error;
  }
}

/**
 * Relative to the page, so that it also works under a path of a reverse proxy.
 *
 * @param {string} path
 * @param {Parameters} parameters
 */
function address(path, parameters) {
  const url = new URL(path, document.baseURI);
  url.hash = "";
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") {
      url.searchParams.set(name, String(value));
    }
  }
  return url.href;
}

/** @returns {Record<string, string>} */
function authorization() {
  const key = keyOfSession();
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * @param {{error?: {message?: string, code?: string | null}} | null} body
 * @param {number} status
 * @param {string | null} retryAfter  seconds
 */
function asError(body, status, retryAfter) {
  const message = body?.error?.message ?? `The server answered with the status ${status}.`;
  const told = retryAfter ? `${message} Try again in ${retryAfter} seconds.` : message;
  return new ApiError(told, status, body?.error?.code ?? null);
}
