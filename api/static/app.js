/**
 * The page: wires the parts, and shows what the address names: `#/` a new conversation,
 * `#/c/ID` a kept one, `#/documents` the documents.
 */

/** @import {Conversation} from "./types.js" */

import { closeConversation, showConversation, startChat, submit } from "./chat.js";
import {
  askForNew,
  chooseCollection,
  collectionEvents,
  currentCollection,
  loadCollections,
  startCollections,
} from "./collections.js";
import { prompt } from "./dialogs.js";
import { showDocuments, startDocuments } from "./documents.js";
import { byId, element, icon } from "./dom.js";
import { examples } from "./examples.js";
import { exportJson, exportMarkdown } from "./export.js";
import {
  deleteConversation,
  getConversation,
  historyEvents,
  listConversations,
  newConversation,
  renameConversation,
} from "./history.js";
import { forgetKey, keyEvents, keyOfSession } from "./key.js";
import { openMenu } from "./menu.js";
import { NARROW, openCitation, openDocument, startSource } from "./source.js";

async function start() {
  startChat(openCitation);
  startSource();
  startCollections();
  startDocuments();
  startSidebar();
  try {
    await loadCollections();
  } catch (error) {
    tell(error);
  }
  window.addEventListener("hashchange", show);
  historyEvents.addEventListener("change", renderConversations);
  collectionEvents.addEventListener("change", collectionChanged);
  show();
}

/** Show what the address names. */
function show() {
  const onDocuments = location.hash === "#/documents";
  byId("chat-view", HTMLElement).hidden = onDocuments;
  byId("documents-view", HTMLElement).hidden = !onDocuments;
  byId("to-documents", HTMLElement).toggleAttribute("aria-current", onDocuments);
  openSidebar(false);
  if (onDocuments) {
    void showDocuments();
    byId("documents-title", HTMLElement).focus();
  } else {
    showChat(location.hash.match(/^#\/c\/(\w+)$/)?.[1]);
  }
  renderConversations();
}

/** @param {string | undefined} id */
function showChat(id) {
  const kept = id === undefined ? null : getConversation(id);
  if (kept) {
    chooseCollection(kept.collection);
  }
  showConversation(kept ?? newConversation(currentCollection()));
  if (!kept) {
    void renderWelcome();
  }
  if (!NARROW.matches) {
    byId("question", HTMLElement).focus(); // on a phone, this would open the keyboard
  }
}

/** Another collection: what was asked of the one before stays its own. */
function collectionChanged() {
  if (location.hash === "#/documents") {
    void showDocuments();
  } else if (conversationShown()?.collection !== currentCollection()) {
    location.hash = "#/";
    show();
  }
}

/** The first screen: questions to begin with, or what there is, or how to add documents. */
async function renderWelcome() {
  const collection = currentCollection();
  const [offered, empty] = [byId("examples", HTMLElement), byId("empty", HTMLElement)];
  offered.hidden = true;
  empty.hidden = true;
  try {
    const { documents, questions } = await examples(collection);
    if (collection !== currentCollection()) {
      return; // it was switched meanwhile
    }
    offered.hidden = documents.length === 0;
    empty.hidden = documents.length > 0;
    byId("examples-title", HTMLElement).textContent =
      questions.length > 0 ? "Try one of these" : "In this collection";
    byId("example-list", HTMLElement).replaceChildren(
      ...(questions.length > 0
        ? questions.map((question) => exampleButton(question, () => submit(question)))
        : documents.map((each) =>
            exampleButton(each.title, (from) => openDocument(each, from, collection)),
          )),
    );
  } catch (error) {
    tell(error);
  }
}

/**
 * @param {string} text
 * @param {(button: HTMLElement) => void} action
 */
function exampleButton(text, action) {
  const button = element("button", { type: "button", class: "example" }, text, icon("arrow"));
  button.addEventListener("click", () => action(button));
  return element("li", {}, button);
}

function startSidebar() {
  byId("open-sidebar", HTMLElement).addEventListener("click", () => openSidebar(true));
  byId("close-sidebar", HTMLElement).addEventListener("click", () => openSidebar(false));
  byId("scrim", HTMLElement).addEventListener("click", () => openSidebar(false));
  byId("new-collection", HTMLElement).addEventListener("click", () => void askForNew());
  byId("forget-key", HTMLElement).addEventListener("click", forgetKey);
  for (const link of document.querySelectorAll("a[href='#/']")) {
    link.addEventListener("click", () => location.hash === "#/" && show());
  }
  for (const button of menuButtons()) {
    button.addEventListener("click", () => {
      const conversation = conversationShown();
      if (conversation) {
        openMenu(button, menuOf(conversation));
      }
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.classList.contains("with-sidebar")) {
      openSidebar(false);
    }
  });
  const renderKey = () => {
    byId("forget-key", HTMLElement).hidden = keyOfSession() === null;
  };
  keyEvents.addEventListener("change", renderKey);
  renderKey();
}

/** On a narrow window the sidebar is a drawer. @param {boolean} open */
function openSidebar(open) {
  const before = document.body.classList.contains("with-sidebar");
  document.body.classList.toggle("with-sidebar", open);
  byId("open-sidebar", HTMLElement).setAttribute("aria-expanded", String(open));
  byId("main", HTMLElement).inert = open;
  if (open !== before) {
    byId(open ? "close-sidebar" : "open-sidebar", HTMLElement).focus();
  }
}

function renderConversations() {
  const shown = conversationShown();
  const conversations = listConversations();
  byId("conversation-list", HTMLElement).replaceChildren(
    ...conversations.map((each) => conversationRow(each, each === shown)),
  );
  byId("no-conversations", HTMLElement).hidden = conversations.length > 0;
  byId("conversation-head", HTMLElement).hidden = !shown;
  for (const button of menuButtons()) {
    button.hidden = !shown;
  }
  byId("conversation-title", HTMLElement).textContent = shown?.title ?? "";
  document.title = shown ? `${shown.title} – Footnote` : "Footnote";
}

/** The one above the conversation, and the one in the bar of narrow windows. */
function menuButtons() {
  return /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".conversation-menu"));
}

