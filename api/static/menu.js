/**
 * A menu that opens at a button: the browser's popover closes it on Escape and on a click outside.
 */

import { byId, element, icon } from "./dom.js";

/** @typedef {{label: string, icon: string, action: () => void, dangerous?: boolean}} Item */

const EDGE = 8; // pixels to the edge of the window, so that shadows are not cut

/**
 * @param {HTMLElement} button
 * @param {Item[]} items
 */
export function openMenu(button, items) {
  const menu = byId("menu", HTMLElement);
  menu.replaceChildren(...items.map((item) => menuItem(menu, item)));
  menu.showPopover();
  const at = button.getBoundingClientRect();
  const left = Math.min(at.left, window.innerWidth - menu.offsetWidth - EDGE);
  const below = at.bottom + menu.offsetHeight + EDGE < window.innerHeight;
  menu.style.left = `${Math.max(EDGE, left)}px`;
  menu.style.top = `${below ? at.bottom + 4 : at.top - menu.offsetHeight - 4}px`;
  focusable(menu)[0]?.focus();
  menu.onkeydown = (event) => move(event, focusable(menu));
}

/**
 * @param {HTMLElement} menu
 * @param {Item} item
 */
function menuItem(menu, item) {
  const chosen = () => {
    menu.hidePopover();
    item.action();
  };
  const kind = item.dangerous ? "menu-item danger-text" : "menu-item";
  return element(
    "button",
    { type: "button", role: "menuitem", class: kind, onclick: chosen },
    icon(item.icon),
    item.label,
  );
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement[]} items
 */
function move(event, items) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    const now = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    items.at((now + step) % items.length)?.focus();
  }
}

/**
 * @param {HTMLElement} menu
 * @returns {HTMLElement[]}
 */
function focusable(menu) {
  return Array.from(menu.querySelectorAll("button"));
}
