/**
 * One answer on the page, growing sentence by sentence: chips, verdicts, sources, what is missing,
 * why it is uncertain, where documents disagree and what was withheld. Knows nothing of requests.
 */

/** @import {Answer, Citation, Claim, Conflict, Sentence, Withheld} from "./types.js" */

import { element, icon, present } from "./dom.js";
import { UNCERTAIN, counted, onOneLine, place, reasonOf, shortened } from "./text.js";

const QUOTE = 280; // units of a quote on a card: two or three sentences
const CALLOUT_ICONS = { info: "info", warning: "warning", uncertain: "warning" };

/**
 * Opens a citation; `siblings` are those among which the pane can move on.
 *
 * @callback OpenSource
 * @param {Citation} citation
 * @param {Citation[]} siblings
 * @param {HTMLElement} opener  has the focus again when the pane is closed
 */

/**
 * @typedef {object} AnswerView
 * @property {HTMLElement} root
 * @property {(text: string) => void} progress  what is being done; empty when nothing is
 * @property {(answer: Answer) => void} uncertain  marks a tentative answer, before its sentences
 * @property {(sentence: Sentence) => void} sentence
 * @property {(answer: Answer) => void} finish
 * @property {(message: string, retry: () => void) => void} fail
 * @property {(retry: () => void) => void} stopped
 */

/**
 * @param {OpenSource} open
 * @returns {AnswerView}
 */
export function answerView(open) {
  const status = element("p", { class: "progress", hidden: true });
  const text = element("p", { class: "answer-text", hidden: true });
  const root = element("div", { class: "answer" }, status, text);
  /** @type {Citation[]} */
  const cited = [];
  let mark = verdictMark;

  /** @param {Sentence} sentence */
  function show(sentence) {
    cited.push(...sentence.citations.filter((each) => cited.every(({ id }) => id !== each.id)));
    text.hidden = false;
    text.append(text.childNodes.length ? " " : "", sentenceElement(sentence, cited, open, mark));
  }

  return {
    root,
    progress(told) {
      status.hidden = told === "";
      status.replaceChildren(element("span", { class: "spinner" }), told);
    },
    uncertain(answer) {
      mark = uncertainMark;
      root.classList.add("tentative");
      text.before(callout("uncertain", UNCERTAIN, reasonOf(answer)));
    },
    sentence: show,
    finish(answer) {
      status.hidden = true;
      root.append(...rest(answer, open));
    },
    fail(message, retry) {
      status.hidden = true;
      root.append(callout("warning", "This question could not be answered", message), again(retry));
    },
    stopped(retry) {
      status.hidden = true;
      root.append(element("p", { class: "stopped" }, icon("stop"), "You stopped this answer."), again(retry));
    },
  };
}

/**
 * @param {Answer} answer
 * @returns {Sentence[]}
 */
export function sentencesOf(answer, /** @type {(span: import("./types.js").Span) => string} */ of) {
  const byId = new Map(answer.citations.map((citation) => [citation.id, citation]));
  return answer.claims.map((claim) => ({
    text: of(claim.span),
    claim,
    citations: claim.citations.map((id) => byId.get(id)).filter((each) => each !== undefined),
  }));
}

/**
 * @param {Sentence} sentence
 * @param {Citation[]} cited
 * @param {OpenSource} open
 * @param {(claim: Claim) => HTMLElement} mark  what stands behind the sentence
 */
function sentenceElement({ text, claim, citations }, cited, open, mark) {
  const words = text.split(" ");
  const last = words.pop() ?? "";
  return element(
    "span",
    { class: "sentence", "data-verdict": claim.verdict },
    words.length ? `${words.join(" ")} ` : "",
    // the last word and its chips stay on one line
    element(
      "span",
      { class: "nowrap" },
      last,
      ...citations.map((each) => chip(each, cited, open)),
      mark(claim),
    ),
  );
}

/**
 * @param {Citation} citation
 * @param {Citation[]} siblings
 * @param {OpenSource} open
 */
function chip(citation, siblings, open) {
  const where = [citation.document_title, place(citation)].filter(Boolean).join(", ");
  /** @param {Event} event */
  const opened = (event) =>
    open(citation, siblings, /** @type {HTMLElement} */ (event.currentTarget));
  return element(
    "button",
    {
      type: "button",
      class: "chip",
      "aria-label": `Source ${citation.id}: ${where}`,
      title: where,
      onclick: opened,
    },
    String(citation.id),
  );
}

