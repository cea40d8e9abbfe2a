import { type AdapterConsent, type AdapterContext, Refusal, type SealedCredential } from "@watchword/core";
import { z } from "zod";
import { callJira, unusable } from "./call-jira.ts";
import { RESOLVE_USER_AGENT, bearer, jiraHeaders } from "./jira-headers.ts";
import type { JiraSettings } from "./jira-options.ts";
import { OFFLINE } from "./request-token.ts";

const Sites = z.array(z.object({ id: z.string() }));

/** How a person lets an app act for them on one site (3LO); `undefined` where connections are service accounts. */
export function consentOf(settings: JiraSettings): AdapterConsent | undefined {
  const { consent } = settings;
  if (consent === undefined) return undefined;
  return Object.freeze<AdapterConsent>({
    authorizationEndpoint: settings.authorizeUrl,
    tokenEndpoint: settings.tokenUrl,
    clientId: consent.clientId,
    clientSecret: consent.clientSecret,
    clientAuthentication: "post",
    scopes: [...settings.scopes.write, OFFLINE],
    parameters: { audience: "api.atlassian.com", prompt: "consent" },
    accountOf: (accessToken, context) => siteOf(settings, accessToken, context),
  });
}

/** The one site that was consented for. INVARIANT: a consent that reaches a second one is nobody's connection. */
async function siteOf(
  settings: JiraSettings,
  accessToken: SealedCredential,
  { fetch, signal }: Pick<AdapterContext, "fetch" | "signal">,
): Promise<string> {
  const { status, body } = await callJira(fetch, {
    url: `${settings.baseUrl}/oauth/token/accessible-resources`,
    headers: jiraHeaders({ authorization: bearer(accessToken) }, RESOLVE_USER_AGENT),
    signal,
  });
  const sites = Sites.safeParse(body);
  if (status !== 200 || !sites.success) throw unusable("an answer that is not the list of a token's sites");
  // A site stands there once for each product that was consented to.
  const ids = new Set(sites.data.map(({ id }) => id));
  const [site] = ids;
  if (site !== undefined && ids.size === 1) return site;
  throw new Refusal("downstream_refused", {
    detail: `jira: required: a consent for one site; held: one for ${ids.size}; next: register the app for single sites, and consent again`,
    failedFact: "credential",
  });
}
