import { type Action, Refusal } from "@watchword/core";
import { type InstallationHolder, ownersOf } from "./installations.ts";
import { isRepositoryName } from "./names.ts";

/**
 * The repository that an action names, when it is the account's or one of an owner that the connection has an installation for. Spelled exactly: GitHub takes every case for the same
 * repository, and a policy does not.
 *
 * @throws Refusal `request_malformed` without one; `tenant_mismatch` for another owner's
 */
export function ownRepository(resource: Action["resource"], connection: InstallationHolder): string {
  const { repository } = resource;
  if (repository === undefined)
    throw new Refusal("request_malformed", {
      detail: "the action names no repository (owner/name)",
      failedFact: "resource",
    });
  // INVARIANT: the tenant is the owner. Nothing is looked up, planned or minted for a repository of somebody else; an owner that the
  // connection does not name is somebody else.
  if (!ownersOf(connection).includes(ownerOf(repository)))
    throw new Refusal("tenant_mismatch", {
      detail: "the repository does not belong to the tenant's account",
      failedFact: "tenant",
    });
  if (!isRepositoryName(repository))
    throw new Refusal("request_malformed", {
      detail: "the repository is not of the form owner/name",
      failedFact: "resource",
    });
  return repository;
}

/** The owner in a repository's full name. */
export const ownerOf = (repository: string): string => repository.split("/")[0] ?? "";
