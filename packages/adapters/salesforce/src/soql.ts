import { Refusal, type Value, type ValueMap } from "@watchword/core";
import type { FieldDeclaration } from "./field-declaration.ts";
import type { RecordRoute } from "./record-operations.ts";
import { requestMismatch } from "./request-mismatch.ts";

/**
 * The one query that stands for decided values: `SELECT Id, Subject FROM Case WHERE Status = 'New' LIMIT 10`. Names come from the
 * declaration, values are written as literals of their declared type.
 *
 * @throws Refusal `internal` for values that were never planned
 */
export function writeSoql({ declared, entry }: RecordRoute, values: ValueMap): string {
  const { fields, order = "", limit } = values;
  const { query, object } = declared;
  if (query === undefined || !Array.isArray(fields) || typeof order !== "string" || typeof limit !== "number")
    throw unplanned(entry.name);
  const condition = (name: string, operator: keyof typeof SUFFIXES): string[] => {
    const [value, type] = [values[`${name}${SUFFIXES[operator]}`], declared.fields[name]];
    return value === undefined || type === undefined
      ? []
      : [`${name} ${operator} ${writeLiteral(type, value)}`];
  };
  const conditions = [
    ...query.where.flatMap((name) => condition(name, "=")),
    ...query.range.flatMap((name) => [...condition(name, ">="), ...condition(name, "<")]),
  ];
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  const sorted = order === "" ? "" : ` ORDER BY ${order}`;
  return `SELECT ${fields.map(String).join(", ")} FROM ${object}${where}${sorted} LIMIT ${limit}`;
}

/** What stands behind a field's name in an argument, by how it is compared. */
const SUFFIXES = { "=": "", ">=": "_from", "<": "_to" } as const;

/** What a query names: an object, and values whose names and types nobody has checked. */
export interface SoqlParts {
  readonly object: string;
  readonly values: ReadonlyMap<string, Value>;
}

const NAME = "[A-Za-z][A-Za-z0-9_]*";
const HEAD = new RegExp(`SELECT (${NAME}(?:, ${NAME})*) FROM (${NAME})`, "y");
const CONDITION = new RegExp(`(${NAME}) (=|>=|<) ('(?:[^'\\\\]|\\\\['\\\\])*'|[A-Za-z0-9:-]+)`, "y");
const ORDER = new RegExp(` ORDER BY (${NAME} (?:ASC|DESC))`, "y");
const LIMIT = / LIMIT ([1-9]\d{0,2})$/y;

/**
 * Reads a query of exactly this form: fields, one object, equal values and bounds, an order, a limit. Functions, subqueries, relationships,
 * `OR`, comments and other spaces are not in it.
 *
 * INVARIANT: whoever calls this writes what it read with {@link writeSoql} and compares the texts, so that no text stands for a
 * query but the one that is sent.
 *
 * @throws Refusal `request_mismatch`
 */
export function readSoql(text: string): SoqlParts {
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    const scanner = new RegExp(pattern.source, pattern.flags);
    scanner.lastIndex = at;
    const found = scanner.exec(text);
    if (found !== null) at = scanner.lastIndex;
    return found ?? undefined;
  };
  const literal = (part: string): boolean => {
    if (!text.startsWith(part, at)) return false;
    at += part.length;
    return true;
  };
  const head = take(HEAD);
  if (head === undefined) throw requestMismatch("the query is not of the one form that is read");
  const values = new Map<string, Value>([["fields", (head[1] ?? "").split(", ")]]);
  let more = literal(" WHERE ");
  while (more) {
    const [, field = "", operator = "=", written = ""] = take(CONDITION) ?? [];
    const name = `${field}${SUFFIXES[operator as keyof typeof SUFFIXES]}`;
    if (field === "" || values.has(name))
      throw requestMismatch("a condition is not of the one form that is read");
    values.set(name, readLiteral(written));
    more = literal(" AND ");
  }
  const order = take(ORDER);
  if (order?.[1] !== undefined) values.set("order", order[1]);
  const limit = take(LIMIT);
  if (limit?.[1] === undefined) throw requestMismatch("the query does not end in its limit");
  values.set("limit", Number(limit[1]));
  return { object: head[2] ?? "", values };
}

function readLiteral(written: string): Value {
  if (written.startsWith("'")) return written.slice(1, -1).replace(/\\(['\\])/g, "$1");
  if (written === "true" || written === "false") return written === "true";
  return /^-?\d{1,16}$/.test(written) ? Number(written) : written;
}

function writeLiteral({ type }: FieldDeclaration, value: Value): string {
  if (typeof value === "object") throw unplanned("a comparison");
  if (type !== "string" && type !== "reference") return `${value}`;
  return `'${`${value}`.replace(/[\\']/g, String.raw`\$&`)}'`;
}

function unplanned(name: string): Refusal {
  return new Refusal("internal", { detail: `salesforce: ${name} was never planned` });
}
