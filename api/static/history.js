/**
 * Conversations, kept in this browser only, each under a key of its own so that two tabs never
 * overwrite each other. Tells of every change through `historyEvents`.
 */

/** @import {Conversation, Message, Turn} from "./types.js" */

const PREFIX = "footnote.conversation.";
const REMEMBERED_TURNS = 5; // a follow-up seldom reaches further back, and prompts stay short

export const historyEvents = new EventTarget();

/** @type {Map<string, Conversation>} one object per conversation, whoever asks for it */
const known = new Map();

/**
 * @param {string} collection
 * @returns {Conversation}
 */
export function newConversation(collection) {
  const id = Array.from(crypto.getRandomValues(new Uint32Array(2)), (part) => part.toString(36));
  return { id: id.join(""), title: "", collection, updated: new Date().toISOString(), turns: [] };
}

/**
 * All that are stored, the one last used first.
 *
 * @returns {Conversation[]}
 */
export function listConversations() {
  return Object.keys(localStorage)
    .filter((key) => key.startsWith(PREFIX))
    .map((key) => getConversation(key.slice(PREFIX.length)))
    .filter((each) => each !== null)
    .sort((a, b) => b.updated.localeCompare(a.updated));
}

/**
 * @param {string} id
 * @returns {Conversation | null} null when there is none, or when what is stored is not one
 */
export function getConversation(id) {
  const held = known.get(id);
  if (held) {
    return held;
  }
  try {
    const stored = JSON.parse(localStorage.getItem(PREFIX + id) ?? "null");
    if (!Array.isArray(stored?.turns)) {
      return null;
    }
    known.set(id, stored);
    return stored;
  } catch {
    return null;
  }
}

/**
 * Store a conversation; whether the browser had room for it.
 *
 * @param {Conversation} conversation
 */
export function saveConversation(conversation) {
  known.set(conversation.id, conversation);
  try {
    localStorage.setItem(PREFIX + conversation.id, JSON.stringify(conversation));
    return true;
  } catch (error) {
    if (error instanceof DOMException) {
      return false; // the quota of the browser
    }
    throw error;
  } finally {
    changed();
  }
}

/**
 * @param {Conversation} conversation
 * @param {string} title
 */
export function renameConversation(conversation, title) {
  conversation.title = title;
  saveConversation(conversation);
}

/** @param {Conversation} conversation */
export function deleteConversation(conversation) {
  known.delete(conversation.id);
  localStorage.removeItem(PREFIX + conversation.id);
  changed();
}

/**
 * What was said before, as the server wants it. Tentative answers are left out: they are no facts.
 *
 * @param {Turn[]} turns
 * @returns {Message[]}
 */
export function messagesOf(turns) {
  return turns.slice(-REMEMBERED_TURNS).flatMap((turn) => [
    { role: "user", content: turn.question },
    ...(turn.answer?.status === "tentative" ? [] : [{ role: "assistant", content: textOf(turn) }]),
  ]);
}

/**
 * What was answered, as text.
 *
 * @param {Turn} turn
 */
export function textOf(turn) {
  return turn.answer?.text ?? turn.sentences.map((sentence) => sentence.text).join(" ");
}

function changed() {
  historyEvents.dispatchEvent(new Event("change"));
}

window.addEventListener("storage", (event) => {
  if (event.key?.startsWith(PREFIX)) {
    known.delete(event.key.slice(PREFIX.length)); // another tab has written it
    changed();
  }
});
