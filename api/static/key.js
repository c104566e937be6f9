/**
 * The API key of this tab, kept until the tab is closed. Knows nothing of requests.
 */

import { prompt } from "./dialogs.js";

const NAME = "footnote.key";

export const keyEvents = new EventTarget();

/** @type {Promise<boolean> | null} */
let asking = null;

export function keyOfSession() {
  return sessionStorage.getItem(NAME);
}

export function forgetKey() {
  sessionStorage.removeItem(NAME);
  keyEvents.dispatchEvent(new Event("change"));
}

/**
 * Ask for a key, once however many requests want one; whether there is another than `refused`.
 *
 * @param {string | null} refused  the key that the server did not take
 * @returns {Promise<boolean>}
 */
export async function requireKey(refused) {
  if (!asking && keyOfSession() !== refused) {
    return true; // another request has asked for it in the meantime
  }
  asking ??= ask().finally(() => {
    asking = null;
  });
  return asking;
}

async function ask() {
  const refused = keyOfSession() !== null;
  const key = await prompt({
    title: refused ? "The server refused this API key" : "This server asks for an API key",
    explanation:
      "Whoever runs the server gives keys out with “rag keys”. Yours is kept until you close this tab.",
    action: "Continue",
    input: { label: "API key", type: "password" },
  });
  if (key) {
    sessionStorage.setItem(NAME, key);
    keyEvents.dispatchEvent(new Event("change"));
  }
  return key !== null;
}
