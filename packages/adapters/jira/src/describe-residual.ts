import type { Authority, Residual } from "@watchword/core";
import type { JiraSettings } from "./jira-options.ts";
import { SEEN } from "./operation-fields.ts";
import { routeOf } from "./routes.ts";

/** What the broker saw; no axis of what a token reaches. */
const DECIDED: ReadonlySet<string> = new Set<string>(["projectId", "to", ...SEEN]);

/** What the token could do beyond its action until its hour is over; there is no way to end it before. */
export function describeResidual({ kind }: JiraSettings, authority: Authority): Residual {
  const { deed } = routeOf(kind, authority.operation);
  const reach =
    kind === "cloud"
      ? "that its service account may, on every site that it was given"
      : "of every project that its service account is not kept out of";
  return {
    summary: `the token could ${deed} ${reach}, for up to 60 minutes; Atlassian has no way to end it, and only the gateway holds it`,
    axes: [
      ...(kind === "cloud" ? ["site"] : []),
      "project",
      "operation",
      ...Object.keys(authority.arguments).filter((name) => !DECIDED.has(name)),
      "time",
    ],
    heldBy: "gateway",
  };
}
