import { validationFailed } from "./github-problem.ts";
import type { TokenGrant } from "./installation-tokens.ts";
import type { RepositoryState } from "./repository-state.ts";
import type { Level } from "./twin-options.ts";

/** A request on a repository that the token may see. */
export interface RepositoryCall {
  readonly repository: RepositoryState;
  readonly grant: TokenGrant;
  /** Decoded variables of the path. */
  readonly variables: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly now: number;
}

/** An answer, and whether anything changed by it. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: object | undefined;
  readonly changed: boolean;
}

/** One endpoint below `/repos/{owner}/{repo}`, spelled as in GitHub's reference; `{+name}` takes slashes. */
export interface RepositoryRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  /** Alternatives, of which the token needs one. */
  readonly needs: readonly (readonly [name: string, level: Level])[];
  readonly handle: (call: RepositoryCall) => ApiAnswer;
}

/** An answer that changed nothing. */
export const shown = (body: object): ApiAnswer => ({ status: 200, body, changed: false });

/** An answer after a change. */
export const changed = (status: number, body?: object): ApiAnswer => ({ status, body, changed: true });

/** A required text of the body. @throws GithubProblem 422 */
export function textOf(call: RepositoryCall, field: string): string {
  const value = call.body[field];
  if (value === undefined) throw validationFailed(field, "missing_field");
  if (typeof value !== "string") throw validationFailed(field);
  return value;
}

/** An optional text of the body. @throws GithubProblem 422 for something else */
export function optionalTextOf(call: RepositoryCall, field: string): string | undefined {
  return call.body[field] === undefined ? undefined : textOf(call, field);
}

/** An optional list of texts. @throws GithubProblem 422 for something else */
export function textsOf(call: RepositoryCall, field: string): readonly string[] | undefined {
  const value = call.body[field];
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.some((member) => typeof member !== "string"))
    throw validationFailed(field);
  return value as string[];
}

/** The part of a list that `page` and `per_page` (default 30, at most 100) ask for. */
export function pageOf<Item>(call: RepositoryCall, items: readonly Item[]): readonly Item[] {
  const size = Math.min(Math.max(Number(call.query.get("per_page") ?? 30) || 30, 1), 100);
  const page = Math.max(Number(call.query.get("page") ?? 1) || 1, 1);
  return items.slice((page - 1) * size, page * size);
}
