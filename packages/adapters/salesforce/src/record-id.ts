import { z } from "zod";

const CASE_SENSITIVE = /^[A-Za-z0-9]{15}$/;
const CASE_SAFE = /^[A-Za-z0-9]{18}$/;
const SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/**
 * The one spelling of a record id that this adapter knows: 18 characters, the last three of which say which of the others are
 * capital letters. Salesforce takes the first 15 alone as well; here two texts for one record would be two actions.
 *
 * @throws TypeError for a text that is no record id; it is not repeated
 */
export function recordId(text: string): string {
  if (CASE_SENSITIVE.test(text)) return `${text}${suffixOf(text)}`;
  if (isRecordId(text)) return text;
  throw new TypeError("not a record id of Salesforce");
}

/** Whether a text is a record id in its one spelling, of an object whose ids begin with `keyPrefix` where one is given. */
export function isRecordId(text: string, keyPrefix = ""): boolean {
  return CASE_SAFE.test(text) && suffixOf(text.slice(0, 15)) === text.slice(15) && text.startsWith(keyPrefix);
}

/** The schema of a record id in its one spelling. */
export function recordIdSchema(keyPrefix?: string): z.ZodString {
  return z.string().refine((text) => isRecordId(text, keyPrefix), {
    error:
      keyPrefix === undefined
        ? "must be a record id of 18 characters"
        : `must be a record id of 18 characters that begins with ${keyPrefix}`,
  });
}

/** Three characters, each for five: a bit per character that is a capital letter, the first one the lowest. */
function suffixOf(text: string): string {
  const capitals = Array.from(text, (character, index) => (/[A-Z]/.test(character) ? 1 << (index % 5) : 0));
  const sum = (start: number): number =>
    capitals.slice(start, start + 5).reduce((total, bit) => total + bit, 0);
  return [0, 5, 10].map((start) => SUFFIX.charAt(sum(start))).join("");
}
