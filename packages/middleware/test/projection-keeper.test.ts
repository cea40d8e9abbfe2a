import {
  type PolicyProjections,
  type Signer,
  agentUri,
  generateSigner,
  numericDate,
  signToken,
  verifyProof,
} from "@watchword/core";
import { parsePolicy, projectPolicy } from "@watchword/policy";
import { beforeAll, describe, expect, test } from "vitest";
import { type AskingRun, ProjectionKeeper } from "../src/projection-keeper.ts";

const ISSUER = "https://broker.example";
const policy = parsePolicy([
  {
    name: "policy.yaml",
    text: `watchword: 1
systems: { orders: { adapter: jwt } }
agents: { support: {} }
workloads: { app: { identity: { localKey: app }, agents: [support], tenant: { fixed: acme } } }
grants:
  - { id: read, agent: support, operation: orders/orders.read, resource: { tenant: "\${tenant.id}" }, lease: { action: 30s } }
`,
  },
]);

let published: Signer;
let stranger: Signer;
let run: AskingRun;
let now = 1_800_000_000;
beforeAll(async () => {
  [published, stranger] = await Promise.all([generateSigner("published"), generateSigner("published-later")]);
  run = {
    frame: { agent: "support@3" } as AskingRun["frame"],
    broker: { issuer: ISSUER } as AskingRun["broker"],
    clock: { now: () => now * 1_000 },
    signer: await generateSigner(),
    runToken: () => "run-token",
  };
});

const claimsOf = (change: object = {}): object => ({
  iss: ISSUER,
  aud: agentUri("support@3"),
  iat: now,
  exp: now + 600,
  policy_version: policy.version,
  epoch: 1,
  projection: projectPolicy(policy, ["support"]),
  ...change,
});

/** A broker that says what a test wants, and counts what it is asked. */
function source(
  token: () => Promise<string>,
  keys: () => readonly Signer[] = () => [published],
): PolicyProjections & { readonly asked: { tags: (string | undefined)[]; keys: number } } {
  const asked = { tags: [] as (string | undefined)[], keys: 0 };
  return {
    asked,
    current: async ({ etag, dpop, runToken }) => {
      const url = `${ISSUER}/policy/projection`;
      await verifyProof(await dpop(), { method: "GET", url, token: runToken }, numericDate(run.clock));
      asked.tags.push(etag);
      return etag === "tag" ? "unchanged" : { etag: "tag", token: await token() };
    },
    keys: async () => {
      asked.keys += 1;
      return keys().map(({ keyId: kid, publicJwk }) => ({ ...publicJwk, kid }));
    },
    report: async () => 0,
  };
}

const sign =
  (change?: object, signer = published, typ = "policy-projection+jwt") =>
  (): Promise<string> =>
    signToken(signer, typ, claimsOf(change));

describe("a projection is kept when it is signed by a published key for this very agent", () => {
  test("and its tag is asked with from then on, when half of its time is over", async () => {
    const broker = source(sign());
    const keeper = new ProjectionKeeper(broker);
    const failures: unknown[] = [];
    const current = (): ReturnType<ProjectionKeeper["current"]> =>
      keeper.current(run, (error) => void failures.push(error));
    expect((await current())?.policyVersion).toBe(policy.version);
    await current();
    expect(broker.asked).toEqual({ tags: [undefined], keys: 1 });
    now += 300;
    expect((await current())?.policyVersion).toBe(policy.version);
    await keeper.settled("support@3");
    expect(broker.asked).toEqual({ tags: [undefined, "tag"], keys: 1 });
    now += 300;
    expect(await current()).toBeUndefined();
    expect(failures).toEqual([]);
  });

  test("also when the key is newer than those that are known: they are looked for once more", async () => {
    let keys = [published];
    let signer = published;
    const broker = source(
      () => signToken(signer, "policy-projection+jwt", claimsOf()),
      () => keys,
    );
    const keeper = new ProjectionKeeper(broker);
    const fail = (error: unknown): void => {
      throw new Error("failed", { cause: error });
    };
    expect(await keeper.current(run, fail)).toBeDefined();
    keeper.saw("support@3", "another");
    [keys, signer] = [[published, stranger], stranger];
    await keeper.refresh(run, fail);
    expect(await keeper.current(run, fail)).toBeDefined();
    expect(broker.asked.keys).toBe(2);
  });

  test.for<{ name: string; token: () => () => Promise<string>; reason: string }>([
    { name: "by a key that is not published", token: () => sign({}, stranger), reason: "token_untrusted" },
    {
      name: "of another broker",
      token: () => sign({ iss: "https://other.example" }),
      reason: "token_untrusted",
    },
    {
      name: "for another agent",
      token: () => sign({ aud: agentUri("reader@1") }),
      reason: "token_wrong_audience",
    },
    {
      name: "for another version of it",
      token: () => sign({ aud: agentUri("support@4") }),
      reason: "token_wrong_audience",
    },
    {
      name: "of another kind",
      token: () => sign({}, published, "agent-run+jwt"),
      reason: "token_wrong_type",
    },
    { name: "that is over", token: () => sign({ iat: now - 700, exp: now - 100 }), reason: "token_expired" },
    { name: "for a day", token: () => sign({ exp: now + 86_400 }), reason: "token_expired" },
    {
      name: "of another shape",
      token: () => sign({ projection: { projection: 2 } }),
      reason: "token_malformed",
    },
    {
      name: "of another policy than it says",
      token: () => sign({ policy_version: "A".repeat(43) }),
      reason: "token_malformed",
    },
    {
      name: "that is not about the agent",
      token: () => sign({ projection: { ...projectPolicy(policy, ["support"]), agents: ["reader"] } }),
      reason: "token_malformed",
    },
  ])("and not $name", async ({ token, reason }) => {
    const keeper = new ProjectionKeeper(source(token()));
    const failures: unknown[] = [];
    expect(await keeper.current(run, (error) => void failures.push(error))).toBeUndefined();
    expect(failures).toMatchObject([{ reason }]);
  });
});
