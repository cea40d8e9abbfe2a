import { type AdapterContext, type Authority, type Minted, numericDate } from "@watchword/core";
import { askToken } from "./access-token.ts";
import { unusable } from "./call-jira.ts";
import { USER_AGENT } from "./jira-headers.ts";
import type { JiraSettings } from "./jira-options.ts";
import { apiPath, ownProject } from "./own-project.ts";

const MINT_MILLISECONDS = 10_000;
/** Atlassian's tokens live an hour; the rest is for clocks that differ. */
const LONGEST_LIFE_SECONDS = 3_600 + 300;

/**
 * Mints the token of one authority: it reads, or it writes as well. What is granted is what the system answered, never what
 * was asked, so that the broker's comparison sees a wider one.
 *
 * @throws Refusal `tenant_mismatch`, `configuration_invalid` before anything is sent; `downstream_refused` when nothing
 * usable was given; `downstream_unavailable` when that is not known
 */
export async function mintToken(
  settings: JiraSettings,
  authority: Authority,
  context: AdapterContext,
): Promise<Minted> {
  ownProject(authority.resource, context.connection.account);
  apiPath(settings, context.connection.account);
  const given = await askToken(settings, context, {
    access: authority.access,
    userAgent: USER_AGENT,
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(MINT_MILLISECONDS)]),
  });
  const life = given.expiresAt - numericDate(context.clock);
  if (life > LONGEST_LIFE_SECONDS) throw unusable("a token that lives longer than an hour");
  return {
    credential: given.token,
    kind: "access-token",
    granted: { ...authority, native: { scopes: given.scopes } },
    nativeExpiresAt: given.expiresAt,
  };
}
