import type { Access } from "@watchword/core";
import type { SqlToken } from "./read-sql.ts";

/** What a statement is: it reads, it writes, or why it is neither. */
export type StatementClass = { readonly access: Access } | { readonly problem: string };

/** What a word may be that a parenthesis follows: an operator or clause of the language. */
const BEFORE_PARENTHESIS: ReadonlySet<string> = new Set(
  `SELECT DISTINCT ALL ANY FROM JOIN ON USING WHERE AND OR NOT IN EXISTS BETWEEN LIKE ILIKE AS OVER CASE WHEN THEN ELSE BY HAVING
  QUALIFY UNION EXCEPT INTERSECT MINUS LIMIT VALUES GROUP IS NUMBER DECIMAL NUMERIC VARCHAR CHAR`.split(
    /\s+/,
  ),
);

/** Built-in functions that return a value of their arguments or of the clock, and do nothing else. Every other one is refused. */
export const FUNCTIONS: ReadonlySet<string> = new Set(
  `COUNT COUNT_IF SUM AVG MIN MAX MEDIAN STDDEV VARIANCE APPROX_COUNT_DISTINCT LISTAGG ARRAY_AGG BOOLOR_AGG BOOLAND_AGG
  ABS CEIL FLOOR ROUND TRUNC MOD POWER SQRT SIGN LEAST GREATEST COALESCE NVL IFNULL NULLIF IFF ZEROIFNULL
  UPPER LOWER TRIM LTRIM RTRIM LENGTH SUBSTR SUBSTRING LEFT RIGHT REPLACE CONCAT SPLIT_PART STARTSWITH ENDSWITH CONTAINS POSITION LPAD RPAD
  CAST TRY_CAST TO_DATE TRY_TO_DATE TO_TIMESTAMP TO_TIMESTAMP_NTZ TRY_TO_TIMESTAMP TO_CHAR TO_VARCHAR TO_NUMBER TRY_TO_NUMBER TO_DECIMAL TO_BOOLEAN
  DATE_TRUNC DATEADD DATEDIFF DATE_PART EXTRACT YEAR MONTH DAY CURRENT_DATE CURRENT_TIMESTAMP
  ROW_NUMBER RANK DENSE_RANK NTILE LAG LEAD FIRST_VALUE LAST_VALUE`.split(/\s+/),
);

/** Words that make of a statement another one, wherever they stand. */
const OTHERS: ReadonlySet<string> = new Set(
  `INSERT UPDATE DELETE MERGE INTO SET COPY PUT GET LIST LS REMOVE RM CALL EXECUTE EXEC BEGIN START COMMIT ROLLBACK SAVEPOINT USE UNSET ALTER CREATE DROP
  UNDROP TRUNCATE GRANT REVOKE SHOW DESCRIBE EXPLAIN DECLARE LET RETURN PROCEDURE FUNCTION TABLE OVERWRITE NEXTVAL CURRVAL COMMENT LOCK IDENTIFIER
  RESULT_SCAN LATERAL SAMPLE TABLESAMPLE CHANGES PIVOT UNPIVOT MATCH_RECOGNIZE SEQUENCE STAGE`.split(/\s+/),
);

/** What each verb needs of those words, and nothing more of them. */
const VERBS: Readonly<Record<string, { readonly access: Access; readonly words: readonly string[] }>> = {
  SELECT: { access: "read", words: [] },
  WITH: { access: "read", words: [] },
  INSERT: { access: "write", words: ["INSERT", "INTO"] },
  UPDATE: { access: "write", words: ["UPDATE", "SET"] },
  DELETE: { access: "write", words: ["DELETE"] },
  MERGE: { access: "write", words: ["MERGE", "INTO", "INSERT", "UPDATE", "SET", "DELETE"] },
};

/**
 * Classes a statement by all of its words, in a closed grammar. It only ever says no: that a reading statement changes nothing is the role's
 * work, since a view or a function of a built-in's name looks no different.
 */
export function statementClass(tokens: readonly SqlToken[]): StatementClass {
  const [first] = tokens;
  const name = first?.kind === "word" ? first.text.toUpperCase() : "";
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (verb === undefined)
    return { problem: "does not begin with SELECT, WITH, INSERT, UPDATE, DELETE or MERGE" };
  const problem =
    foreignWord(tokens, verb.words) ??
    unbalanced(tokens) ??
    calledFunction(tokens) ??
    unboundWrite(name, tokens);
  return problem === undefined ? { access: verb.access } : { problem };
}

function foreignWord(tokens: readonly SqlToken[], allowed: readonly string[]): string | undefined {
  for (const { kind, text } of tokens) {
    const word = text.toUpperCase();
    // A sequence gives its next number by a name behind a dot, in quotes as well.
    const sequence = kind === "quoted" && (word === "NEXTVAL" || word === "CURRVAL");
    if (sequence || (kind === "word" && OTHERS.has(word) && !allowed.includes(word))) return `holds ${word}`;
  }
  return undefined;
}

function unbalanced(tokens: readonly SqlToken[]): string | undefined {
  let depth = 0;
  for (const { kind, text } of tokens) {
    if (kind !== "mark") continue;
    if (text === "(") depth += 1;
    if (text === ")") depth -= 1;
    if (depth < 0) break;
  }
  return depth === 0 ? undefined : "has a parenthesis without its other half";
}

function calledFunction(tokens: readonly SqlToken[]): string | undefined {
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== "mark" || token.text !== "(") continue;
    const before = tokens[index - 1];
    if (before === undefined || before.kind === "mark" || before.kind === "number") continue;
    if (isTarget(tokens, index - 1)) continue;
    const word = before.text.toUpperCase();
    const qualified = tokens[index - 2]?.kind === "mark" && tokens[index - 2]?.text === ".";
    if (before.kind === "word" && !qualified && isCallable(tokens, word)) continue;
    return `calls ${before.text}, which is not in the list`;
  }
  return undefined;
}

function isCallable(tokens: readonly SqlToken[], word: string): boolean {
  if (BEFORE_PARENTHESIS.has(word) || FUNCTIONS.has(word)) return true;
  // Columns of a merge's insert.
  return word === "INSERT" && tokens[0]?.text.toUpperCase() === "MERGE";
}

/** Whether the name that ends there is an insert's table, whose columns follow. */
function isTarget(tokens: readonly SqlToken[], end: number): boolean {
  let index = end;
  while (isName(tokens[index]) && tokens[index - 1]?.kind === "mark" && tokens[index - 1]?.text === ".")
    index -= 2;
  return (
    isName(tokens[index]) &&
    index === 2 &&
    tokens[1]?.text.toUpperCase() === "INTO" &&
    tokens[0]?.kind === "word"
  );
}

const isName = (token: SqlToken | undefined): boolean => token?.kind === "word" || token?.kind === "quoted";

/** A change of every row is no statement about something. */
function unboundWrite(name: string, tokens: readonly SqlToken[]): string | undefined {
  if (name !== "UPDATE" && name !== "DELETE") return undefined;
  const where = tokens.findIndex(({ kind, text }) => kind === "word" && text.toUpperCase() === "WHERE");
  if (where === -1) return `says ${name} without WHERE`;
  return tokens.slice(where).some(({ kind }) => kind === "place")
    ? undefined
    : `binds no argument behind WHERE, so that ${name} is of the same rows whatever is decided`;
}
