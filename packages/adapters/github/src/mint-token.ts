import { type AdapterContext, type Authority, type Minted, Refusal, numericDate } from "@watchword/core";
import { unusable } from "./call-github.ts";
import { USER_AGENT } from "./github-headers.ts";
import type { GithubSettings } from "./github-options.ts";
import { type InstallationToken, askToken, endToken } from "./installation-token.ts";
import { ownRepository, ownerOf } from "./own-repository.ts";
import { routeOf } from "./routes.ts";

const MINT_MILLISECONDS = 10_000;
/** GitHub's tokens live an hour; the rest is for clocks that differ. */
const LONGEST_LIFE_SECONDS = 3_600 + 300;

/**
 * Mints the token of one authority. What is granted is what GitHub answered, never what was asked, so that the broker's
 * comparison sees a wider one.
 *
 * @throws Refusal `tenant_mismatch`, `configuration_invalid` before anything is sent; `downstream_refused` when nothing
 * was given; `downstream_unavailable` when that is not known
 */
export async function mintToken(
  settings: GithubSettings,
  authority: Authority,
  context: AdapterContext,
): Promise<Minted> {
  const repository = ownRepository(authority.resource, context.connection);
  const id = Number(authority.arguments["repositoryId"]);
  if (!Number.isSafeInteger(id) || id < 1)
    throw new Refusal("internal", { detail: "github: the repository's id was never planned" });
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(MINT_MILLISECONDS)]);
  const given = await askToken(settings, context, {
    owner: ownerOf(repository),
    repository: { id },
    permissions: routeOf(authority.operation).permissions,
    userAgent: USER_AGENT,
    signal,
  });
  const life = given.expiresAt - numericDate(context.clock);
  if (life <= 0 || life > LONGEST_LIFE_SECONDS) {
    await endToken(settings, context, given.token, USER_AGENT, signal);
    throw unusable("a token that does not live an hour; next: compare this machine's clock");
  }
  return {
    credential: given.token,
    kind: "installation-token",
    granted: grantedBy(authority, given),
    nativeExpiresAt: given.expiresAt,
  };
}

function grantedBy(authority: Authority, given: InstallationToken): Authority {
  const [first] = given.repositories;
  return {
    ...authority,
    resource: { repository: first?.full_name ?? "" },
    native: {
      repository_selection: given.selection,
      repository_ids: given.repositories.map((repository) => String(repository.id)),
      permissions: given.permissions,
    },
  };
}
