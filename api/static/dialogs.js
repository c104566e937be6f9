/**
 * Small questions to the person, as modal dialogs: confirm something, or write a line.
 */

import { byId, element } from "./dom.js";

/**
 * @typedef {object} Prompt
 * @property {string} title
 * @property {string} [explanation]
 * @property {string} action  what the button says
 * @property {boolean} [dangerous]
 * @property {boolean} [told]  there is nothing to decide, and nothing to cancel
 * @property {{label: string, value?: string, type?: "text" | "password", pattern?: string,
 *   hint?: string, maxlength?: number}} [input]
 */

/** @type {Promise<unknown>} */
let before = Promise.resolve();

/**
 * Ask, after what is being asked already; resolves to what was written ("yes" without an input),
 * or null when it was cancelled.
 *
 * @param {Prompt} wanted
 * @returns {Promise<string | null>}
 */
export function prompt(wanted) {
  const answer = before.then(() => show(wanted));
  before = answer;
  return answer;
}

/**
 * Tell what went wrong.
 *
 * @param {string} title
 * @param {unknown} error
 */
export function tellError(title, error) {
  return prompt({ title, explanation: messageOf(error), action: "Close", told: true });
}

/** @param {unknown} error */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * @param {Prompt} wanted
 * @returns {Promise<string | null>}
 */
function show({ title, explanation, action, dangerous, told, input }) {
  const dialog = byId("dialog", HTMLDialogElement);
  const field = input && inputField(input);
  const form = element(
    "form",
    { method: "dialog", class: "dialog-form" },
    element("h2", { id: "dialog-title" }, title),
    explanation && element("p", { id: "dialog-explanation" }, explanation),
    field?.label,
    element(
      "div",
      { class: "dialog-actions" },
      !told && element("button", { type: "button", class: "button", onclick: () => dialog.close("") }, "Cancel"),
      element("button", { class: dangerous ? "button danger" : "button primary", value: "yes" }, action),
    ),
  );
  dialog.returnValue = "";
  dialog.replaceChildren(form);
  dialog.showModal();
  field?.input.select();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => resolve(dialog.returnValue ? (field ? field.input.value.trim() : "yes") : null),
      { once: true },
    );
  });
}

/** @param {NonNullable<Prompt["input"]>} wanted */
function inputField({ label, hint, ...attributes }) {
  const input = element("input", {
    ...attributes,
    class: "field",
    required: true,
    autocomplete: "off",
    spellcheck: "false",
    title: hint,
  });
  const shown = element(
    "label",
    { class: "dialog-label" },
    label,
    input,
    hint && element("small", {}, hint),
  );
  return { input, label: shown };
}
