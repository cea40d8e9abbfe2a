import type { Authority, Residual } from "@watchword/core";
import type { JiraSettings } from "./jira-options.ts";
import { SEEN } from "./operation-fields.ts";
import { routeOf } from "./routes.ts";

/** What the broker saw; no axis of what a token reaches. */
const DECIDED: ReadonlySet<string> = new Set<string>(["projectId", "to", ...SEEN]);

/** What a person consents to is one thing for reads and writes. */
const ANYTHING = "read, open, change, assign, move along and comment on every issue";
const REACH = {
  cloud: "that its service account may, on every site that it was given",
  "data-center": "of every project that its service account is not kept out of",
  consent: "that the person who consented may, on that site",
} as const;

/** What the token could do beyond its action until its hour is over; there is no way to end it before. */
export function describeResidual({ kind, consent }: JiraSettings, authority: Authority): Residual {
  const deed = consent === undefined ? routeOf(kind, authority.operation).deed : ANYTHING;
  const reach = REACH[consent === undefined ? kind : "consent"];
  return {
    summary: `the token could ${deed} ${reach}, for up to 60 minutes; Atlassian has no way to end it, and only the gateway holds it`,
    axes: [
      ...(consent === undefined ? [] : ["access"]),
      ...(kind === "cloud" ? ["site"] : []),
      "project",
      "operation",
      ...Object.keys(authority.arguments).filter((name) => !DECIDED.has(name)),
      "time",
    ],
    heldBy: "gateway",
  };
}
