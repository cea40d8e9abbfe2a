import { Refusal } from "@watchword/core";
import type { JiraSettings } from "./jira-options.ts";
import { isProjectKey } from "./names.ts";

const CLOUD_ID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/**
 * What stands before every path of a site's API. INVARIANT: the site is the connection's account, written here and nowhere
 * else; at Jira Cloud it is part of the path, and no request of a tool chooses it.
 *
 * @throws Refusal `configuration_invalid` for an account that is no cloud id, or not the data center's host
 */
export function apiPath({ kind, baseUrl }: JiraSettings, account: string): string {
  if (kind === "cloud" && CLOUD_ID.test(account)) return `/ex/jira/${account}/rest/api/3`;
  if (kind === "data-center" && account === new URL(baseUrl).host) return "/rest/api/2";
  throw new Refusal("configuration_invalid", {
    detail:
      kind === "cloud"
        ? "jira: the account must be the site's cloud id; https://SITE.atlassian.net/_edge/tenant_info names it"
        : `jira: the account must be the data center's host, ${new URL(baseUrl).host}`,
    failedFact: "tenant",
  });
}

/**
 * The key of the project that an action names on the tenant's site; `undefined` where it names none.
 *
 * @throws Refusal `tenant_mismatch` for another site, and for what no site has as a key
 */
export function ownProject(
  { site, project }: Readonly<Record<string, string>>,
  account: string,
): string | undefined {
  // INVARIANT: the tenant is the site. Nothing is looked up, planned or minted for another one.
  if (site !== undefined && site !== account) throw foreign("the site is not the tenant's");
  if (project === undefined || isProjectKey(project)) return project;
  throw foreign("the tenant's site has no project of such a key");
}

function foreign(detail: string): Refusal {
  return new Refusal("tenant_mismatch", { detail, failedFact: "tenant" });
}
