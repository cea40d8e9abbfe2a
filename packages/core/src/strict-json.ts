import { isForbiddenMember } from "./value.ts";

/** Any JSON value after the strict gate. Unlike an action's values it may hold null. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** Bounds of {@link parseStrictJson}. */
export interface StrictJsonLimits {
  /** UTF-8 bytes of the whole text; default 65,536. */
  readonly maxBytes?: number;
  /** Nesting of objects and arrays; default 16. */
  readonly maxDepth?: number;
  /**
   * Lets numbers be any finite ones, as reports of foreign tools hold them. Never for what is signed or digested: a
   * fraction has several spellings.
   */
  readonly fractions?: boolean;
}

/**
 * Parses JSON that two parsers cannot read differently: no duplicate members, no `__proto__`, no lone surrogates, no
 * BOM, integers only and safe, bounded size and depth. `JSON.parse` accepts all of those.
 *
 * @throws SyntaxError naming the position, never the text.
 */
export function parseStrictJson(input: string | Uint8Array, limits: StrictJsonLimits = {}): Json {
  const maxBytes = limits.maxBytes ?? 65_536;
  const size = typeof input === "string" ? Buffer.byteLength(input) : input.byteLength;
  if (size > maxBytes) throw new SyntaxError(`json: larger than ${maxBytes} bytes`);
  const text = typeof input === "string" ? input : decodeUtf8(input);
  if (!text.isWellFormed()) throw new SyntaxError("json: lone surrogate");
  const maxDepth = limits.maxDepth ?? 16;
  const compact = readCompact(text, maxDepth);
  if (compact !== undefined) return compact;
  const reader = new Reader(text, maxDepth, limits.fractions ?? false);
  const value = reader.value(0);
  reader.end();
  return value;
}

/**
 * What a text says that is written exactly as `JSON.stringify` would write it, which most are; `undefined` sends it to the
 * {@link Reader}, who alone refuses. INVARIANT: such a text has one reading. A member that is there twice, another spelling of
 * a number or of a letter, and space between are not in what is written anew, so that the two texts differ.
 */
function readCompact(text: string, maxDepth: number): Json | undefined {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  return isStrict(value, maxDepth) && JSON.stringify(value) === text ? value : undefined;
}

/** What the {@link Reader} insists on besides the spelling. Bounds the depth before anything else walks the value. */
function isStrict(value: Json, depthLeft: number): boolean {
  if (depthLeft < 0) return false;
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value === "number") return Number.isSafeInteger(value);
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every((item) => isStrict(item, depthLeft - 1));
  for (const name of Object.keys(value)) {
    if (isForbiddenMember(name) || !isStrict(value[name] as Json, depthLeft - 1)) return false;
  }
  return true;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF_8.decode(bytes);
  } catch {
    throw new SyntaxError("json: not UTF-8");
  }
}

/** Stateless: each text is decoded as a whole. */
const UTF_8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\n\r]*/y;
const LITERALS: ReadonlyMap<string, boolean | null> = new Map([
  ["true", true],
  ["false", false],
  ["null", null],
]);

class Reader {
  #at = 0;
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #fractions: boolean;

  constructor(text: string, maxDepth: number, fractions: boolean) {
    this.#text = text;
    this.#maxDepth = maxDepth;
    this.#fractions = fractions;
  }

  value(depth: number): Json {
    if (depth > this.#maxDepth) this.#fail("nested too deep");
    this.#match(SPACE);
    const next = this.#text[this.#at];
    if (next === "{") return this.#object(depth);
    if (next === "[") return this.#array(depth);
    if (next === '"') return this.#string();
    for (const [literal, value] of LITERALS) {
      if (!this.#text.startsWith(literal, this.#at)) continue;
      this.#at += literal.length;
      return value;
    }
    return this.#number();
  }

  end(): void {
    this.#match(SPACE);
    if (this.#at !== this.#text.length) this.#fail("text after the value");
  }

  #object(depth: number): Json {
    const members: { [name: string]: Json } = Object.create(null) as { [name: string]: Json };
    this.#at++;
    if (this.#take("}")) return {};
    do {
      this.#match(SPACE);
      const name = this.#string();
      if (isForbiddenMember(name)) this.#fail("member name is not allowed");
      if (name in members) this.#fail("duplicate member");
      if (!this.#take(":")) this.#fail("expected a colon");
      members[name] = this.value(depth + 1);
    } while (this.#take(","));
    if (!this.#take("}")) this.#fail("expected a comma or the end of the object");
    // A plain object for schemas and tests; the forbidden names are already out.
    return { ...members };
  }

  #array(depth: number): Json {
    const items: Json[] = [];
    this.#at++;
    if (this.#take("]")) return items;
    do items.push(this.value(depth + 1));
    while (this.#take(","));
    if (!this.#take("]")) this.#fail("expected a comma or the end of the array");
    return items;
  }

  #string(): string {
    const raw = this.#match(STRING);
    if (raw === undefined) this.#fail("expected a string");
    const value = JSON.parse(raw) as string;
    if (!value.isWellFormed()) this.#fail("lone surrogate");
    return value;
  }

  #number(): number {
    const raw = this.#match(NUMBER);
    if (raw === undefined || raw === "") this.#fail("expected a value");
    const value = Number(raw);
    if (this.#fractions && Number.isFinite(value)) return value;
    // "1.0", "1e2" and "-0" are second spellings of an integer: refused, not normalized.
    if (!Number.isSafeInteger(value) || String(value) !== raw)
      this.#fail("numbers must be plain safe integers");
    return value;
  }

  #take(character: string): boolean {
    this.#match(SPACE);
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match[0];
  }

  #fail(what: string): never {
    throw new SyntaxError(`json: ${what} at ${this.#at}`);
  }
}
