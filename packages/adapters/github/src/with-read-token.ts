import { type AdapterContext, Refusal, type SealedCredential } from "@watchword/core";
import { callGithub, refusedAnswer, unusable } from "./call-github.ts";
import { RESOLVE_USER_AGENT, bearer } from "./github-headers.ts";
import type { GithubSettings } from "./github-options.ts";
import { type InstallationToken, askToken, endToken } from "./installation-token.ts";
import { ownerOf } from "./own-repository.ts";
import type { Permissions } from "./route.ts";

/** The repository that a look-up is about, as GitHub names it. */
export interface FoundRepository {
  readonly id: string;
  readonly ownerId: string;
  readonly fullName: string;
  readonly defaultBranch: string | undefined;
}

/** What a look-up may do: read below one repository. `undefined` is an object that is not there. */
export interface RepositoryReader {
  readonly repository: FoundRepository;
  read(path: string): Promise<unknown>;
}

const END_MILLISECONDS = 1_000;

/**
 * Looks something up with a token of its own: read-only, for one repository, ended before this returns, also after a
 * failure. It is never the agent's token, and the agent never sees this one.
 *
 * @throws Refusal `downstream_refused`, `downstream_unavailable`, `configuration_invalid`
 */
export async function withReadToken<Result>(
  settings: GithubSettings,
  context: AdapterContext,
  about: { readonly repository: string; readonly permissions: Permissions; readonly milliseconds: number },
  use: (reader: RepositoryReader) => Promise<Result>,
): Promise<Result> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(about.milliseconds)]);
  const given = await askToken(settings, context, {
    owner: ownerOf(about.repository),
    repository: { name: about.repository.slice(about.repository.indexOf("/") + 1) },
    permissions: about.permissions,
    userAgent: RESOLVE_USER_AGENT,
    signal,
  });
  try {
    const repository = foundIn(given);
    return await use({
      repository,
      read: (path) => read(settings, context, given.token, `/repos/${about.repository}${path}`, signal),
    });
  } finally {
    // It can only read, and only this call holds it: that it could not be ended is no reason to lose the answer. Its end has
    // a time of its own, since the look-up may have taken all of the other.
    const last = AbortSignal.timeout(END_MILLISECONDS);
    await endToken(settings, context, given.token, RESOLVE_USER_AGENT, last);
  }
}

function foundIn(given: InstallationToken): FoundRepository {
  const [found, ...more] = given.repositories;
  if (found === undefined || more.length > 0) throw unusable("a token that is not for one repository");
  return {
    id: String(found.id),
    ownerId: String(found.owner.id),
    fullName: found.full_name,
    defaultBranch: found.default_branch,
  };
}

async function read(
  settings: GithubSettings,
  context: AdapterContext,
  token: SealedCredential,
  path: string,
  signal: AbortSignal,
): Promise<unknown> {
  const { status, body } = await callGithub(settings, context.fetch, {
    method: "GET",
    path,
    authorization: bearer(token),
    userAgent: RESOLVE_USER_AGENT,
    signal,
  });
  if (status === 200) return body;
  if (status === 404) return undefined;
  if (status === 401 || status === 403)
    throw refusedAnswer(
      status,
      "leave to read the repository",
      "a look-up token without it",
      "check the installation's permissions",
    );
  throw new Refusal("downstream_unavailable", { detail: `github: HTTP ${status} to a look-up` });
}
