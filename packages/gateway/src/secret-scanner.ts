import type { SealedCredential } from "@watchword/core";
import { spellingsOf } from "./contains-secret.ts";

/** Looks for a credential in bytes that come in pieces. */
export interface SecretScanner {
  /**
   * What may go on of all that came so far: everything but an end that could still become the credential. `undefined`: it is there.
   * Nothing of it has gone on then.
   */
  push(piece: Uint8Array): Uint8Array<ArrayBuffer> | undefined;
  /** What was held back, once nothing more comes. */
  end(): Uint8Array<ArrayBuffer>;
}

/** A text with the place in the original at which each of its characters begins; none: they are at the same places. */
interface Reading {
  readonly text: string;
  readonly places: readonly number[] | undefined;
  /** Where something begins that is not there whole. */
  readonly open: number;
}

const CONTROLS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
const JSON_ESCAPE = {
  mark: "\\",
  whole: /^\\(?:u([0-9a-f]{4})|([^u]|u(?![0-9a-f]{4})))/i,
  begun: /^\\(?:u[0-9a-f]{0,3})?$/i,
} as const;
const PERCENT = { mark: "%", whole: /^%([0-9a-f]{2})/i, begun: /^%[0-9a-f]?$/i } as const;
/** Longest escape. */
const ESCAPE = 6;

/**
 * Makes a scanner that finds what {@link containsSecret} finds in the whole, wherever the pieces part it: as it is, escaped for JSON,
 * percent-encoded, within base64. What it holds back is an end that a spelling begins with, and no more, so that a line that is
 * complete goes on at once.
 */
export function secretScanner(credential: SealedCredential): SecretScanner {
  const spellings = spellingsOf(credential).filter((spelling) => spelling !== "");
  let held = "";
  return Object.freeze<SecretScanner>({
    push(piece) {
      const text = held + Buffer.from(piece).toString("latin1");
      const plain: Reading = { text, places: undefined, open: text.length };
      const unescaped = undo(plain, JSON_ESCAPE);
      const decoded = undo(unescaped, PERCENT);
      const readings = decoded === plain ? [plain] : [plain, unescaped, decoded];
      if (readings.some((reading) => spellings.some((spelling) => reading.text.includes(spelling))))
        return undefined;
      const begins = Math.min(...readings.map((reading) => beginning(reading, spellings, text.length)));
      // Never within an escape: the next piece would be read from its middle.
      const from = decoded.places?.findLast((place) => place <= begins) ?? begins;
      held = text.slice(Math.min(from, begins));
      return bytes(text.slice(0, text.length - held.length));
    },
    end() {
      const rest = held;
      held = "";
      return bytes(rest);
    },
  });
}

/** Where a spelling may have begun at the end, or an escape has. */
function beginning({ text, places, open }: Reading, spellings: readonly string[], end: number): number {
  let most = 0;
  for (const spelling of spellings)
    for (let length = Math.min(spelling.length - 1, text.length); length > most; length--)
      if (text.endsWith(spelling.slice(0, length))) most = length;
  const start = text.length - most;
  const place = places === undefined ? start : (places[start] ?? end);
  return Math.min(most === 0 ? end : place, open);
}

/** Undoes one way of escaping. The same reading, when there is nothing to undo. */
function undo(reading: Reading, { mark, whole, begun }: typeof JSON_ESCAPE | typeof PERCENT): Reading {
  const { text } = reading;
  if (!text.includes(mark)) return reading;
  const placeOf = (index: number): number => reading.places?.[index] ?? index;
  const places: number[] = [];
  let [undone, index, open] = ["", 0, reading.open];
  while (index < text.length) {
    const next = text.indexOf(mark, index);
    const stop = next === -1 ? text.length : next;
    undone += text.slice(index, stop);
    for (; index < stop; index++) places.push(placeOf(index));
    if (next === -1) break;
    const here = text.slice(next, next + ESCAPE);
    if (here.length === text.length - next && begun.test(here)) {
      // What comes before it is what a spelling may end with so far; the rest is read when it is whole.
      open = Math.min(open, placeOf(next));
      break;
    }
    const [escape = mark, code, character] = whole.exec(here) ?? [];
    undone +=
      code === undefined
        ? character === undefined
          ? escape
          : (CONTROLS[character] ?? character)
        : characterOf(code);
    places.push(placeOf(next));
    index = next + escape.length;
  }
  return { text: undone, places, open };
}

function characterOf(code: string): string {
  return String.fromCharCode(Number.parseInt(code, 16));
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "latin1"));
}
