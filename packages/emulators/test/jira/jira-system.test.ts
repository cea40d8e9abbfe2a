import { type Adapter, type Connection, systemClock } from "@watchword/core";
import { jiraSystem } from "@watchword/emulators/jira";
import { expect, test } from "vitest";

const WORLD = { clock: systemClock, name: "tracker" };
/** An adapter is a value here: what the factory was told comes back as its origins. */
const factory = (twin: { baseUrl: string; authUrl: string }): Adapter =>
  ({ name: "jira", origins: Object.values(twin) }) as unknown as Adapter;
const secretOf = ({ secret }: Connection): string => secret.open((text) => text);

test("each world has a twin and credentials of its own, to which the adapter is wired", async () => {
  const start = jiraSystem(factory);
  await using one = await start(WORLD);
  await using other = await start(WORLD);
  expect(one.adapter.origins).toEqual([one.twin.url, one.twin.url]);
  expect(secretOf(one.own)).toMatch(/canary_/);
  expect(secretOf(one.own)).not.toBe(secretOf(other.own));
  expect(one.own).toMatchObject({ tenant: "acme", system: "tracker" });
  expect(one.other.account).not.toBe(one.own.account);
});

test("both tenants have the same keys, further ones are the tenant's own, and a neighbour is there", async () => {
  await using system = await jiraSystem(factory, { tenants: { own: "blue", other: "red" }, project: "WEB" })(
    WORLD,
  );
  expect(system.own.tenant).toBe("blue");
  const named = (system.more["comments.add"] ?? []).flatMap(({ issue }) =>
    typeof issue === "string" ? [issue] : [],
  );
  expect(named).toHaveLength(8);
  for (const site of [system.own.account, system.other.account])
    for (const key of [...named, "WEB-1"]) expect(system.twin.issue(site, key)?.key).toBe(key);
  expect(system.resource.own).toEqual({ site: system.own.account, project: "WEB" });
  expect(system.twin.issue(system.own.account, `${system.neighbour["project"] ?? ""}-1`)).toBeDefined();
});
