import { Refusal, type Value } from "@watchword/core";
import { z } from "zod";
import { isRepositoryName } from "./names.ts";
import { requestMismatch } from "./request-mismatch.ts";
import type { Route } from "./route.ts";

/** What is looked for within one repository, and where. */
export interface Search {
  readonly repository: string;
  readonly text: string;
}

const WORD = /^[\p{L}\p{N}_.][\p{L}\p{N}_.-]*$/u;
const OPERATORS: ReadonlySet<string> = new Set(["AND", "OR", "NOT"]);

// INVARIANT: words say nothing of where. A qualifier, an operator, a bracket or a quotation mark would take a search out of its
// repository: `repo:acme/app x OR y` finds y everywhere that the token, and everybody, may read.
/** Words that GitHub's search takes for words. */
export const SearchWords = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => text.split(" ").every((word) => WORD.test(word) && !OPERATORS.has(word.toUpperCase())), {
    error:
      "must be words of letters, digits and _ . - with one space between them; no qualifiers and no AND, OR, NOT",
  });

/** The `q` of a search, in the one spelling that is read: the repository first, then what kind, then the words. */
export function writeSearch(route: Route, repository: string, text: Value | undefined): string {
  const words = SearchWords.safeParse(text);
  if (!isRepositoryName(repository) || !words.success)
    throw new Refusal("internal", { detail: "github: authority holds a search that was never planned" });
  return `${prefixOf(route, repository)}${words.data}`;
}

/**
 * Reads the search back from a request's `q`; `undefined` when it is another kind of search's.
 *
 * @throws Refusal `request_mismatch`
 */
export function readSearch(
  route: Route,
  query: readonly (readonly [name: string, value: string])[],
): Search | undefined {
  const [q, ...more] = query.filter(([name]) => name === "q").map(([, value]) => value);
  if (q === undefined || more.length > 0) throw requestMismatch("a search has one q");
  const [, repository = ""] = /^repo:(\S+) /.exec(q) ?? [];
  if (!isRepositoryName(repository))
    throw requestMismatch("a search begins with its repository: repo:owner/name");
  const prefix = prefixOf(route, repository);
  return q.startsWith(prefix) ? { repository, text: q.slice(prefix.length) } : undefined;
}

function prefixOf({ search = "" }: Route, repository: string): string {
  return `repo:${repository} ${search === "" ? "" : `${search} `}`;
}