/**
 * @param {Conversation} conversation
 * @param {boolean} shown
 */
function conversationRow(conversation, shown) {
  /** @param {Event} event */
  const open = (event) =>
    openMenu(/** @type {HTMLElement} */ (event.currentTarget), menuOf(conversation));
  return element(
    "li",
    { class: "conversation-row" },
    element("a", { href: `#/c/${conversation.id}`, "aria-current": shown && "page" }, conversation.title),
    element(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": `More for ${conversation.title}`,
        "aria-haspopup": "menu",
        onclick: open,
      },
      icon("more"),
    ),
  );
}

/**
 * @param {Conversation} conversation
 * @returns {import("./menu.js").Item[]}
 */
function menuOf(conversation) {
  return [
    { label: "Rename", icon: "pencil", action: () => void rename(conversation) },
    { label: "Export as Markdown", icon: "download", action: () => exportMarkdown(conversation) },
    { label: "Export as JSON", icon: "download", action: () => exportJson(conversation) },
    { label: "Delete", icon: "trash", action: () => void remove(conversation), dangerous: true },
  ];
}

/** @param {Conversation} conversation */
async function rename(conversation) {
  const title = await prompt({
    title: "Rename conversation",
    action: "Rename",
    input: { label: "Title", value: conversation.title },
  });
  if (title) {
    renameConversation(conversation, title);
  }
}

/** @param {Conversation} conversation */
async function remove(conversation) {
  const sure = await prompt({
    title: "Delete this conversation?",
    explanation: `“${conversation.title}” is kept in this browser only, and cannot be brought back.`,
    action: "Delete",
    dangerous: true,
  });
  if (sure) {
    const shown = conversation === conversationShown();
    closeConversation(conversation.id);
    deleteConversation(conversation);
    if (shown) {
      location.hash = "#/";
    }
  }
}

function conversationShown() {
  const id = location.hash.match(/^#\/c\/(\w+)$/)?.[1];
  return id === undefined ? null : getConversation(id);
}

/** @param {unknown} error */
function tell(error) {
  const told = byId("page-error", HTMLElement);
  told.hidden = false;
  byId("page-error-text", HTMLElement).textContent =
    error instanceof Error ? error.message : String(error);
}

void start();
