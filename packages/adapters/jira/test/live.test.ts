import { jira } from "@watchword/adapter-jira";
import { type Connection, SealedCredential } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { act, contextFor, planned } from "./jira-acts.ts";
import { refusalOf } from "./refusal-of.ts";

const { env } = process;
const VARIABLES = ["LIVE_JIRA_ACCOUNT", "LIVE_JIRA_SECRET", "LIVE_JIRA_ISSUE"] as const;
const lacking = VARIABLES.filter((name) => (env[name] ?? "") === "");

/** What the contract asks of a twin can be asked of a real site only as far as it does no harm there. */
if (env["LIVE_JIRA"] === "1" && lacking.length === 0) describe("a real Jira", live);
else {
  console.error(
    env["LIVE_JIRA"] === "1"
      ? `nothing is tried against a real Jira: ${lacking.join(", ")} not set`
      : `nothing is tried against a real Jira: LIVE_JIRA=1 does, with ${VARIABLES.join(", ")}`,
  );
  test("without an account nothing goes to a real Jira", () => {
    expect(jira().origins).toEqual(["https://api.atlassian.com"]);
  });
}

function live(): void {
  const dataCenter = env["LIVE_JIRA_DATA_CENTER"];
  const adapter = jira(dataCenter === undefined ? {} : { dataCenter });
  const issue = env["LIVE_JIRA_ISSUE"] ?? "";
  const own: Connection = {
    tenant: "live",
    system: "tracker",
    account: env["LIVE_JIRA_ACCOUNT"] ?? "",
    settings: {},
    secret: new SealedCredential(env["LIVE_JIRA_SECRET"] ?? ""),
  };
  const stamp = { decisionId: "dec_live", idempotencyKey: "live" };
  const blank = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };

  async function send(operation: string, values: object, token?: SealedCredential) {
    const { authority } = await planned(adapter, own, act(operation, { issue, ...values }, {}));
    const minted = await adapter.mint(authority, contextFor(own));
    expect(adapter.covers(authority, minted.granted)).toBe(true);
    const request = adapter.inject(adapter.enforce(authority, blank, stamp), token ?? minted.credential);
    const response = await fetch(request.url, {
      method: request.method,
      headers: { ...request.headers },
      ...(request.body === undefined ? {} : { body: new Uint8Array(request.body) }),
      redirect: "manual",
    });
    const body = new Uint8Array(await response.arrayBuffer());
    const inbound = { status: response.status, headers: Object.fromEntries(response.headers), body };
    return { minted, outcome: adapter.outcomeOf(authority, inbound) };
  }

  test("the connection is accepted", async () => {
    const findings = await adapter.selfCheck(contextFor(own));
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test("an issue, its comments and its transitions are read with tokens that are no wider than planned", async () => {
    for (const operation of ["issues.get", "comments.list", "transitions.list"])
      expect((await send(operation, {})).outcome.effect, operation).toBe("done");
  });

  test("a token for a read cannot write, and the refusal is told from an effect", async () => {
    const { minted } = await send("issues.get", {});
    const { outcome } = await send("comments.add", { text: "must not be seen" }, minted.credential);
    expect(outcome.effect).toBe("none");
  });

  test("an unknown secret and an issue that is not there are refused as the twin does it", async () => {
    const { clientId, clientSecret } = { clientId: "unknown", clientSecret: "unknown" };
    const unknown =
      dataCenter === undefined ? { read: { clientId, clientSecret } } : { clientId, clientSecret };
    const stranger = { ...own, secret: new SealedCredential(JSON.stringify(unknown)) };
    const read = act("issues.get", { issue }, {});
    expect((await refusalOf(() => adapter.resolve(read, contextFor(stranger)))).reason).toBe(
      "downstream_refused",
    );
    const absent = act("issues.get", { issue: `${issue.split("-")[0] ?? ""}-999999999` }, {});
    expect((await adapter.resolve(absent, contextFor(own))).values).toEqual({});
  });
}
