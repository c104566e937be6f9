/**
 * Questions to begin with, made from the documents at hand: how many there are of what they count.
 * English patterns; of a document in which none is found, there is at least its title.
 */

/** @import {DocumentSummary} from "./types.js" */

import { ApiError, getText, listDocuments } from "./api.js";

const DOCUMENTS = 4; // read for questions: the first screen must not wait
const CHARACTERS = 4000; // of each: the beginning says what a document is about
const QUESTIONS = 4;
const PER_DOCUMENT = 3; // so that one document does not ask everything

const COUNTED = /\b\d[\d,.]*\s+((?:[a-z]+\s){0,2}?[a-z]{3,}s)\b/g;
const NO_THING =
  /\b(?:years|months|weeks|days|hours|minutes|seconds|percent|times|euros|dollars|pounds|francs|cents|as|is|was|has|this|of|and|or|the|to)\b/;

/**
 * The first documents of a collection, and questions that they may answer.
 *
 * @param {string} collection
 * @returns {Promise<{documents: DocumentSummary[], questions: string[]}>}
 */
export async function examples(collection) {
  const documents = await firstDocuments(collection);
  const texts = await Promise.all(
    documents.map(({ id, characters }) =>
      getText(id, { collection, start: 0, end: Math.min(characters, CHARACTERS) }),
    ),
  );
  const perDocument = texts.map(({ text }) => questionsFrom(text));
  const inTurns = Array.from({ length: PER_DOCUMENT }, (_, place) =>
    perDocument.flatMap((questions) => questions.slice(place, place + 1)),
  );
  return { documents, questions: [...new Set(inTurns.flat())].slice(0, QUESTIONS) };
}

/** @param {string} collection */
async function firstDocuments(collection) {
  try {
    return (await listDocuments({ collection, limit: DOCUMENTS })).documents;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) {
      return []; // a collection begins to exist with its first document
    }
    throw error;
  }
}

/**
 * @param {string} text
 * @returns {string[]}
 */
function questionsFrom(text) {
  const things = Array.from(text.matchAll(COUNTED), (found) => found[1] ?? "");
  return [...new Set(things)]
    .filter((thing) => !NO_THING.test(thing))
    .slice(0, PER_DOCUMENT)
    .map((thing) => `How many ${thing}?`);
}
