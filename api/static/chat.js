/**
 * Conversations on the page: asks, shows the answer as it comes, and keeps it. A question goes on
 * when another conversation is looked at.
 */

/** @import {Conversation, Sentence, Turn} from "./types.js" */
/** @import {AnswerView, OpenSource} from "./answer.js" */

import { ApiError, ask } from "./api.js";
import { answerView, sentencesOf } from "./answer.js";
import { announce, byId, element, icon } from "./dom.js";
import { asText } from "./export.js";
import { messagesOf, saveConversation } from "./history.js";
import { UNCERTAIN, characters, counted, reasonOf, shortened } from "./text.js";

const TITLE = 80; // units of a conversation's title: one line of the list, and some for exports
const TICK_MS = 1800; // how long "Copied" is shown

/**
 * @typedef {object} Shown  a conversation that was opened in this tab
 * @property {Conversation} conversation
 * @property {HTMLElement} root
 * @property {AbortController | null} running
 */

/** @type {Map<string, Shown>} */
const opened = new Map();
/** @type {Shown | null} */
let current = null;
/** @type {(citation: import("./types.js").Citation, siblings: import("./types.js").Citation[], opener: HTMLElement, collection: string) => void} */
let openSource = () => undefined;

/**
 * Wire the composer.
 *
 * @param {typeof openSource} open
 */
export function startChat(open) {
  openSource = open;
  const composer = byId("composer", HTMLFormElement);
  const question = byId("question", HTMLTextAreaElement);
  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(question.value);
  });
  question.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit(question.value);
    }
  });
  question.addEventListener("input", () => fit(question));
  document.addEventListener("keydown", (event) => {
    const writing = event.target instanceof Element && event.target.closest("input, textarea, select, dialog");
    if (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && question.checkVisibility()) {
      event.preventDefault();
      question.focus();
    }
  });
  byId("stop", HTMLButtonElement).addEventListener("click", () => current?.running?.abort());
}

/**
 * Show a conversation; a new one has no turns yet.
 *
 * @param {Conversation} conversation
 */
export function showConversation(conversation) {
  const shown = opened.get(conversation.id) ?? build(conversation);
  opened.set(conversation.id, shown);
  current = shown;
  byId("question", HTMLTextAreaElement).disabled = false; // until now, nobody would have answered
  byId("turns", HTMLElement).replaceChildren(shown.root);
  update();
  shown.root.lastElementChild?.scrollIntoView({ block: "start" });
}

/** @param {string} text */
export function submit(text) {
  if (!current || current.running || !text.trim()) {
    return;
  }
  const question = byId("question", HTMLTextAreaElement);
  question.value = "";
  fit(question);
  const shown = current;
  const asked = new Date().toISOString();
  /** @type {Turn} */
  const turn = { question: text.trim(), asked, sentences: [], answer: null, error: null, stopped: false };
  shown.conversation.title ||= shortened(turn.question, TITLE);
  history.replaceState(null, "", `#/c/${shown.conversation.id}`); // a new one has an address now
  void run(shown, turn, shown.conversation.turns.length);
}

/** Forget a conversation that was deleted, and stop what it asks. @param {string} id */
export function closeConversation(id) {
  opened.get(id)?.running?.abort();
  opened.delete(id);
}

/**
 * @param {Conversation} conversation
 * @returns {Shown}
 */
function build(conversation) {
  /** @type {Shown} */
  const shown = { conversation, root: element("div", { class: "conversation" }), running: null };
  conversation.turns.forEach((turn, place) => restore(shown, turn, place));
  return shown;
}

/**
 * @param {Shown} shown
 * @param {Turn} turn
 * @param {number} place
 */
function restore(shown, turn, place) {
  const view = turnView(shown, turn);
  if (turn.answer?.status === "tentative") {
    view.uncertain(turn.answer);
  }
  turn.sentences.forEach(view.sentence);
  conclude(shown, turn, place, view);
}

/**
 * Ask the question of `turn`, which becomes the turn at `place` of the conversation.
 *
 * @param {Shown} shown
 * @param {Turn} turn
 * @param {number} place
 */
async function run(shown, turn, place) {
  const { conversation, root } = shown;
  const running = new AbortController();
  const history = messagesOf(conversation.turns.slice(0, place));
  conversation.turns[place] = turn;
  const view = turnView(shown, turn, place);
  shown.running = running;
  store(conversation);
  update();
  root.lastElementChild?.scrollIntoView({ block: "start", behavior: smooth() });
  try {
    view.progress("Searching the documents…");
    await follow({ question: turn.question, history, collection: conversation.collection }, running.signal, turn, view);
  } catch (error) {
    turn.stopped = running.signal.aborted;
    turn.error = turn.stopped ? null : messageOf(error);
  } finally {
    shown.running = null;
    conversation.updated = new Date().toISOString();
    conclude(shown, turn, place, view);
    if (opened.get(conversation.id) === shown) {
      store(conversation); // unless it was deleted meanwhile
    }
    update();
  }
}

