import { type KubernetesOptions, kubernetes } from "@watchword/adapter-kubernetes";
import { newAction, parseArguments } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { BLANK, STAMP, contextOf, planned, refusalOf, secretsOf, send } from "./kubernetes-acts.ts";
import { ORIGIN, kubernetesFixture } from "./kubernetes-fixture.ts";

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
