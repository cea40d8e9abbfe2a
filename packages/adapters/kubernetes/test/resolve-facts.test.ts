import { newAction } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { UID, contextOf, refusalOf, secretsOf, send } from "./kubernetes-acts.ts";
import { type Fixture, kubernetesFixture } from "./kubernetes-fixture.ts";

const deleting = (name: string, uid?: string) =>
  newAction({
    system: "cluster",
    operation: "pods.delete",
    resource: {},
    arguments: { name, ...(uid === undefined ? {} : { uid }) },
  });

async function plan(fixture: Fixture, action: ReturnType<typeof deleting>) {
  const { adapter, own } = fixture;
  const facts = await adapter.resolve(action, contextOf(fixture));
  return adapter.plan({ ...action, ...adapter.complete(action, facts, own.account) });
}

const uidOf = ({ twin }: Fixture, name: string): string | undefined =>
  twin.find("Pod", "acme", name)?.metadata.uid;

describe("the pod that ends", () => {
  test("is the one that was there when it was decided, not the next one of its name", async () => {
    await using fixture = await kubernetesFixture();
    const authority = await plan(fixture, deleting("web-1"));
    expect(authority.arguments).toEqual({ name: "web-1", uid: uidOf(fixture, "web-1") });
    const minted = await fixture.adapter.mint(authority, contextOf(fixture));
    fixture.twin.remove("Pod", "acme", "web-1");
    fixture.twin.apply({ apiVersion: "v1", kind: "Pod", metadata: { name: "web-1", namespace: "acme" } });
    expect((await send(fixture, authority, minted.credential)).status).toBe(409);
    expect(uidOf(fixture, "web-1")).toBeDefined();
    expect(fixture.twin.requests.filter(({ kind }) => kind === "effect")).toEqual([]);
    const again = await plan(fixture, deleting("web-1"));
    const next = await fixture.adapter.mint(again, contextOf(fixture));
    expect((await send(fixture, again, next.credential)).status).toBe(200);
    expect(uidOf(fixture, "web-1")).toBeUndefined();
  });

  test("is looked up by a token that reads and ends, and says what would make another", async () => {
    await using fixture = await kubernetesFixture({ operations: ["pods.delete"] });
    const controller = { kind: "StatefulSet", name: "db" };
    const ownerReferences = [
      { kind: "Node", name: "n" },
      { ...controller, controller: true },
    ];
    fixture.twin.apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "db-0", namespace: "acme", ownerReferences },
    });
    const facts = await fixture.adapter.resolve(deleting("db-0"), contextOf(fixture));
    expect(facts).toEqual({ owners: {}, values: { pod: { uid: uidOf(fixture, "db-0"), controller } } });
    expect(fixture.twin.requests.map(({ kind, user }) => [kind, user?.split(":").at(-1)])).toEqual([
      ["resolve", "watchword-broker"],
      ["resolve", "watchword-broker"],
      ["resolve", "watchword-pods-get"],
      ["resolve", "watchword-broker"],
    ]);
    expect([secretsOf(fixture), fixture.twin.tokens().filter(({ secret }) => secret !== undefined)]).toEqual([
      [],
      [],
    ]);
  });

  test("is not another than the action names, nor one that is not there, nor another tenant's", async () => {
    await using fixture = await kubernetesFixture();
    for (const action of [deleting("web-1", UID), deleting("web-9")]) {
      const refusal = await refusalOf(() => plan(fixture, action));
      expect([refusal.reason, refusal.failedFact]).toEqual(["condition_failed", "argument:uid"]);
    }
    const foreign = { ...deleting("web-1"), resource: { namespace: "globex" } };
    const before = fixture.twin.requests.length;
    expect((await refusalOf(() => plan(fixture, foreign))).reason).toBe("tenant_mismatch");
    expect(fixture.twin.requests).toHaveLength(before);
    expect(secretsOf(fixture)).toEqual([]);
  });

  test("is not looked up where no account may read it, and no Secret is left", async () => {
    await using fixture = await kubernetesFixture();
    fixture.twin.remove("RoleBinding", "acme", "watchword-pods-get");
    const refusal = await refusalOf(() => plan(fixture, deleting("web-1")));
    expect([refusal.reason, refusal.message]).toEqual([
      "downstream_refused",
      expect.stringMatching(/HTTP 403; required: leave to read it, .*pods\.get; held: an account without it/),
    ]);
    expect(secretsOf(fixture)).toEqual([]);
  });
});
