import { kubernetes } from "@watchword/adapter-kubernetes";
import { describe, expect, test } from "vitest";
import { contextOf, planned, refusalOf, secretsOf, send } from "./kubernetes-acts.ts";
import { account, bound, connection, kubernetesFixture } from "./kubernetes-fixture.ts";

const PODS_GET = { namespace: "acme-watchword", name: "watchword-pods-get" };

describe("what the account may do", () => {
  test.for<{ name: string; rules: readonly object[]; namespace?: string; beyond: string }>([
    {
      name: "another verb",
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "delete"] }],
      namespace: "acme",
      beyond: "delete pods",
    },
    {
      name: "Secrets, wherever it looks",
      rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }],
      beyond: "get secrets",
    },
    { name: "everything", rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }], beyond: "* *.*" },
    {
      name: "one Secret by name",
      rules: [{ apiGroups: [""], resources: ["secrets"], resourceNames: ["db"], verbs: ["get"] }],
      namespace: "acme",
      beyond: "get secrets named db",
    },
    {
      name: "the shell of a pod",
      rules: [{ apiGroups: [""], resources: ["pods/exec"], verbs: ["create"] }],
      namespace: "acme",
      beyond: "create pods/exec",
    },
    {
      name: "paths beside the resources",
      rules: [{ nonResourceURLs: ["/metrics"], verbs: ["get"] }],
      beyond: "get /metrics",
    },
  ])(
    "$name is more than was planned, and the check says exactly what",
    async ({ rules, namespace, beyond }) => {
      await using fixture = await kubernetesFixture({ operations: ["pods.get"] });
      for (const object of bound(rules, PODS_GET, namespace)) fixture.twin.apply(object);
      const authority = planned(fixture, "pods.get", { name: "web-1" });
      const minted = await fixture.adapter.mint(authority, contextOf(fixture));
      expect(minted.granted.native).toMatchObject({ rights: ["get pods", beyond] });
      expect(fixture.adapter.covers(authority, minted.granted)).toBe(false);
      const findings = await fixture.adapter.selfCheck(contextOf(fixture));
      expect(findings.filter(({ severity }) => severity === "error")).toContainEqual({
        severity: "error",
        text: `service account acme-watchword/watchword-pods-get may also, in namespace acme: ${beyond}`,
      });
      expect(secretsOf(fixture)).toHaveLength(1);
    },
  );

  test.for(["acme-watchword", "default", "kube-system"])(
    "more than nothing in namespace %s is found by the check",
    async (namespace) => {
      await using fixture = await kubernetesFixture({ operations: ["pods.get"] });
      for (const object of bound(
        [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
        PODS_GET,
        namespace,
      ))
        fixture.twin.apply(object);
      const findings = await fixture.adapter.selfCheck(contextOf(fixture));
      expect(findings.filter(({ severity }) => severity === "error")).toEqual([
        {
          severity: "error",
          text: `service account acme-watchword/watchword-pods-get may also, in namespace ${namespace}: get pods`,
        },
      ]);
    },
  );

  test("a wildcard in the role itself is too wide, not absent", async () => {
    await using fixture = await kubernetesFixture({ operations: ["pods.get"] });
    const metadata = { name: "watchword-pods-get", namespace: "acme" };
    const rules = [{ apiGroups: [""], resources: ["*"], verbs: ["get"] }];
    fixture.twin.apply({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata, rules });
    const minted = await fixture.adapter.mint(
      planned(fixture, "pods.get", { name: "web-1" }),
      contextOf(fixture),
    );
    expect(minted.granted.native).toMatchObject({ rights: ["get pods", "get *"] });
    const findings = await fixture.adapter.selfCheck(contextOf(fixture));
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([
      {
        severity: "error",
        text: "service account acme-watchword/watchword-pods-get may also, in namespace acme: get *",
      },
    ]);
  });

  test("less than is needed mints nothing, leaves no Secret, and both say what is missing", async () => {
    await using fixture = await kubernetesFixture({ operations: ["pods.get"] });
    fixture.twin.remove("RoleBinding", "acme", "watchword-pods-get");
    const authority = planned(fixture, "pods.get", { name: "web-1" });
    const refusal = await refusalOf(() => fixture.adapter.mint(authority, contextOf(fixture)));
    expect([refusal.reason, refusal.message]).toEqual([
      "downstream_refused",
      expect.stringMatching(
        /required: get pods in namespace acme, for service account .*; held: .* without it/,
      ),
    ]);
    expect([secretsOf(fixture), fixture.twin.tokens().filter(({ secret }) => secret !== undefined)]).toEqual([
      [],
      [],
    ]);
    const findings = await fixture.adapter.selfCheck(contextOf(fixture));
    expect(findings).toContainEqual({
      severity: "error",
      text: "service account acme-watchword/watchword-pods-get may not get pods in namespace acme",
    });
  });

  test("names in a role bind the token to them, and another name mints nothing", async () => {
    await using fixture = await kubernetesFixture({
      operations: ["configmaps.patch"],
      names: { "configmaps.patch": ["web-config"] },
    });
    const patch = (name: string) => planned(fixture, "configmaps.patch", { name, key: "a", value: "b" });
    const { credential } = await fixture.adapter.mint(patch("web-config"), contextOf(fixture));
    expect((await send(fixture, patch("web-config"), credential)).status).toBe(200);
    expect((await send(fixture, patch("other"), credential)).status).toBe(403);
    const refusal = await refusalOf(() => fixture.adapter.mint(patch("other"), contextOf(fixture)));
    expect(refusal.reason).toBe("downstream_refused");
    const findings = await fixture.adapter.selfCheck(contextOf(fixture));
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test("operations that nobody set up are named, and refused", async () => {
    await using fixture = await kubernetesFixture({ operations: ["pods.list", "pods.get"] });
    const findings = await fixture.adapter.selfCheck(contextOf(fixture));
    expect(findings).toMatchObject([
      { severity: "ok" },
      { severity: "ok", text: "2 of 10 operations have a service account of their own" },
      {
        severity: "warning",
        text: expect.stringMatching(/^no service account for pods\.logs, pods\.delete, /),
      },
    ]);
    const refusal = await refusalOf(() =>
      fixture.adapter.mint(planned(fixture, "pods.delete", { name: "web-1" }), contextOf(fixture)),
    );
    expect(refusal.reason).toBe("downstream_refused");
    expect(secretsOf(fixture)).toEqual([]);
  });

  test("a list that something beside RBAC makes incomplete proves nothing, unless the configuration says so", async () => {
    await using fixture = await kubernetesFixture({ twin: { webhookAuthorizer: true } });
    const authority = planned(fixture, "pods.get", { name: "web-1" });
    const refusal = await refusalOf(() => fixture.adapter.mint(authority, contextOf(fixture)));
    expect([refusal.reason, refusal.message]).toEqual([
      "downstream_refused",
      expect.stringContaining("incomplete"),
    ]);
    expect(secretsOf(fixture)).toEqual([]);
    const believing = kubernetes({ baseUrl: fixture.twin.url, incompleteReviews: "accept" });
    expect((await believing.mint(authority, contextOf(fixture))).granted).toEqual(authority);
  });
});

describe("the broker's own account", () => {
  test("is told to be wider than it needs, and where", async () => {
    await using fixture = await kubernetesFixture({ operations: ["pods.get"] });
    const broker = { namespace: "watchword", name: "watchword-broker" };
    for (const object of bound([{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }], broker, "acme"))
      fixture.twin.apply(object);
    const findings = await fixture.adapter.selfCheck(contextOf(fixture));
    expect(findings).toContainEqual({
      severity: "warning",
      text: "the broker's own account is wider than it needs, in namespace acme: get secrets",
    });
  });

  test("is told that its token ends soon", async () => {
    await using fixture = await kubernetesFixture({ operations: ["pods.get"] });
    const token = fixture.twin.accountToken("watchword", "watchword-broker", { lifeSeconds: 86_400 + 60 });
    const own = connection("acme", token);
    const findings = await fixture.adapter.selfCheck(contextOf(fixture, { connection: own }));
    expect(findings).toContainEqual({
      severity: "warning",
      text: "the connection's token ends within 2 days; connect another",
    });
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test("makes no Secrets where the tenant's own are", async () => {
    await using fixture = await kubernetesFixture();
    const { secret } = fixture.own;
    const own = secret.open((text) => connection("acme", text, { identities: "acme" }));
    const authority = planned(fixture, "pods.get", { name: "web-1" });
    const refusal = await refusalOf(() =>
      fixture.adapter.mint(authority, contextOf(fixture, { connection: own })),
    );
    expect(refusal.reason).toBe("configuration_invalid");
    expect(fixture.twin.requests).toEqual([]);
  });

  test("with another tenant's identities mints nothing: they may do nothing here", async () => {
    await using fixture = await kubernetesFixture();
    const own = fixture.own.secret.open((text) =>
      connection("acme", text, { identities: "globex-watchword" }),
    );
    const authority = planned(fixture, "pods.get", { name: "web-1" });
    const refusal = await refusalOf(() =>
      fixture.adapter.mint(authority, contextOf(fixture, { connection: own })),
    );
    expect(refusal.reason).toBe("downstream_refused");
    expect(fixture.twin.list("Secret")).toEqual([]);
  });

  test("reads no Secret and makes tokens of nobody else", async () => {
    await using fixture = await kubernetesFixture();
    fixture.twin.apply(account("acme-watchword", "admin"));
    const base = `${fixture.twin.url}/api/v1/namespaces`;
    const ask = (method: string, path: string, body?: object) =>
      fixture.own.secret.open((token) =>
        fetch(`${base}${path}`, {
          method,
          headers: { authorization: `Bearer ${token}` },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      );
    for (const [method, path] of [
      ["GET", "/acme-watchword/secrets"],
      ["GET", "/acme/secrets"],
      ["DELETE", "/acme/secrets/db"],
      ["POST", "/acme-watchword/serviceaccounts/admin/token"],
      ["POST", "/acme/serviceaccounts/default/token"],
      ["GET", "/acme/pods"],
    ] as const)
      expect((await ask(method, path, method === "POST" ? {} : undefined)).status, path).toBe(403);
  });
});
