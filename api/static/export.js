/**
 * A conversation as a file that keeps its citations: Markdown with footnotes, or JSON.
 */

/** @import {Citation, Conversation, Turn} from "./types.js" */

import { download } from "./dom.js";
import { UNCERTAIN, onOneLine, place, reasonOf } from "./text.js";

/** @param {Conversation} conversation */
export function exportMarkdown(conversation) {
  const blob = new Blob([asMarkdown(conversation)], { type: "text/markdown" });
  download(blob, `${fileName(conversation)}.md`);
}

/** @param {Conversation} conversation */
export function exportJson(conversation) {
  const blob = new Blob([JSON.stringify(conversation, null, 2)], { type: "application/json" });
  download(blob, `${fileName(conversation)}.json`);
}

/**
 * @param {Conversation} conversation
 * @returns {string}
 */
export function asMarkdown(conversation) {
  /** @type {Citation[]} */
  const notes = [];
  const parts = [`# ${escaped(conversation.title)}`, `Collection: ${conversation.collection}`];
  for (const turn of conversation.turns) {
    parts.push(`## ${escaped(turn.question)}`, ...told(turn, notes));
  }
  parts.push(...notes.map((citation, place) => `[^${place + 1}]: ${note(citation)}`));
  return `${parts.join("\n\n")}\n`;
}

/**
 * The answer's sentences and one bracketed number per source, for the clipboard.
 *
 * @param {Turn} turn
 */
export function asText(turn) {
  const citations = turn.answer?.citations ?? [];
  const text = turn.sentences.map(
    ({ text, claim }) => `${text} ${claim.citations.map((id) => `[${id}]`).join("")}`,
  );
  const sources = citations.map(
    (each) => `[${each.id}] ${[each.document_title, place(each)].filter(Boolean).join(", ")}: “${each.cited_text}”`,
  );
  return [...uncertain(turn), text.join(" ") || turn.answer?.text, ...sources].join("\n\n");
}

/**
 * What a tentative answer is headed with wherever it is copied to.
 *
 * @param {Turn} turn
 */
function uncertain({ answer }) {
  return answer?.status === "tentative" ? [`${UNCERTAIN}: ${reasonOf(answer)}`] : [];
}

/**
 * @param {Turn} turn
 * @param {Citation[]} notes  the footnotes so far; those of this turn are added
 */
function told(turn, notes) {
  /** @param {Citation[]} citations */
  const marks = (citations) => citations.map((each) => `[^${notes.push(each)}]`).join("");
  const sentences = turn.sentences.map(({ text, citations }) => escaped(text) + marks(citations));
  const { answer } = turn;
  return [
    ...uncertain(turn).map((mark) => `**${escaped(mark)}**`),
    sentences.join(" ") || (answer && escaped(answer.text)),
    answer?.missing && `*${escaped(answer.missing)}*`,
    answer?.closest.length ? `Closest text:${marks(answer.closest)}` : null,
    answer?.notice && `*${escaped(answer.notice)}*`,
    turn.error && `*${escaped(turn.error)}*`,
    turn.stopped && "*Stopped before the answer was complete.*",
  ].flatMap((part) => part || []);
}

/** @param {Citation} citation */
function note(citation) {
  const where = [
    `*${escaped(citation.document_title)}*`,
    escaped(place(citation)),
    escaped(citation.source),
    `characters ${citation.start_char_index}–${citation.end_char_index}`,
  ].filter(Boolean);
  return `${where.join(", ")}: “${escaped(onOneLine(citation.cited_text))}”`;
}

/**
 * Text that Markdown shows as it is.
 *
 * @param {string} text
 */
function escaped(text) {
  return text.replace(/[\\`*_[\]<>#|~]/g, "\\$&");
}

/** @param {Conversation} conversation */
function fileName({ title }) {
  const plain = title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
  return plain.slice(0, 60).replace(/^-|-$/g, "") || "conversation";
}
