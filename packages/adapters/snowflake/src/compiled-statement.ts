import { type Operation, operation } from "@watchword/core";
import { type ArgumentDeclaration, argumentsSchema } from "./argument-declaration.ts";
import { type SqlToken, readSql } from "./read-sql.ts";
import { RESOURCE } from "./resource.ts";
import { statementClass } from "./statement-class.ts";
import type { StatementDeclaration } from "./statement-declaration.ts";
import { WAITED_SECONDS } from "./token-seconds.ts";

/** A declared statement in the one spelling that is matched and sent. */
export interface CompiledStatement {
  /** The name that code uses. */
  readonly key: string;
  readonly entry: Operation;
  /** With `?` where a value is bound. */
  readonly text: string;
  /** Arguments in the order of their places; one may stand in several. */
  readonly places: readonly string[];
  readonly arguments: Readonly<Record<string, ArgumentDeclaration>>;
  readonly timeoutSeconds: number;
  readonly async: boolean;
}

/** Compiles a declaration whose parts {@link statementProblems} found to fit. */
export function compileStatement(key: string, declared: StatementDeclaration): CompiledStatement {
  const tokens = placesOf(declared.statement);
  return Object.freeze<CompiledStatement>({
    key,
    entry: operation({
      name: declared.name,
      access: declared.access,
      title: declared.title,
      resource: RESOURCE,
      arguments: argumentsSchema(declared.arguments),
      references: [],
      decided: [],
      example: declared.example,
    }),
    text: withMarks(declared.statement, tokens),
    places: tokens.map(({ text }) => text),
    arguments: declared.arguments,
    timeoutSeconds: declared.timeoutSeconds,
    async: declared.async === true,
  });
}

/** Everything in one declaration that does not fit together, by its member. */
export function statementProblems(
  declared: StatementDeclaration,
): (readonly [member: string, message: string])[] {
  const tokens = readSql(declared.statement);
  if (typeof tokens === "string") return [["statement", tokens]];
  const found = statementClass(tokens);
  if ("problem" in found) return [["statement", found.problem]];
  const problems: (readonly [string, string])[] = [];
  if (found.access !== declared.access) problems.push(["access", `the statement is a ${found.access}`]);
  const places = tokens.flatMap(({ kind, text }) => (kind === "place" ? [text] : []));
  const names = Object.keys(declared.arguments);
  for (const name of places)
    if (!names.includes(name)) problems.push(["statement", `{${name}} is no argument`]);
  for (const name of names)
    if (!places.includes(name)) problems.push(["arguments", `${name} has no place in the statement`]);
  const example = argumentsSchema(declared.arguments).safeParse(declared.example);
  if (!example.success) problems.push(["example", "does not fit the arguments"]);
  if (declared.async !== true && declared.timeoutSeconds > WAITED_SECONDS)
    problems.push(["timeoutSeconds", `must be ${WAITED_SECONDS} at most where the caller waits`]);
  if (declared.async === true && declared.access === "write")
    problems.push(["async", "is for reads: of a write nobody would hear whether it was done"]);
  return problems;
}

function placesOf(statement: string): readonly SqlToken[] {
  const tokens = readSql(statement);
  return typeof tokens === "string" ? [] : tokens.filter(({ kind }) => kind === "place");
}

function withMarks(statement: string, places: readonly SqlToken[]): string {
  let text = "";
  let from = 0;
  for (const place of places) {
    text += `${statement.slice(from, place.at)}?`;
    from = place.at + place.text.length + 2;
  }
  return (text + statement.slice(from)).trim();
}
