import { notFound, validationFailed } from "./github-problem.ts";
import { type TokenGrant, requirePermission } from "./installation-tokens.ts";
import { issueBody } from "./issue-routes.ts";
import { type ApiAnswer, shown } from "./repository-route.ts";
import type { RepositoryState, TwinIssue } from "./repository-state.ts";

/** A search over everything that a token may read. */
export interface SearchCall {
  readonly repositories: readonly RepositoryState[];
  readonly grant: TokenGrant;
  readonly query: URLSearchParams;
}

/** One side of an `OR`: qualifiers by name, and words. */
interface Term {
  readonly qualifiers: ReadonlyMap<string, string>;
  readonly words: readonly string[];
}

/**
 * `GET /search/issues` and `GET /search/code`. What is not bound to a repository by a qualifier is looked for in all that the token
 * may read, and so is each side of an `OR` by itself.
 */
export function search(kind: string, call: SearchCall): ApiAnswer {
  const terms = termsOf(call.query.get("q") ?? "");
  if (kind === "code") return searchCode(call, terms);
  if (kind === "issues") return searchIssues(call, terms);
  throw notFound();
}

function searchIssues({ repositories, grant }: SearchCall, terms: readonly Term[]): ApiAnswer {
  const found = repositories.flatMap((repository) =>
    [...repository.issues.values()]
      .filter((issue) => terms.some((term) => isFound(repository, issue, term)))
      .map((issue) => {
        const { body, ...shownIssue } = issueBody(repository, issue);
        return body === null ? shownIssue : { ...shownIssue, body };
      }),
  );
  const pulls = terms.some(({ qualifiers }) => qualifiers.get("is") === "pr");
  requirePermission(grant.permissions, [pulls ? "pull_requests" : "issues", "read"]);
  return shown(listOf(found));
}

function isFound(repository: RepositoryState, issue: TwinIssue, { qualifiers, words }: Term): boolean {
  const is = qualifiers.get("is");
  const isPull = repository.pulls.has(issue.number);
  if (!isWithin(repository, qualifiers) || (is === "pr" && !isPull) || (is === "issue" && isPull))
    return false;
  const texts = [issue.title, issue.body ?? "", ...issue.comments.map(({ body }) => body)];
  return holds(texts.join("\n"), words);
}

function searchCode({ repositories, grant }: SearchCall, terms: readonly Term[]): ApiAnswer {
  requirePermission(grant.permissions, ["contents", "read"]);
  const found = repositories.flatMap((repository) => {
    const head = repository.branches.get(repository.defaultBranch)?.sha ?? "";
    return [...repository.treeAt(head)]
      .filter(([, bytes]) =>
        terms.some(
          ({ qualifiers, words }) => isWithin(repository, qualifiers) && holds(bytes.toString(), words),
        ),
      )
      .map(([path]) => ({
        name: path.slice(path.lastIndexOf("/") + 1),
        path,
        repository: { id: repository.id, full_name: repository.fullName },
      }));
  });
  return shown(listOf(found));
}

const listOf = (items: readonly object[]) => ({
  total_count: items.length,
  incomplete_results: false,
  items,
});

const isWithin = ({ fullName }: RepositoryState, qualifiers: Term["qualifiers"]): boolean =>
  (qualifiers.get("repo") ?? fullName).toLowerCase() === fullName.toLowerCase();

const holds = (text: string, words: readonly string[]): boolean =>
  words.every((word) => text.toLowerCase().includes(word.toLowerCase()));

/** @throws GithubProblem 422 for a search for nothing */
function termsOf(q: string): readonly Term[] {
  if (q.trim() === "") throw validationFailed("q", "missing");
  return q.split(/ OR /).map((side) => {
    const parts = side.split(/\s+/).filter((part) => part !== "");
    const qualified = parts.flatMap((part): [string, string][] => {
      const [, name, value] = /^([a-z]+):(\S+)$/.exec(part) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    });
    return {
      qualifiers: new Map(qualified),
      words: parts.filter((part) => !/^[a-z]+:\S+$/.test(part)),
    };
  });
}
