import { type SqlToken, readSql } from "./read-sql.ts";
import { FUNCTIONS } from "./statement-class.ts";

/** What an agent's own query may name. */
export interface Selectable {
  /** Columns by table: `ORDERS`, or `SHOP.PUBLIC.ORDERS`; in upper case, as names without quotes are stored. */
  readonly tables: ReadonlyMap<string, ReadonlySet<string>>;
  readonly maxRows: number;
}

/** Words of the language. What is neither one of these, nor a listed function, nor a column of the table is refused. */
const WORDS: ReadonlySet<string> = new Set(
  `SELECT DISTINCT FROM WHERE AND OR NOT IN BETWEEN LIKE ILIKE IS NULL TRUE FALSE GROUP BY HAVING ORDER ASC DESC NULLS FIRST LAST LIMIT
  CURRENT_DATE CURRENT_TIMESTAMP`.split(/\s+/),
);
/** Those that may stand before a parenthesis which is no call. */
const OPENS: ReadonlySet<string> = new Set(
  "SELECT DISTINCT WHERE AND OR NOT IN BETWEEN LIKE ILIKE BY HAVING".split(" "),
);
const AFTER_TABLE: ReadonlySet<string> = new Set(["WHERE", "GROUP", "ORDER", "LIMIT"]);

/**
 * Says why a query is not in the closed grammar: one `SELECT` of declared columns from one declared table, with a `LIMIT` at its end. `undefined`
 * when it is. INVARIANT: every word of it is known; there is no other table, no subquery, no `*`, no alias of a table and nothing in double quotes.
 */
export function selectProblem({ tables, maxRows }: Selectable, text: string): string | undefined {
  const tokens = readSql(text);
  if (typeof tokens === "string") return tokens;
  const from = tokens.findIndex(isWord("FROM"));
  const end = tableEnd(tokens, from + 1);
  const table = tokens
    .slice(from + 1, end)
    .map(({ text: piece }) => piece.toUpperCase())
    .join("");
  const columns = tables.get(table);
  if (from === -1 || columns === undefined) return "is not from a declared table";
  if (!isWord("SELECT")(tokens[0])) return "does not begin with SELECT";
  if (!isOneOf(tokens[end], AFTER_TABLE))
    return "has something else behind its table than WHERE, GROUP, ORDER or LIMIT";
  const others = [...tokens.slice(0, from), ...tokens.slice(end)];
  return limitProblem(tokens, maxRows) ?? once(tokens) ?? unknownToken(others, columns);
}

const isWord =
  (word: string) =>
  (token: SqlToken | undefined): boolean =>
    token?.kind === "word" && token.text.toUpperCase() === word;
const isOneOf = (token: SqlToken | undefined, words: ReadonlySet<string>): boolean =>
  token?.kind === "word" && words.has(token.text.toUpperCase());
const isMark = (token: SqlToken | undefined, text: string): boolean =>
  token?.kind === "mark" && token.text === text;

/** Where the dotted name that begins there ends. */
function tableEnd(tokens: readonly SqlToken[], start: number): number {
  let end = start + 1;
  while (isMark(tokens[end], ".") && tokens[end + 1]?.kind === "word") end += 2;
  return tokens[start]?.kind === "word" ? end : start;
}

function limitProblem(tokens: readonly SqlToken[], maxRows: number): string | undefined {
  const [word, count] = tokens.slice(-2);
  const rows = count?.kind === "number" && /^\d{1,9}$/.test(count.text) ? Number(count.text) : undefined;
  return isWord("LIMIT")(word) && rows !== undefined && rows <= maxRows
    ? undefined
    : `does not end with LIMIT and ${maxRows} at most`;
}

function once(tokens: readonly SqlToken[]): string | undefined {
  const twice = ["SELECT", "FROM", "LIMIT"].find((word) => tokens.filter(isWord(word)).length !== 1);
  return twice === undefined ? undefined : `says ${twice} twice`;
}

function unknownToken(tokens: readonly SqlToken[], columns: ReadonlySet<string>): string | undefined {
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    const [before, after] = [tokens[index - 1], tokens[index + 1]];
    if (isMark(token, "(")) depth += 1;
    if (isMark(token, ")")) depth -= 1;
    if (depth < 0) break;
    if (token.kind === "string" || token.kind === "number") continue;
    const known =
      token.kind === "word"
        ? isKnownWord(token.text.toUpperCase(), isMark(after, "("), columns)
        : token.kind === "mark" && isKnownMark(token.text, before, tokens[index - 2], columns);
    if (!known) return `holds ${token.text}, which is not declared`;
  }
  return depth === 0 ? undefined : "has a parenthesis without its other half";
}

function isKnownWord(word: string, opens: boolean, columns: ReadonlySet<string>): boolean {
  if (opens) return OPENS.has(word) || FUNCTIONS.has(word);
  return WORDS.has(word) || columns.has(word);
}

/** A star is a product, or all rows of a count; never all columns. A dot would reach into another name. */
function isKnownMark(
  mark: string,
  before: SqlToken | undefined,
  second: SqlToken | undefined,
  columns: ReadonlySet<string>,
): boolean {
  if (mark === "." || mark === "::") return false;
  if (mark !== "*") return true;
  if (isMark(before, "(")) return isWord("COUNT")(second);
  return before?.kind === "number" || isMark(before, ")") || isOneOf(before, columns);
}