/** @param {Claim} claim */
function verdictMark({ verdict, support, reasons }) {
  const told = `${verdict === "supported" ? "Supported" : "Not supported"} (${percent(support)})`;
  return element(
    "span",
    { class: `verdict ${verdict}`, title: [told, ...reasons].join(": ") },
    icon(verdict === "supported" ? "check" : "question"),
    element("span", { class: "visually-hidden" }, told),
  );
}

/** Of a sentence that may not answer the question: never the mark of one that does. */
function uncertainMark() {
  return element(
    "span",
    { class: "verdict uncertain", title: "Uncertain" },
    icon("question"),
    element("span", { class: "visually-hidden" }, "Uncertain"),
  );
}

/**
 * All that stands below the sentences.
 *
 * @param {Answer} answer
 * @param {OpenSource} open
 */
function rest(answer, open) {
  const answered = answer.status !== "unanswered";
  const inConflict = new Set(answer.conflicts.flatMap((conflict) => conflict.citations));
  const sources = answer.citations.filter((each) => !inConflict.has(each.id));
  return present([
    answer.standalone_question !== answer.question &&
      element("p", { class: "understood" }, `Understood as: “${answer.standalone_question}”`),
    answer.notice && callout("info", "Please note", answer.notice),
    answered && answer.status !== "tentative" && standing(answer),
    !answered && abstention(answer, open),
    ...answer.conflicts.map((conflict) => conflictCards(conflict, answer.citations, open)),
    sources.length > 0 && sourceCards("Sources", sources, answer, open),
    answer.withheld.length > 0 && withheldList(answer.withheld),
    howAnswered(answer),
  ]);
}

/**
 * One line that says how far the answer can be trusted.
 *
 * @param {Answer} answer
 */
function standing({ claims, extractive }) {
  const supported = claims.filter((claim) => claim.verdict === "supported").length;
  const supports = claims.map((claim) => claim.support);
  const [least, most] = [Math.min(...supports), Math.max(...supports)];
  const all = supported === claims.length;
  return element(
    "ul",
    { class: "standing", "aria-label": "How far this answer is supported" },
    element(
      "li",
      { class: all ? "badge good" : "badge caution" },
      icon(all ? "check" : "question"),
      `${supported} of ${counted(claims.length, "sentence")} carried by the source`,
    ),
    element("li", { class: "badge" }, `Support ${percent(least, most)}`),
    extractive && element("li", { class: "badge" }, icon("quote"), "Quoted word for word"),
  );
}

/**
 * @param {Answer} answer
 * @param {OpenSource} open
 */
function abstention(answer, open) {
  return element(
    "section",
    { class: "abstention", "aria-label": "No answer" },
    element(
      "div",
      { class: "callout quiet" },
      icon("search-off"),
      element("div", {}, element("strong", {}, answer.text), answer.missing && element("p", {}, answer.missing)),
    ),
    answer.closest.length > 0 && sourceCards("Closest text", answer.closest, null, open),
  );
}

/**
 * The values side by side, each with the document that states it.
 *
 * @param {Conflict} conflict
 * @param {Citation[]} citations
 * @param {OpenSource} open
 */
function conflictCards({ values, citations: ids }, citations, open) {
  const stated = citationsPerValue(values, ids).map((group) =>
    citations.filter((citation) => group.includes(citation.id)),
  );
  return element(
    "section",
    { class: "conflict" },
    element("h3", { class: "section-title" }, icon("conflict"), "The documents disagree"),
    element(
      "ul",
      { class: "conflict-values" },
      ...values.map((value, index) =>
        element(
          "li",
          { class: "conflict-card" },
          element("p", { class: "conflict-value" }, value),
          ...(stated[index] ?? []).map((each) => card(each, citations, null, open)),
        ),
      ),
    ),
  );
}

/**
 * Each value but the first has one citation; the first has those that are left.
 *
 * @param {string[]} values
 * @param {number[]} ids
 */
