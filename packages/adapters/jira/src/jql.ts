import { Refusal, type Value, type ValueMap } from "@watchword/core";
import { requestMismatch } from "./request-mismatch.ts";

/** One condition of a search: its argument, and what stands before its value in JQL. */
interface Clause {
  readonly argument: string;
  readonly before: string;
  readonly kind: "list" | "text";
}

/** All of them, in the one order in which they are written and read. */
const CLAUSES: readonly Clause[] = [
  { argument: "status", before: "status IN ", kind: "list" },
  { argument: "type", before: "issuetype IN ", kind: "list" },
  { argument: "priority", before: "priority IN ", kind: "list" },
  { argument: "labels", before: "labels IN ", kind: "list" },
  { argument: "assignee", before: "assignee = ", kind: "text" },
  { argument: "reporter", before: "reporter = ", kind: "text" },
  { argument: "createdSince", before: "created >= ", kind: "text" },
  { argument: "updatedSince", before: "updated >= ", kind: "text" },
  { argument: "text", before: "text ~ ", kind: "text" },
];

/** What JQL may hold between quotes here: nothing that ends them, so there is nothing to escape. */
const INNER = String.raw`[^"\\\u0000-\u001f\u007f]+`;
const QUOTED = `"${INNER}"`;
const QUOTABLE = new RegExp(`^${INNER}$`);
const LIST = String.raw`\(${QUOTED}(?:, ${QUOTED})*\)`;
const PROJECT = String.raw`project = (?:"(?<key>[A-Z][A-Z0-9_]*)"|(?<id>[1-9]\d*))`;
const JQL = new RegExp(
  `^${PROJECT}${CLAUSES.map(
    ({ argument, before, kind }) => `(?: AND ${before}(?<${argument}>${kind === "list" ? LIST : QUOTED}))?`,
  ).join("")}(?: ORDER BY (?<order>[a-z]+ (?:ASC|DESC)))?$`,
);

/** A search as it was read from JQL: the project by key or number, and every condition. */
export interface ReadJql {
  readonly key: string | undefined;
  readonly arguments: ValueMap;
}

/**
 * Writes a search as JQL, in the one form that the gateway reads. INVARIANT: the project is its first condition and all
 * others are joined by AND, so that no value widens the search.
 *
 * @throws Refusal `request_malformed` for a value that cannot stand in quotes
 *
 * @example
 * ```ts
 * writeJql("APP", { status: ["Open"], order: "updated DESC" });
 * // project = "APP" AND status IN ("Open") ORDER BY updated DESC
 * ```
 */
export function writeJql(project: string | { readonly id: string }, values: ValueMap): string {
  const first = typeof project === "string" ? `project = ${quoted(project)}` : `project = ${project.id}`;
  const conditions = CLAUSES.flatMap(({ argument, before, kind }) => {
    const value = Object.hasOwn(values, argument) ? values[argument] : undefined;
    if (value === undefined) return [];
    return [`${before}${kind === "list" ? list(value) : quoted(value)}`];
  });
  const { order } = values;
  return [first, ...conditions].join(" AND ") + (typeof order === "string" ? ` ORDER BY ${order}` : "");
}

/** Reads what {@link writeJql} writes, and nothing else. @throws Refusal `request_mismatch` */
export function readJql(text: string): ReadJql {
  const found = JQL.exec(text)?.groups;
  if (found === undefined)
    throw requestMismatch("the JQL is not a search of one project in the form that writeJql gives it");
  const values: Record<string, Value> = {};
  for (const { argument, kind } of CLAUSES) {
    const written = found[argument];
    if (written === undefined) continue;
    const texts = [...written.matchAll(/"([^"\\]+)"/g)].map(([, inner = ""]) => inner);
    values[argument] = kind === "list" ? texts : (texts[0] ?? "");
  }
  if (found["order"] !== undefined) values["order"] = found["order"];
  if (found["id"] !== undefined) values["projectId"] = found["id"];
  return { key: found["key"], arguments: values };
}

function list(value: Value): string {
  if (!Array.isArray(value) || value.length === 0) throw unquotable();
  return `(${value.map((item: Value) => quoted(item)).join(", ")})`;
}

function quoted(value: Value): string {
  if (typeof value !== "string" || !QUOTABLE.test(value)) throw unquotable();
  return `"${value}"`;
}

function unquotable(): Refusal {
  return new Refusal("request_malformed", {
    detail: "jira: a condition of the search cannot be written as JQL",
    failedFact: "action",
  });
}
