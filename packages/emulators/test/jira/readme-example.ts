import { jiraTwin } from "@watchword/emulators/jira";

const site = "11111111-2222-3333-4444-555555555551";
await using twin = await jiraTwin({
  sites: { [site]: { projects: { APP: { id: 10_100, issues: { 1: { summary: "The page is blank" } } } } } },
  clients: [{ id: "reader", secret: "s", scopes: ["read:jira-work"] }],
});
const headers = { authorization: `Bearer ${twin.token("reader")}` };
const issue = `${twin.url}/ex/jira/${site}/rest/api/3/issue/APP-1`;

/** It reads (200), and with a scope that only reads it cannot write: 401, as at Atlassian, and no effect. */
export const seen = {
  read: (await fetch(issue, { headers })).status,
  written: (await fetch(issue, { method: "PUT", headers })).status,
  effects: twin.requests.filter(({ kind }) => kind === "effect").length,
};