/**
 * @param {Parameters<typeof ask>[0]} asked
 * @param {AbortSignal} signal
 * @param {Turn} turn
 * @param {AnswerView} view
 */
async function follow(asked, signal, turn, view) {
  for await (const { event, data } of ask(asked, signal)) {
    if (event === "rewrite" && data.question !== asked.question) {
      view.progress(`Searching for “${data.question}”…`);
    } else if (event === "hits") {
      const documents = new Set(data.hits.map((hit) => hit.document_id)).size;
      view.progress(`Reading ${counted(data.hits.length, "chunk")} of ${counted(documents, "document")}…`);
    } else if (event === "sentence") {
      turn.sentences.push(data);
      view.sentence(data);
      view.progress("Checking what comes next…");
      announce(spoken(data));
    } else if (event === "answer") {
      keep(turn, data, view);
    }
  }
}

/**
 * The whole answer; sentences that were not streamed are shown now.
 *
 * @param {Turn} turn
 * @param {import("./types.js").Answer} answer
 * @param {AnswerView} view
 */
function keep(turn, answer, view) {
  const all = sentencesOf(answer, ({ start, end }) => characters(answer.text, start, end));
  if (answer.status === "tentative") {
    view.uncertain(answer);
    announce(`${UNCERTAIN}: ${reasonOf(answer)}`);
  }
  for (const sentence of all.slice(turn.sentences.length)) {
    view.sentence(sentence);
    announce(spoken(sentence));
  }
  turn.sentences = all;
  turn.answer = answer;
  announce(
    answer.status === "unanswered"
      ? [answer.text, answer.missing].join(" ")
      : `Answer complete. ${counted(answer.citations.length, "source")}.`,
  );
}

/**
 * What stands below the sentences of a turn that has ended.
 *
 * @param {Shown} shown
 * @param {Turn} turn
 * @param {number} place
 * @param {AnswerView} view
 */
function conclude(shown, turn, place, view) {
  const retry = () => {
    if (!shown.running) {
      void run(shown, { ...turn, sentences: [], error: null, stopped: false }, place);
    }
  };
  view.progress("");
  if (turn.answer) {
    view.finish(turn.answer);
    view.root.append(actions(turn));
  } else if (turn.error) {
    view.fail(turn.error, retry);
  } else {
    view.stopped(retry); // also when the tab was closed while it was answered
  }
}

/**
 * The question and an empty answer; takes the place of the turn at `place`, or comes last.
 *
 * @param {Shown} shown
 * @param {Turn} turn
 * @param {number} [place]
 */
function turnView({ conversation, root }, turn, place) {
  /** @type {OpenSource} */
  const open = (citation, siblings, opener) =>
    openSource(citation, siblings, opener, conversation.collection);
  const view = answerView(open);
  const made = element(
    "article",
    { class: "turn", "aria-label": `Question: ${shortened(turn.question, TITLE)}` },
    element("h2", { class: "asked" }, turn.question),
    view.root,
  );
  const before = place === undefined ? null : root.children[place];
  if (before) {
    before.replaceWith(made);
  } else {
    root.append(made);
  }
  return view;
}

/** @param {Turn} turn */
function actions(turn) {
  if (!navigator.clipboard || turn.sentences.length === 0) {
    return ""; // the browser has none for pages of other machines that come without TLS
  }
  const label = element("span", {}, "Copy with sources");
  const copy = async () => {
    await navigator.clipboard.writeText(asText(turn));
    label.textContent = "Copied";
    announce("Copied");
    setTimeout(() => label.replaceChildren("Copy with sources"), TICK_MS);
  };
  return element(
    "p",
    { class: "actions" },
    element("button", { type: "button", class: "button small quiet", onclick: copy }, icon("copy"), label),
  );
}

/** @param {Conversation} conversation */
function store(conversation) {
  byId("storage-full", HTMLElement).hidden = saveConversation(conversation);
}

/** Bring the composer and the first screen in line with the conversation that is shown. */
function update() {
  const running = Boolean(current?.running);
  byId("send", HTMLButtonElement).hidden = running;
  byId("stop", HTMLButtonElement).hidden = !running;
  byId("welcome", HTMLElement).hidden = Boolean(current?.conversation.turns.length);
}

/**
 * As high as its text; the style sheet limits it.
 *
 * @param {HTMLTextAreaElement} area
 */
function fit(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight}px`;
}

/** @param {Sentence} sentence */
function spoken({ text, claim }) {
  return `${text} ${claim.citations.map((id) => `Source ${id}.`).join(" ")}`;
}

/** @param {unknown} error */
function messageOf(error) {
  if (error instanceof ApiError) {
    return error.message;
  }
  reportError(error); // a mistake of this page: told here, and in full in the browser's console
  return `This page made a mistake: ${error}`;
}

/** @returns {ScrollBehavior} */
function smooth() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}