function citationsPerValue(values, ids) {
  const others = values.length - 1;
  const first = ids.slice(0, ids.length - others);
  return [first, ...ids.slice(ids.length - others).map((id) => [id])];
}

/**
 * @param {string} title
 * @param {Citation[]} citations
 * @param {Answer | null} answer  whose claims tell the support; null where there are none
 * @param {OpenSource} open
 */
function sourceCards(title, citations, answer, open) {
  return element(
    "section",
    { class: "sources" },
    element("h3", { class: "section-title" }, title),
    element(
      "ul",
      { class: "source-cards" },
      ...citations.map((each) =>
        element("li", {}, card(each, citations, answer, open)),
      ),
    ),
  );
}

/**
 * @param {Citation} citation
 * @param {Citation[]} siblings
 * @param {Answer | null} answer
 * @param {OpenSource} open
 */
function card(citation, siblings, answer, open) {
  const support = answer && answer.status !== "tentative" ? supportOf(citation, answer) : null;
  const told = answer !== null && answer.text.includes(onOneLine(citation.cited_text));
  const about = [place(citation), support !== null && `support ${percent(support)}`];
  /** @param {Event} event */
  const opened = (event) =>
    open(citation, siblings, /** @type {HTMLElement} */ (event.currentTarget));
  return element(
    "button",
    { type: "button", class: "source-card", onclick: opened },
    element("span", { class: "card-number" }, String(citation.id)),
    element(
      "span",
      { class: "card-body" },
      element("span", { class: "card-title" }, citation.document_title),
      // What the answer quotes already is not read twice.
      !told && element("q", { class: "card-quote" }, shortened(citation.cited_text, QUOTE)),
      element("span", { class: "card-place" }, about.filter(Boolean).join(" · ")),
    ),
  );
}

/** @param {Withheld[]} withheld */
function withheldList(withheld) {
  return element(
    "details",
    { class: "disclosure withheld" },
    element(
      "summary",
      {},
      icon("withheld"),
      `${counted(withheld.length, "sentence")} withheld by the check`,
    ),
    element(
      "ul",
      {},
      ...withheld.map(({ text, reasons }) =>
        element("li", {}, element("s", {}, text), element("span", { class: "reason" }, reasons.join("; "))),
      ),
    ),
  );
}

/** @param {Answer} answer */
function howAnswered(answer) {
  const { timings, usage } = answer;
  const seconds = Object.values(timings).reduce((sum, each) => sum + each, 0) / 1000;
  const facts = [
    ["Written by", answer.extractive ? "the documents themselves" : answer.llm],
    ["Time", `${seconds.toFixed(1)} s`],
    ["Tokens", usage.prompt_tokens > 0 && `${usage.prompt_tokens} read, ${usage.completion_tokens} written`],
    ["Likely to be right", answer.answerability > 0 && percent(answer.answerability)],
  ];
  return element(
    "details",
    { class: "disclosure" },
    element("summary", {}, icon("info"), "How this was answered"),
    element(
      "dl",
      { class: "facts" },
      ...facts
        .filter(([, value]) => value)
        .map(([name, value]) => element("div", {}, element("dt", {}, String(name)), element("dd", {}, String(value)))),
    ),
  );
}

/**
 * @param {"info" | "warning" | "uncertain"} kind
 * @param {string} title
 * @param {string} message
 */
function callout(kind, title, message) {
  return element(
    "div",
    { class: `callout ${kind}`, role: kind === "warning" ? "alert" : "note" },
    icon(CALLOUT_ICONS[kind]),
    element("div", {}, element("strong", {}, title), element("p", {}, message)),
  );
}

/** @param {() => void} retry */
function again(retry) {
  return element("button", { type: "button", class: "button small", onclick: retry }, icon("retry"), "Ask again");
}

/**
 * @param {Citation} citation
 * @param {Answer} answer
 */
function supportOf(citation, { claims }) {
  const carried = claims.filter((claim) => claim.citations.includes(citation.id));
  return carried.length ? Math.max(...carried.map((claim) => claim.support)) : null;
}

/**
 * "75 %", or "75–100 %".
 *
 * @param {number} least
 * @param {number} [most]
 */
function percent(least, most = least) {
  const ends = new Set([least, most].map((share) => Math.round(share * 100)));
  return `${[...ends].join("–")}\u00a0%`;
}
