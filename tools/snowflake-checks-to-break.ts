import type { BrokenCheck } from "./checks-to-break.ts";

const SOURCE = "packages/adapters/snowflake/src";
const REQUEST = `${SOURCE}/read-request.ts`;
const CLASS = `${SOURCE}/statement-class.ts`;

const GRAMMAR = `${SOURCE}/select-grammar.ts`;

const QUERIES = ["packages/adapters/snowflake/test/select-grammar.test"];
const REQUESTS = ["packages/adapters/snowflake/test/read-request.test"];
const CLASSES = ["packages/adapters/snowflake/test/statement-class.test"];
const DECLARATIONS = ["packages/adapters/snowflake/test/declaration.test"];
const SNOWFLAKE = ["packages/adapters/snowflake/test/snowflake.test"];
const ORIGIN = ["packages/broker/test/object-origin.test"];

/** What one declared statement rests on, to be broken like the checks of the boundary. */
export const SNOWFLAKE_CHECKS: readonly BrokenCheck[] = [
  {
    name: "snowflake: a statement is known by its whole text",
    file: REQUEST,
    find: "settings.statements.find((each) => each.text === text)",
    replace: "settings.statements[0]",
    tests: REQUESTS,
  },
  {
    name: "snowflake: a bind variable for each place, and no more",
    file: REQUEST,
    find: "Object.keys(bindings).length !== places.length",
    replace: "bindings === undefined",
    tests: REQUESTS,
  },
  {
    name: "snowflake: one value for one argument",
    file: REQUEST,
    find: "values.has(name) && values.get(name) !== value",
    replace: 'name === ""',
    tests: REQUESTS,
  },
  {
    name: "snowflake: bind variables have the declared type",
    file: `${SOURCE}/argument-declaration.ts`,
    find: "return read !== undefined && bindingOf(declared, read).type === type ? read : undefined;",
    replace: "return type === undefined ? undefined : read;",
    tests: REQUESTS,
  },
  {
    name: "snowflake: no member of a body that is not known",
    file: REQUEST,
    find: 'if (!PLACES.includes(name) || typeof value !== "string")',
    replace: 'if (typeof value !== "string") continue;\n    if (name === "")',
    tests: REQUESTS,
  },
  {
    name: "snowflake: the declared timeout",
    file: REQUEST,
    find: "timeout !== undefined && timeout !== (compiled?.timeoutSeconds ?? WAITED_SECONDS)",
    replace: "timeout === null",
    tests: REQUESTS,
  },
  {
    name: "snowflake: one statement is written into every request",
    file: `${SOURCE}/write-request.ts`,
    find: ", multi_statement_count: 1 }",
    replace: " }",
    tests: REQUESTS,
  },
  {
    name: "snowflake: nothing beside the tenant's own place",
    file: `${SOURCE}/complete-action.ts`,
    find: "if (resource[field] !== named)",
    replace: 'if (named === "")',
    tests: ["packages/adapters/snowflake/test/snowflake.contract.test"],
  },
  {
    name: "snowflake: a handle is the run's that got it",
    file: `${SOURCE}/resolve-facts.ts`,
    find: 'const origin = typeof handle === "string" ? await originOf?.(handle) : undefined;',
    replace:
      'const origin = { decisionId: "dec_any", operation: "orders.of_customer" } as Awaited<ReturnType<NonNullable<typeof originOf>>>;',
    tests: SNOWFLAKE,
  },
  {
    name: "snowflake: of an object of another run the broker knows nothing",
    file: "packages/broker/src/object-origin.ts",
    find: 'if (made?.tenant !== holder.tenant || made.body["run"] !== holder.run) continue;',
    replace: "if (made === undefined) continue;",
    tests: ORIGIN,
  },
  {
    name: "snowflake: what was granted is what the token says",
    file: `${SOURCE}/mint-token.ts`,
    find: "scopes: granted,",
    replace: "scopes: scp,",
    tests: SNOWFLAKE,
  },
  {
    name: "snowflake: a token for the connection's account alone",
    file: `${SOURCE}/mint-token.ts`,
    find: 'authority.resource["account"] !== account || ',
    replace: "",
    tests: SNOWFLAKE,
  },
  {
    name: "snowflake: a token for a role that the connection has",
    file: `${SOURCE}/mint-token.ts`,
    find: " || !isPlace(settings, connection, authority.resource)",
    replace: "",
    tests: SNOWFLAKE,
  },
  {
    name: "snowflake: a role that reads is none that writes",
    file: `${SOURCE}/resolve-facts.ts`,
    find: "if (writes !== reads) return writes;",
    replace: 'if (writes !== "") return writes;',
    tests: SNOWFLAKE,
  },
  {
    name: "snowflake: what still runs is cancelled",
    file: `${SOURCE}/cancel-running.ts`,
    find: "status === STILL_RUNNING && statement !== undefined",
    replace: "status === 0 && statement !== undefined",
    tests: SNOWFLAKE,
  },
  {
    name: "snowflake: a change that still runs is open",
    file: `${SOURCE}/read-outcome.ts`,
    find: 'authority.access === "read" ? "done" : "unknown"',
    replace: '"done"',
    tests: SNOWFLAKE,
  },
  {
    name: "snowflake: secondary roles are an error",
    file: `${SOURCE}/check-connection.ts`,
    find: 'if (secondaryOf(secondary) !== "")',
    replace: 'if (secondary === "")',
    tests: SNOWFLAKE,
  },
  {
    name: "snowflake: an account that gives any role is an error",
    file: `${SOURCE}/check-connection.ts`,
    find: "return status === 200\n",
    replace: "return status === 0\n",
    tests: SNOWFLAKE,
  },
  {
    name: "snowflake: a role's token is never released",
    file: `${SOURCE}/snowflake.ts`,
    find: 'custody: "gateway",',
    replace: 'custody: "released",',
    tests: ["packages/adapters/snowflake/test/readme.test"],
  },
  {
    name: "snowflake: no comment and no flow in a statement",
    file: `${SOURCE}/read-sql.ts`,
    find: "TOGETHER.test(text.slice(before.at, at + length))",
    replace: 'text === ""',
    tests: CLASSES,
  },
  {
    name: "snowflake: no doubled quote",
    file: `${SOURCE}/read-sql.ts`,
    find: "before?.kind === found.kind && isQuoted(found)",
    replace: "before === found && isQuoted(found)",
    tests: CLASSES,
  },
  {
    name: "snowflake: no word of another statement",
    file: CLASS,
    find: "OTHERS.has(word) && !allowed.includes(word)",
    replace: 'word === "" && !allowed.includes(word)',
    tests: CLASSES,
  },
  {
    name: "snowflake: no function that is not listed",
    file: CLASS,
    find: "if (BEFORE_PARENTHESIS.has(word) || FUNCTIONS.has(word)) return true;",
    replace: 'if (BEFORE_PARENTHESIS.has(word) || FUNCTIONS.has(word) || word !== "") return true;',
    tests: CLASSES,
  },
  {
    name: "snowflake: no function of a schema",
    file: CLASS,
    find: 'before.kind === "word" && !qualified &&',
    replace: 'before.kind === "word" &&',
    tests: CLASSES,
  },
  {
    name: "snowflake: no change of every row",
    file: CLASS,
    find: 'if (name !== "UPDATE" && name !== "DELETE") return undefined;',
    replace: 'if (name !== "") return undefined;',
    tests: CLASSES,
  },
  {
    name: "snowflake: a query of one's own is from a declared table",
    file: GRAMMAR,
    find: "if (from === -1 || columns === undefined)",
    replace: "if (columns === undefined) return undefined;\n  if (from === -1)",
    tests: QUERIES,
  },
  {
    name: "snowflake: a query of one's own has one table",
    file: GRAMMAR,
    find: "if (!isOneOf(tokens[end], AFTER_TABLE))",
    replace: 'if (text === "")',
    tests: QUERIES,
  },
  {
    name: "snowflake: a query of one's own names declared columns alone",
    file: GRAMMAR,
    find: "return WORDS.has(word) || columns.has(word);",
    replace: 'return WORDS.has(word) || columns.has(word) || word !== "";',
    tests: QUERIES,
  },
  {
    name: "snowflake: a query of one's own calls listed functions alone",
    file: GRAMMAR,
    find: "if (opens) return OPENS.has(word) || FUNCTIONS.has(word);",
    replace: "if (opens) return true;",
    tests: QUERIES,
  },
  {
    name: "snowflake: a query of one's own has no star",
    file: GRAMMAR,
    find: 'if (mark !== "*") return true;',
    replace: 'if (mark !== "") return true;',
    tests: QUERIES,
  },
  {
    name: "snowflake: a query of one's own has a limit",
    file: GRAMMAR,
    find: "rows !== undefined && rows <= maxRows",
    replace: "rows !== undefined",
    tests: QUERIES,
  },
  {
    name: "snowflake: a query of one's own has no subquery",
    file: GRAMMAR,
    find: "tokens.filter(isWord(word)).length !== 1",
    replace: "tokens.length === 0 && word === word",
    tests: QUERIES,
  },
  {
    name: "snowflake: a statement is what it says that it is",
    file: `${SOURCE}/compiled-statement.ts`,
    find: "if (found.access !== declared.access)",
    replace: 'if (declared.name === "")',
    tests: DECLARATIONS,
  },
  {
    name: "snowflake: no administrator's role",
    file: `${SOURCE}/snowflake-options.ts`,
    find: "!ADMINISTRATORS.includes(name.toUpperCase())",
    replace: 'name !== ""',
    tests: DECLARATIONS,
  },
];
