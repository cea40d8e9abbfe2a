import { type KubernetesOptions, kubernetes } from "@watchword/adapter-kubernetes";
import {
  type AdapterContext,
  Refusal,
  type SealedCredential,
  newAction,
  parseArguments,
  systemClock,
} from "@watchword/core";
import { describe, expect, test } from "vitest";
import { type Fixture, ORIGIN, account, bound, connection, kubernetesFixture } from "./kubernetes-fixture.ts";

const STAMP = { decisionId: "dec_1", idempotencyKey: "k" };
const BLANK = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };
const PODS_GET = { namespace: "acme-watchword", name: "watchword-pods-get" };

const contextOf = (fixture: Fixture, changes: Partial<AdapterContext> = {}): AdapterContext => ({
  connection: fixture.own,
  fetch,
  clock: systemClock,
  signal: AbortSignal.timeout(5_000),
  ...changes,
});

const planned = (
  { adapter }: Fixture,
  operation: string,
  values: Parameters<typeof newAction>[0]["arguments"],
) => {
  const action = newAction({ system: "cluster", operation, resource: {}, arguments: values });
  return adapter.plan({ ...action, ...adapter.complete(action, { owners: {}, values: {} }, "acme") });
};

const send = async ({ adapter }: Fixture, authority: ReturnType<typeof planned>, token: SealedCredential) => {
  const { url, method, headers, body } = adapter.inject(adapter.enforce(authority, BLANK, STAMP), token);
  return fetch(url, { method, headers, ...(body === undefined ? {} : { body: new Uint8Array(body) }) });
};

const secretsOf = ({ twin }: Fixture) => twin.list("Secret", "acme-watchword");

async function refusalOf(attempt: () => unknown): Promise<Refusal> {
  try {
    await attempt();
  } catch (error) {
    if (Refusal.is(error)) return error;
    throw error;
  }
  throw new Error("was not refused");
}

describe("options", () => {
  test.for<{ name: string; options: object }>([
    { name: "no API server", options: {} },
    { name: "a typo", options: { baseUrl: ORIGIN, audiences: ["a"] } },
    { name: "http to another machine", options: { baseUrl: "http://cluster.internal" } },
    { name: "a path", options: { baseUrl: `${ORIGIN}/k8s/clusters/c-1` } },
    { name: "a certificate that is none", options: { baseUrl: ORIGIN, certificateAuthority: "ca.crt" } },
    { name: "an audience with a space", options: { baseUrl: ORIGIN, audience: "a b" } },
    { name: "a prefix that is no label", options: { baseUrl: ORIGIN, serviceAccountPrefix: "Watch.Word" } },
  ])("$name is refused at construction", ({ options }) => {
    expect(() => kubernetes(options as KubernetesOptions)).toThrow(/./);
  });
});

