import { SnowflakeProblem, sqlError } from "./snowflake-problem.ts";
import type { ApiRequest } from "./sql-api.ts";

/** Members of a request's body. */
export interface StatementRequest {
  readonly statement?: unknown;
  readonly timeout?: unknown;
  readonly database?: string;
  readonly schema?: string;
  readonly warehouse?: string;
  readonly role?: string;
  readonly bindings?: Readonly<Record<string, { readonly type: string; readonly value: string }>>;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** The body of a statement's request. @throws SnowflakeProblem 400, 415 */
export function readStatementRequest({ contentType, body }: ApiRequest): StatementRequest {
  if (contentType !== undefined && !/^application\/json\b/i.test(contentType))
    throw new SnowflakeProblem(415, "391903", "Unsupported media type");
  try {
    const read: unknown = JSON.parse(body);
    if (typeof read === "object" && read !== null && !Array.isArray(read)) return read;
  } catch {
    // Falls through to the refusal.
  }
  throw new SnowflakeProblem(400, "390142", "Incoming request does not contain a valid payload.");
}

/** The statements of a batch, as many as the request says. @throws SnowflakeProblem 422 */
export function readTexts({ statement, parameters = {} }: StatementRequest): readonly string[] {
  if (typeof statement !== "string")
    throw new SnowflakeProblem(400, "391902", "The request must specify a statement.");
  const texts = statement.split(";").map((text) => text.trim());
  while (texts.length > 1 && texts.at(-1) === "") texts.pop();
  const count = Object.entries(parameters).find(
    ([name]) => name.toLowerCase() === "multi_statement_count",
  )?.[1];
  const wanted = Number(count ?? 1);
  if (wanted !== 0 && texts.length !== wanted)
    throw sqlError(
      "000008",
      "0A000",
      `Actual statement count ${texts.length} did not match the desired statement count ${wanted}.`,
    );
  return texts;
}

/** The values of a statement's bind variables, in order. @throws SnowflakeProblem 422 */
export function readBindings({ statement, bindings = {} }: StatementRequest): readonly string[] {
  const places = typeof statement === "string" ? statement.split("?").length - 1 : 0;
  const values = Array.from({ length: places }, (_, index) => bindings[String(index + 1)]?.value);
  if (values.every((value): value is string => typeof value === "string")) return values;
  throw sqlError("002049", "42601", "SQL compilation error:\nBind variable is not set.");
}
