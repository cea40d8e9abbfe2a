/** A piece of a statement. Words are as they were written; what is in quotes is its content. */
export interface SqlToken {
  readonly kind: "word" | "quoted" | "string" | "number" | "place" | "mark";
  readonly text: string;
  /** Where it begins, for whoever cuts the text. */
  readonly at: number;
}

const PATTERNS: readonly (readonly [SqlToken["kind"], RegExp])[] = [
  ["word", /[A-Za-z_][A-Za-z0-9_]*/y],
  ["quoted", /"([^"\\\p{C}]+)"/uy],
  ["string", /'([^'\\\p{C}]*)'/uy],
  ["number", /\d+(?:\.\d+)?/y],
  ["place", /\{([a-z][A-Za-z0-9_]{0,63})\}/y],
  ["mark", /::|<>|!=|<=|>=|\|\||[(),.*+\-/%=<>]/y],
];
const SPACE = /[ \t\n]*/y;
/** Marks that begin something else where they stand together: a comment, a flow operator, a named argument. */
const TOGETHER = /--|\/\/|\/\*|\*\/|->|=>/;

/**
 * Reads one statement into its pieces, or says what is in it that this grammar has not. INVARIANT: what could be read in two ways is
 * not read at all: no comment, no second statement, no escape in quotes, no `$`, no `@`, no `:`, no `?`, nothing but ASCII outside of quotes.
 *
 * @returns a text that says what was found, in place of the pieces
 */
export function readSql(text: string): readonly SqlToken[] | string {
  const tokens: SqlToken[] = [];
  let at = 0;
  for (;;) {
    SPACE.lastIndex = at;
    at += SPACE.exec(text)?.[0].length ?? 0;
    if (at === text.length) break;
    const token = readToken(text, at);
    if (token === undefined) return `${JSON.stringify(text[at])} at ${at} is not in the grammar`;
    const [found, length] = token;
    const before = tokens.at(-1);
    if (before?.kind === "mark" && found.kind === "mark" && TOGETHER.test(text.slice(before.at, at + length)))
      return `${text.slice(before.at, at + length)} at ${before.at} is not in the grammar`;
    // Two quotes side by side are one quote in one piece to the system.
    if (before?.kind === found.kind && isQuoted(found) && before.at + before.text.length + 2 === at)
      return `a doubled quote at ${at} is not in the grammar`;
    tokens.push(found);
    at += length;
  }
  return tokens;
}

const isQuoted = ({ kind }: SqlToken): boolean => kind === "quoted" || kind === "string";

function readToken(text: string, at: number): readonly [SqlToken, number] | undefined {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) return [{ kind, text: match[1] ?? match[0], at }, match[0].length];
  }
  return undefined;
}
