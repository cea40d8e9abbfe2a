import { type Action, type Facts, Refusal, type Value, factAt } from "@watchword/core";
import { ownRepository, ownerOf } from "./own-repository.ts";

/** Operations that are about one commit, which the broker reads. */
const BY_HEAD: ReadonlySet<string> = new Set([
  "pull_requests.merge",
  "pull_requests.review",
  "branches.create",
  "releases.create",
]);

/**
 * Fills in what the broker decides: the repository's id, and the commit of a merge, a review, a new branch or a release. Without facts they
 * stay open, and the plan refuses.
 *
 * @throws Refusal `request_malformed` without a repository; `tenant_mismatch` when it is not the account's or GitHub
 * spells it differently; `condition_failed` when the action names another commit or id than was read
 */
export function completeAction(
  action: Action,
  facts: Facts,
  account: string,
): Pick<Action, "resource" | "arguments"> {
  const fullName = factAt(facts.values, ["repository", "fullName"]);
  const found = typeof fullName === "string" && fullName === action.resource["repository"];
  // Whom the connection has installations for was looked at when the repository was looked up, and is not known here.
  const owner = found ? ownerOf(fullName) : account;
  const repository = ownRepository(action.resource, { account: owner, settings: {} });
  if (fullName !== undefined && fullName !== repository)
    throw new Refusal("tenant_mismatch", {
      detail: "GitHub spells the repository differently, or it was renamed or moved",
      failedFact: "tenant",
    });
  const decided = {
    ...decide(action, "repositoryId", factAt(facts.values, ["repository", "id"])),
    ...(BY_HEAD.has(action.operation) ? decide(action, "sha", factAt(facts.values, ["head"])) : {}),
  };
  return { resource: { ...action.resource, repository }, arguments: { ...action.arguments, ...decided } };
}

function decide(action: Action, name: string, read: Value | undefined): Record<string, Value> {
  const named = action.arguments[name];
  if (read === undefined) return {};
  // INVARIANT: the commit that evidence is about is the one that is merged. What the action names can only agree.
  if (named !== undefined && named !== read)
    throw new Refusal("condition_failed", {
      detail: `the action names another ${name} than the one that is there now`,
      failedFact: `argument:${name}`,
    });
  return { [name]: read };
}
