import { kubernetes } from "@watchword/adapter-kubernetes";
import {
  type AdapterContext,
  type Connection,
  SealedCredential,
  type ValueMap,
  newAction,
  systemClock,
} from "@watchword/core";
import { describe, expect, test } from "vitest";

const { env } = process;
const VARIABLES = [
  "LIVE_KUBERNETES_SERVER",
  "LIVE_KUBERNETES_NAMESPACE",
  "LIVE_KUBERNETES_TOKEN",
  "LIVE_KUBERNETES_POD",
] as const;
const lacking = VARIABLES.filter((name) => (env[name] ?? "") === "");

/** What the contract asks of a twin can be asked of a real cluster only as far as it does no harm there. */
if (env["LIVE_KUBERNETES"] === "1" && lacking.length === 0) describe("a real cluster", live);
else {
  console.error(
    env["LIVE_KUBERNETES"] === "1"
      ? `nothing is tried against a real cluster: ${lacking.join(", ")} not set`
      : `nothing is tried against a real cluster: LIVE_KUBERNETES=1 does, with ${VARIABLES.join(", ")} and NODE_EXTRA_CA_CERTS`,
  );
  test("without a cluster nothing goes to one", () => {
    expect(kubernetes({ baseUrl: "https://10.0.0.1:6443" }).origins).toEqual(["https://10.0.0.1:6443"]);
  });
}

function live(): void {
  const audience = env["LIVE_KUBERNETES_AUDIENCE"];
  const adapter = kubernetes({
    baseUrl: env["LIVE_KUBERNETES_SERVER"] ?? "",
    ...(audience === undefined ? {} : { audience }),
  });
  const pod = env["LIVE_KUBERNETES_POD"] ?? "";
  const own: Connection = {
    tenant: "live",
    system: "cluster",
    account: env["LIVE_KUBERNETES_NAMESPACE"] ?? "",
    settings: {},
    secret: new SealedCredential(env["LIVE_KUBERNETES_TOKEN"] ?? ""),
  };
  const context = (connection = own): AdapterContext => ({
    connection,
    fetch,
    clock: systemClock,
    signal: AbortSignal.timeout(10_000),
  });
  const stamp = { decisionId: "dec_live", idempotencyKey: "live" };
  const blank = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
  const planned = (operation: string, values: ValueMap) => {
    const action = newAction({ system: "cluster", operation, resource: {}, arguments: values });
    return adapter.plan({ ...action, ...adapter.complete(action, { owners: {}, values: {} }, own.account) });
  };

  async function send(authority: ReturnType<typeof planned>, token: SealedCredential) {
    const request = adapter.inject(adapter.enforce(authority, blank, stamp), token);
    const response = await fetch(request.url, {
      method: request.method,
      headers: { ...request.headers },
      ...(request.body === undefined ? {} : { body: new Uint8Array(request.body) }),
      redirect: "manual",
    });
    const body = new Uint8Array(await response.arrayBuffer());
    const headers = Object.fromEntries(response.headers);
    return adapter.outcomeOf(authority, { status: response.status, headers, body });
  }

  test("the connection is accepted", async () => {
    const findings = await adapter.selfCheck(context());
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test("pods and a log are read with tokens that may do that and nothing else, and that end", async () => {
    for (const [operation, values] of [
      ["pods.list", { limit: 1 }],
      ["pods.get", { name: pod }],
      ["pods.logs", { name: pod, tailLines: 1 }],
    ] as const) {
      const authority = planned(operation, values);
      const minted = await adapter.mint(authority, context());
      expect(adapter.covers(authority, minted.granted), operation).toBe(true);
      expect((await send(authority, minted.credential)).effect, operation).toBe("done");
      const uid = "00000000-0000-4000-8000-000000000000";
      const write = await send(planned("pods.delete", { name: pod, uid }), minted.credential);
      expect([write.effect, write.status], operation).toEqual(["none", 403]);
      expect(await adapter.revoke(minted.credential, context()), operation).toBe("revoked");
      expect(await adapter.revoke(minted.credential, context()), operation).toBe("already_dead");
    }
  });

  test("an unknown token is refused as the twin does it", async () => {
    const stranger = { ...own, secret: new SealedCredential("unknown") };
    await expect(adapter.mint(planned("pods.list", {}), context(stranger))).rejects.toMatchObject({
      reason: "downstream_refused",
    });
  });
}