describe("a token", () => {
  test("is of one account, bound to a Secret of its own, and does its one action", async () => {
    await using fixture = await kubernetesFixture();
    const authority = planned(fixture, "deployments.scale", { name: "web", replicas: 3 });
    const minting = { decisionId: "dec_7", leaseEndsAt: 0 };
    const minted = await fixture.adapter.mint(authority, contextOf(fixture, { minting }));
    expect(minted).toMatchObject({ kind: "service-account-token", granted: authority });
    const [secret, ...more] = secretsOf(fixture);
    expect([secret?.["data"], more]).toEqual([undefined, []]);
    expect(secret?.metadata["annotations"]).toEqual({ "watchword/decision": "dec_7" });
    expect(fixture.twin.tokens().filter((token) => token.secret !== undefined)).toMatchObject([
      {
        serviceAccount: "system:serviceaccount:acme-watchword:watchword-deployments-scale",
        secret: secret?.metadata.name,
      },
    ]);
    expect((await send(fixture, authority, minted.credential)).status).toBe(200);
    expect(fixture.twin.find("Deployment", "acme", "web")?.["spec"]).toMatchObject({ replicas: 3 });
    expect(fixture.twin.find("Deployment", "globex", "web")?.["spec"]).toMatchObject({ replicas: 2 });
  });

  test("is dead the moment its Secret is deleted, and to end it again is to end nothing", async () => {
    await using fixture = await kubernetesFixture();
    const authority = planned(fixture, "pods.get", { name: "web-1" });
    const [one, other] = await Promise.all([
      fixture.adapter.mint(authority, contextOf(fixture)),
      fixture.adapter.mint(authority, contextOf(fixture)),
    ]);
    expect(await fixture.adapter.revoke(one.credential, contextOf(fixture))).toBe("revoked");
    expect((await send(fixture, authority, one.credential)).status).toBe(401);
    expect((await send(fixture, authority, other.credential)).status).toBe(200);
    expect(await fixture.adapter.revoke(one.credential, contextOf(fixture))).toBe("already_dead");
    expect(secretsOf(fixture)).toHaveLength(1);
  });

  test("whose Secret was replaced by another of its name is dead, and the other stays", async () => {
    await using fixture = await kubernetesFixture();
    const authority = planned(fixture, "pods.get", { name: "web-1" });
    const { credential } = await fixture.adapter.mint(authority, contextOf(fixture));
    const [secret] = secretsOf(fixture);
    const name = secret?.metadata.name ?? "";
    fixture.twin.remove("Secret", "acme-watchword", name);
    fixture.twin.apply({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "acme-watchword" } });
    expect((await send(fixture, authority, credential)).status).toBe(401);
    expect(await fixture.adapter.revoke(credential, contextOf(fixture))).toBe("already_dead");
    expect(secretsOf(fixture)).toHaveLength(1);
  });

  test("whose Secret waits for a finalizer is not said to be dead: for a minute it is not", async () => {
    let now = Date.now();
    await using fixture = await kubernetesFixture({ twin: { clock: { now: () => now } } });
    const authority = planned(fixture, "pods.get", { name: "web-1" });
    const { credential } = await fixture.adapter.mint(authority, contextOf(fixture));
    const [secret] = secretsOf(fixture);
    if (secret !== undefined)
      fixture.twin.apply({ ...secret, metadata: { ...secret.metadata, finalizers: ["example.com/keep"] } });
    expect(await fixture.adapter.revoke(credential, contextOf(fixture))).toBe("unknown");
    expect((await send(fixture, authority, credential)).status).toBe(200);
    now += 61_000;
    expect((await send(fixture, authority, credential)).status).toBe(401);
  });

  test("that an API server has just seen may be taken for as long as it remembers, and no longer", async () => {
    let now = Date.now();
    await using fixture = await kubernetesFixture({
      twin: { clock: { now: () => now }, tokenCacheSeconds: 10 },
    });
    const authority = planned(fixture, "pods.get", { name: "web-1" });
    const { credential } = await fixture.adapter.mint(authority, contextOf(fixture));
    expect(await fixture.adapter.revoke(credential, contextOf(fixture))).toBe("revoked");
    expect((await send(fixture, authority, credential)).status).toBe(200);
    now += 10_000;
    expect((await send(fixture, authority, credential)).status).toBe(401);
  });

  test("lives ten minutes at most, also where nobody ends it", async () => {
    let now = Date.now();
    await using fixture = await kubernetesFixture({ twin: { clock: { now: () => now } } });
    const authority = planned(fixture, "pods.get", { name: "web-1" });
    const minted = await fixture.adapter.mint(authority, contextOf(fixture));
    expect((minted.nativeExpiresAt ?? 0) - Math.floor(now / 1000)).toBe(600);
    now += 600_000;
    expect((await send(fixture, authority, minted.credential)).status).toBe(401);
  });

  test("of one tenant opens nothing of another, though all names are the same", async () => {
    await using fixture = await kubernetesFixture();
    const authority = planned(fixture, "pods.get", { name: "web-1" });
    const { credential } = await fixture.adapter.mint(authority, contextOf(fixture));
    const theirs = { ...authority, resource: { namespace: "globex" } };
    const answer = await send(fixture, theirs, credential);
    expect([answer.status, await answer.json()]).toMatchObject([403, { reason: "Forbidden", code: 403 }]);
    for (const namespace of ["globex", "Acme", "acme ", "acmé", "acme-watchword"]) {
      const refusal = await refusalOf(() =>
        fixture.adapter.complete(
          newAction({ system: "cluster", operation: "pods.list", resource: { namespace }, arguments: {} }),
          { owners: {}, values: {} },
          "acme",
        ),
      );
      expect(refusal.reason, namespace).toBe("tenant_mismatch");
    }
  });

  test("of a read does nothing else: every write of the catalogue is refused to it", async () => {
    await using fixture = await kubernetesFixture();
    const reader = await fixture.adapter.mint(
      planned(fixture, "pods.get", { name: "web-1" }),
      contextOf(fixture),
    );
    for (const entry of Object.values(fixture.adapter.catalogue.operations)) {
      if (entry.name === "pods.get") continue;
      const authority = planned(fixture, entry.name, parseArguments(entry, entry.example));
      const answer = await send(fixture, authority, reader.credential);
      expect(answer.status, entry.name).toBe(403);
    }
    expect(fixture.twin.requests.filter(({ kind }) => kind === "effect")).toEqual([]);
  });
});

describe("a restart", () => {
  test("is marked with its decision, and so is one for each", async () => {
    await using fixture = await kubernetesFixture();
    const authority = planned(fixture, "deployments.restart", { name: "web" });
    const { credential } = await fixture.adapter.mint(authority, contextOf(fixture));
    const restart = (decisionId: string) => {
      const { url, method, headers, body } = fixture.adapter.inject(
        fixture.adapter.enforce(authority, BLANK, { ...STAMP, decisionId }),
        credential,
      );
      return fetch(url, { method, headers, body: new Uint8Array(body ?? []) });
    };
    for (const decision of ["dec_1", "dec_1", "dec_2"]) expect((await restart(decision)).status).toBe(200);
    const deployment = fixture.twin.find("Deployment", "acme", "web");
    expect([deployment?.metadata.generation, deployment?.["spec"]]).toMatchObject([
      3,
      { replicas: 2, template: { metadata: { annotations: { "watchword/decision": "dec_2" } } } },
    ]);
  });
});

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
