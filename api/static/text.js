/**
 * Text as the server counts it, and figures as people read them.
 *
 * The server counts Unicode characters; JavaScript counts UTF-16 units, of which an emoji has two.
 */

const BEYOND_BASIC = /[\u{10000}-\u{10ffff}]/u;

/**
 * The characters `[start, end)` of `text`, counted as the server counts.
 *
 * @param {string} text
 * @param {number} start
 * @param {number} [end]
 */
export function characters(text, start, end) {
  return BEYOND_BASIC.test(text)
    ? Array.from(text).slice(start, end).join("")
    : text.slice(start, end);
}

/** @param {string} text */
export function countCharacters(text) {
  return BEYOND_BASIC.test(text) ? Array.from(text).length : text.length;
}

/**
 * "1 document", "2,000 documents".
 *
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export function counted(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** @param {number} bytes */
export function fileSize(bytes) {
  const units = ["bytes", "KB", "MB", "GB"];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  const size = bytes / 1000 ** power;
  return `${size.toFixed(power && size < 10 ? 1 : 0)} ${units[power]}`;
}

/** @param {string} text */
export function onOneLine(text) {
  return text.replace(/\s+/g, " ").trim();
}

/**
 * The first `limit` units of `text`, cut at a word, with an ellipsis if anything is left out.
 *
 * @param {string} text
 * @param {number} limit
 */
export function shortened(text, limit) {
  const line = onOneLine(text);
  return line.length <= limit ? line : `${line.slice(0, limit).replace(/\s+\S*$/, "")}…`;
}

/**
 * Where a citation stands, in words: its page and the headings above it.
 *
 * @param {import("./types.js").Citation} citation
 */
export function place({ document_title: title, page_number: page, recognised, headings }) {
  const above = headings.filter((heading) => heading !== title);
  const shown = page && `Page ${page}${recognised ? ", recognised" : ""}`;
  return [shown, ...above].filter(Boolean).join(" · ");
}

export const UNCERTAIN = "Uncertain — please check"; // as the server marks it for other clients

/**
 * Why a tentative answer is uncertain, as a sentence.
 *
 * @param {import("./types.js").Answer} answer
 */
export function reasonOf({ uncertainty }) {
  const why = uncertainty || "this may not answer the question";
  const end = /[.!?]$/.test(why) ? "" : ".";
  return why.charAt(0).toUpperCase() + why.slice(1) + end;
}
