/**
 * The JSON of the server, as types. Holds no code.
 *
 * @typedef {{start: number, end: number}} Span  half-open, in Unicode characters
 *
 * @typedef {object} Citation
 * @property {number} id
 * @property {number} document_id
 * @property {string} document_title
 * @property {string} source
 * @property {string} cited_text
 * @property {number} start_char_index
 * @property {number} end_char_index
 * @property {number | null} page_number
 * @property {boolean} recognised  whether text recognition read it on a picture
 * @property {string[]} headings
 *
 * @typedef {object} Claim
 * @property {Span} span
 * @property {"supported" | "unsupported"} verdict
 * @property {number} support  in [0, 1]
 * @property {number[]} citations
 * @property {string[]} reasons
 *
 * @typedef {{text: string, claim: Claim, citations: Citation[]}} Sentence
 * @typedef {{text: string, reasons: string[]}} Withheld
 * @typedef {{values: string[], citations: number[]}} Conflict
 *
 * @typedef {object} Answer
 * @property {string} question
 * @property {string} standalone_question
 * @property {"answered" | "conflicting" | "tentative" | "unanswered"} status
 * @property {string} text
 * @property {Claim[]} claims
 * @property {Citation[]} citations
 * @property {Citation[]} closest
 * @property {Conflict[]} conflicts
 * @property {Withheld[]} withheld
 * @property {string | null} missing
 * @property {string | null} uncertainty  why a tentative answer is uncertain
 * @property {number} answerability
 * @property {boolean} extractive
 * @property {string} llm
 * @property {string | null} notice
 * @property {("judging" | "meaning")[]} unfamiliar  what the models do not know of the language
 * @property {{prompt_tokens: number, completion_tokens: number}} usage
 * @property {Record<string, number>} timings  milliseconds per stage
 *
 * @typedef {object} Hit
 * @property {number} document_id
 * @property {string} document_title
 *
 * @typedef {object} DocumentSummary
 * @property {number} id
 * @property {string} title
 * @property {string} source
 * @property {string} media_type
 * @property {number} characters
 * @property {number} chunks
 * @property {number | null} pages
 * @property {string[]} left_out  what of the file is not in the text
 * @property {string} language  its code; empty where it is not known
 * @property {number[]} recognised  pages that were read by text recognition
 * @property {boolean} words_alone  the embedder does not know its language
 *
 * @typedef {{title: string, level: number, start_char_index: number}} Heading
 * @typedef {DocumentSummary & {headings: Heading[], page_starts: number[]}} DocumentDetail
 * @typedef {{text: string, start_char_index: number, end_char_index: number, characters: number}}
 *   TextWindow
 * @typedef {{name: string, documents: number | null, default: boolean, problem: string | null}}
 *   Collection  `documents` is null where it cannot be opened
 * @typedef {{file: string, status: "added" | "replaced" | "unchanged" | "failed",
 *   document_id: number | null, reason: string | null, stored_as?: string}} UploadLine
 *
 * @typedef {{role: "user" | "assistant", content: string}} Message
 *
 * @typedef {object} Turn  a question and what became of it
 * @property {string} question
 * @property {string} asked  ISO date and time
 * @property {Sentence[]} sentences  shown so far; all of them once there is an answer
 * @property {Answer | null} answer
 * @property {string | null} error
 * @property {boolean} stopped
 *
 * @typedef {object} Conversation
 * @property {string} id
 * @property {string} title
 * @property {string} collection
 * @property {string} updated  ISO date and time
 * @property {Turn[]} turns
 */

export {};
