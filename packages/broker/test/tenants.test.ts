import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Finding, type Refusal, SealedCredential, type TokenAnswer } from "@watchword/core";
import { parsePolicy } from "@watchword/policy";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { MINTING_POLICY } from "./minting-system.ts";
import { refusalOf } from "./refusal-of.ts";
import { type RotatingSystem, close, rotatingSystem } from "./rotating-system.ts";
import { CANARY, LIVE_KEY, SECOND_CANARY, type TestWorld, type WorldOptions, world } from "./world.ts";

const WRONG = "root_canary_that_nobody_accepts_51d0";
const reasonOf = (answer: TokenAnswer): string => (answer.ok ? "allowed" : answer.reason);
const rotatedTo = (secret: string, account = "acct_acme") => ({ account, secret });

async function rotatingWorld(
  system: RotatingSystem = rotatingSystem([CANARY, SECOND_CANARY]),
  options: WorldOptions = {},
): Promise<TestWorld & { readonly system: RotatingSystem }> {
  const place = await world({
    policy: MINTING_POLICY,
    systems: () => ({ tickets: system.adapter }),
    ...options,
  });
  return Object.assign(place, { system });
}

/** What the ledger says of connections. */
async function changes(place: TestWorld): Promise<Record<string, unknown>[]> {
  const records = (await place.ledger()).filter(({ kind }) => kind === "tenant");
  return records.filter(({ body }) => body["outcome"] !== "registered").map(({ body }) => ({ ...body }));
}

const connectionOf = async (place: TestWorld, tenant = "acme") =>
  (await place.broker.tenants.connections(tenant)).find(({ system }) => system === "tickets");

describe("a new secret", () => {
  const refusals: { name: string; secret: string; check?: () => Promise<readonly Finding[]> }[] = [
    { name: "that the system does not know", secret: WRONG },
    {
      name: "whose account is another",
      secret: SECOND_CANARY,
      check: async () => [
        { severity: "ok", text: "it answers" },
        { severity: "error", text: "it works on another account" },
      ],
    },
    {
      name: "that the system cannot be asked about",
      secret: SECOND_CANARY,
      check: () => Promise.reject(new TypeError(`fetch failed for ${SECOND_CANARY}`)),
    },
  ];
  test.for(refusals)(
    "$name never becomes current: the one before goes on minting, and it is recorded",
    async ({ secret, check }) => {
      await using place = await rotatingWorld();
      const before = await connectionOf(place);
      if (check !== undefined) place.system.check = check;
      const refusal = await refusalOf(place.broker.tenants.connect("acme", "tickets", rotatedTo(secret)));
      expect(refusal.reason).toBe("connection_refused");
      expect(await connectionOf(place)).toEqual(before);
      expect(reasonOf(await place.act(await place.start(), close("t_1")))).toBe("allowed");
      expect([...place.system.living.values()]).toEqual([CANARY]);
      expect((await changes(place)).at(-1)).toMatchObject({
        outcome: "refused",
        system: "tickets",
        reason: "connection_refused",
      });
      expect(JSON.stringify([refusal.message, await place.ledger()])).not.toContain(secret);
    },
  );

  test("that the system does not answer about in time is refused, whether or not its adapter looks at the clock", async () => {
    await using place = await rotatingWorld();
    place.system.check = () => new Promise(() => undefined);
    const late = AbortSignal.abort();
    const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(late);
    try {
      const refusal = await refusalOf(
        place.broker.tenants.connect("acme", "tickets", rotatedTo(SECOND_CANARY)),
      );
      expect(refusal.reason).toBe("connection_refused");
    } finally {
      timeout.mockRestore();
    }
    expect(await connectionOf(place)).toMatchObject({ revision: 1, earlier: null });
  });

  test("is in no answer, error, record or file, accepted or not", async () => {
    await using place = await rotatingWorld();
    place.system.check = async () => [{ severity: "warning", text: `wider than needed: ${SECOND_CANARY}` }];
    const { tenants } = place.broker;
    const said: unknown[] = [
      await tenants.connect("acme", "tickets", rotatedTo(SECOND_CANARY)),
      (await refusalOf(tenants.connect("acme", "tickets", rotatedTo(WRONG)))).message,
      await tenants.check("acme", "tickets"),
      await tenants.connections("acme"),
      await tenants.import({
        watchword: 1,
        tenants: { globex: { connections: { tickets: rotatedTo(WRONG, "acct_globex") } } },
      }),
      await place.ledger(),
    ];
    for (const entry of await readdir(place.directory, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) said.push((await readFile(join(entry.parentPath, entry.name))).toString("latin1"));
    for (const secret of [CANARY, SECOND_CANARY, WRONG]) expect(JSON.stringify(said)).not.toContain(secret);
    expect(JSON.stringify(said)).toContain("quotes the secret");
  });

  test("of another kind than is allowed here is not even tried at the system", async () => {
    const system = rotatingSystem([CANARY, LIVE_KEY]);
    const careful: RotatingSystem = Object.assign(system, {
      adapter: {
        ...system.adapter,
        isLiveSecret: (secret: SealedCredential) => secret.open((text) => text === LIVE_KEY),
      },
    });
    await using place = await rotatingWorld(careful);
    const { checks } = place.system;
    const refusal = await refusalOf(place.broker.tenants.connect("acme", "tickets", rotatedTo(LIVE_KEY)));
    expect([refusal.reason, place.system.checks]).toEqual(["development_setting", checks]);
  });
});

describe("a connection that is there already", () => {
  test("changes and records nothing when it is put again, and its system is not even asked", async () => {
    await using place = await rotatingWorld();
    const [records, { checks }] = [await place.ledger(), place.system];
    const epochs = await place.store.epochs(["tenant:acme"]);
    place.system.check = () => Promise.reject(new Error("down"));
    await place.broker.tenants.put({ id: "acme", connections: { tickets: rotatedTo(CANARY) } });
    const again = await place.broker.tenants.connect("acme", "tickets", {
      account: "acct_acme",
      secret: new SealedCredential(CANARY),
      settings: {},
    });
    expect(again).toMatchObject({ change: "unchanged", revision: 1, findings: [] });
    expect(await place.ledger()).toEqual(records);
    expect(await place.store.epochs(["tenant:acme"])).toEqual(epochs);
    expect(place.system.checks).toBe(checks);
  });

  test("with other settings is changed, not rotated: no secret is called an earlier one", async () => {
    await using place = await rotatingWorld();
    const changed = await place.broker.tenants.connect("acme", "tickets", {
      ...rotatedTo(CANARY),
      settings: { region: "eu" },
    });
    expect(changed).toMatchObject({
      change: "changed",
      revision: 2,
      settings: { region: "eu" },
      earlier: null,
    });
    expect((await changes(place)).at(-1)).toMatchObject({ outcome: "changed", revision: 2 });
  });

  test("stays when whoever changes it saw another revision, or somebody else was faster: they are told so", async () => {
    await using place = await rotatingWorld(rotatingSystem([CANARY, SECOND_CANARY, "third"]));
    const { tenants } = place.broker;
    const stale = await refusalOf(
      tenants.connect("acme", "tickets", { ...rotatedTo(SECOND_CANARY), revision: 0 }),
    );
    expect(stale.reason).toBe("state_changed");
    // While the system looks at one, the other is put.
    place.system.check = async () => {
      place.system.check = async () => [];
      await tenants.connect("acme", "tickets", rotatedTo("third"));
      return [];
    };
    const slower = await refusalOf(tenants.connect("acme", "tickets", rotatedTo(SECOND_CANARY)));
    expect(slower.reason).toBe("state_changed");
    expect((await changes(place)).slice(-2).map(({ outcome }) => outcome)).toEqual(["rotated", "refused"]);
    expect(await connectionOf(place)).toMatchObject({ revision: 2 });
  });

  test("is the same for replicas that put it at once", async () => {
    await using place = await rotatingWorld();
    const put = (): Promise<{ readonly change: string }> =>
      place.broker.tenants.connect("acme", "tickets", rotatedTo(SECOND_CANARY));
    const put8 = await Promise.all(Array.from({ length: 8 }, put));
    expect(put8.map(({ change }) => change).toSorted()).toEqual([
      "rotated",
      ...Array.from({ length: 7 }, () => "unchanged"),
    ]);
    expect(await connectionOf(place)).toMatchObject({ revision: 2 });
  });
});

describe("a rotation", () => {
  test("under 32 parallel acts loses none, and what was minted with the old secret is ended with it", async () => {
    await using place = await rotatingWorld();
    const run = await place.start();
    const actions = Array.from({ length: 32 }, (_, index) => close(`t_${index}`));
    const first = place.act(run, close("t_before"));
    expect(reasonOf(await first)).toBe("allowed");
    const rotation = (async () => {
      await Promise.resolve();
      return place.broker.tenants.connect("acme", "tickets", rotatedTo(SECOND_CANARY));
    })();
    const answers = await Promise.all(actions.map((action) => place.act(run, action)));
    expect((await rotation).change).toBe("rotated");
    for (const [index, answer] of answers.entries()) {
      if (answer.ok) continue;
      // Decided by the state of before: void, and the same action may be asked for again.
      expect([answer.reason, answer.retryable]).toEqual(["state_changed", true]);
      const action = actions[index];
      if (action === undefined) throw new Error("no such action");
      expect(reasonOf(await place.act(run, action))).toBe("allowed");
    }
    expect(reasonOf(await place.act(run, close("t_after")))).toBe("allowed");
    expect(place.system.living.size).toBe(34);
    expect(new Set(place.system.living.values())).toEqual(new Set([CANARY, SECOND_CANARY]));
    place.clock.advance(61);
    expect(await place.broker.sweep()).toMatchObject({ ended: 34, waiting: 0 });
    expect(place.system.living.size).toBe(0);
    for (const { mintedWith, endedWith } of place.system.ended) expect(endedWith).toBe(mintedWith);
    const outcomes = (await place.ledger()).filter(({ kind }) => kind === "revocation");
    expect(new Set(outcomes.map(({ body }) => body["outcome"]))).toEqual(new Set(["revoked"]));
  });

  test("keeps the old secret for the longest lease and its revocation, then erases it, and both can be seen", async () => {
    await using place = await rotatingWorld();
    const before = await connectionOf(place);
    const now = Math.floor(place.clock.now() / 1_000);
    const rotated = await place.broker.tenants.connect("acme", "tickets", rotatedTo(SECOND_CANARY));
    expect(rotated.earlier).toEqual({
      fingerprint: before?.fingerprint,
      until: expect.any(Number) as number,
    });
    const until = rotated.earlier?.until ?? 0;
    // 60 s: the policy's longest lease; 300 s: how long ending it is tried; 60 s: a mint under way.
    expect(until - now).toBeGreaterThanOrEqual(420);
    expect(until - now).toBeLessThanOrEqual(421);
    place.clock.advance(400);
    await place.broker.sweep();
    expect((await connectionOf(place))?.earlier).toEqual(rotated.earlier);
    place.clock.advance(40);
    await place.broker.sweep();
    expect((await connectionOf(place))?.earlier).toBeNull();
    expect((await place.store.connections("acme"))?.map(({ earlier }) => earlier)).toEqual([null]);
    expect((await changes(place)).map(({ outcome }) => outcome).slice(-2)).toEqual([
      "rotated",
      "secrets_forgotten",
    ]);
    place.clock.advance(60);
    const records = (await place.ledger()).length;
    await place.broker.sweep();
    expect(await place.ledger()).toHaveLength(records);
  });

  test("keeps the old secret for leases of a policy that allowed longer ones, too", async () => {
    const longer = MINTING_POLICY.replace("action: 60s", "action: 9m");
    await using place = await rotatingWorld(rotatingSystem([CANARY, SECOND_CANARY]), { policy: longer });
    const now = Math.floor(place.clock.now() / 1_000);
    expect(reasonOf(await place.act(await place.start(), close("t_1")))).toBe("allowed");
    const { policies, tenants } = place.broker;
    const { version } = await policies.push(parsePolicy([{ name: "p.yaml", text: MINTING_POLICY }]), "olga");
    await policies.activate(version, "olga");
    const { earlier } = await tenants.connect("acme", "tickets", rotatedTo(SECOND_CANARY));
    expect((earlier?.until ?? 0) - now).toBeGreaterThanOrEqual(540 + 300);
    place.clock.advance(541);
    expect(await place.broker.sweep()).toMatchObject({ ended: 1, waiting: 0 });
    expect(place.system.ended).toEqual([{ mintedWith: CANARY, endedWith: CANARY }]);
  });

  test("before the time of the one before is over says that the oldest secret is gone", async () => {
    await using place = await rotatingWorld(rotatingSystem([CANARY, SECOND_CANARY, "third"]));
    const [first, { tenants }] = [await connectionOf(place), place.broker];
    const second = await tenants.connect("acme", "tickets", rotatedTo(SECOND_CANARY));
    const third = await tenants.connect("acme", "tickets", rotatedTo("third"));
    expect(third.earlier?.fingerprint).toBe(second.fingerprint);
    expect((await changes(place)).at(-1)).toMatchObject({
      outcome: "rotated",
      earlier: second.fingerprint,
      forgotten: first?.fingerprint,
    });
    const back = await tenants.connect("acme", "tickets", rotatedTo(SECOND_CANARY));
    expect([back.fingerprint, back.earlier?.fingerprint]).toEqual([second.fingerprint, third.fingerprint]);
    expect((await changes(place)).at(-1)).not.toHaveProperty("forgotten");
  });

  test("is none when the broker has other keys for fingerprints and the secret is the same", async () => {
    await using place = await rotatingWorld();
    const [record] = (await place.store.connections("acme")) ?? [];
    if (record === undefined) throw new Error("not connected");
    const entry = { kind: "tenant", at: place.clock.now(), tenant: "acme", body: {} } as const;
    await place.store.putConnection({ ...record, fingerprint: "another", revision: 2 }, entry);
    const again = await place.broker.tenants.connect("acme", "tickets", rotatedTo(CANARY));
    expect(again).toMatchObject({ change: "unchanged", revision: 2, earlier: null });
  });
});

describe("an account", () => {
  test("is never two tenants', however many ask at once; whose it is, is not said", async () => {
    await using place = await rotatingWorld();
    const { tenants } = place.broker;
    const ids = Array.from({ length: 8 }, (_, index) => `tenant-${index}`);
    for (const id of ids) await tenants.put({ id });
    const outcomes = await Promise.allSettled(
      ids.map((id) => tenants.connect(id, "tickets", rotatedTo(CANARY, "acct_shared"))),
    );
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(refused).toHaveLength(7);
    for (const { reason } of refused as { reason: Refusal }[]) {
      expect(reason.reason).toBe("connection_refused");
      expect(reason.message).toContain("acct_shared");
      for (const id of [...ids, "acme", "globex"]) expect(reason.message).not.toContain(id);
    }
    const states = await Promise.all(ids.map((id) => tenants.connections(id)));
    expect(states.filter((connections) => connections.length > 0)).toHaveLength(1);
  });

  test("is named by visible ASCII alone: nothing that looks like another", async () => {
    await using place = await rotatingWorld();
    for (const account of ["acct acme", "acct_\u0430cme", "acct_acme\n", "", "a".repeat(257)]) {
      const refusal = await refusalOf(
        place.broker.tenants.connect("acme", "tickets", rotatedTo(SECOND_CANARY, account)),
      );
      expect(refusal.reason, account).toBe("configuration_invalid");
    }
    expect(await connectionOf(place)).toMatchObject({ revision: 1 });
  });
});

describe("names of tenants and systems", () => {
  test("are exact: another spelling is another one, and unknown", async () => {
    await using place = await rotatingWorld();
    const { tenants } = place.broker;
    const connect = (tenant: string, system: string): Promise<Refusal> =>
      refusalOf(tenants.connect(tenant, system, rotatedTo(SECOND_CANARY)));
    expect((await connect("acme2", "tickets")).reason).toBe("tenant_unknown");
    expect((await connect("Acme", "tickets")).reason).toBe("configuration_invalid");
    expect((await connect("acmé", "tickets")).reason).toBe("configuration_invalid");
    expect((await connect("acme", "Tickets")).reason).toBe("unknown_target");
    expect((await connect("acme", "__proto__")).reason).toBe("unknown_target");
    expect((await refusalOf(tenants.connections("acme2"))).reason).toBe("tenant_unknown");
    expect((await refusalOf(tenants.check("acme2", "tickets"))).reason).toBe("tenant_unknown");
    expect(await tenants.list({ limit: 10 })).toEqual(["acme", "globex"]);
    expect(await tenants.list({ after: "acme", limit: 10 })).toEqual(["globex"]);
  });
});

describe("an import", () => {
  const document = (secret: string): object => ({
    watchword: 1,
    tenants: {
      initech: { connections: { tickets: rotatedTo(secret, "acct_initech") } },
      hooli: { connections: { tickets: rotatedTo(CANARY, "acct_hooli") } },
      empty: {},
    },
  });

  test("puts what is accepted and says what is not; again, it changes nothing", async () => {
    await using own = await rotatingWorld();
    const { tenants } = own.broker;
    const first = await tenants.import(document(WRONG));
    expect(first.tenants).toEqual(["initech", "hooli", "empty"]);
    expect(first.connections).toMatchObject([
      { tenant: "initech", outcome: "refused", reason: "connection_refused" },
      { tenant: "hooli", outcome: "connected", revision: 1 },
    ]);
    expect(await tenants.connections("initech")).toEqual([]);
    const second = await tenants.import(document(SECOND_CANARY));
    expect(second.connections.map(({ outcome }) => outcome)).toEqual(["connected", "unchanged"]);
    const records = await own.ledger();
    const third = await tenants.import(document(SECOND_CANARY));
    expect(third.connections.map(({ outcome }) => outcome)).toEqual(["unchanged", "unchanged"]);
    expect(await own.ledger()).toEqual(records);
    const rotated = await tenants.import(document(CANARY));
    expect(rotated.connections.map(({ outcome }) => outcome)).toEqual(["rotated", "unchanged"]);
  });

  let place: TestWorld;
  beforeAll(async () => {
    place = await rotatingWorld();
  });
  afterAll(() => place[Symbol.asyncDispose]());
  const tickets = rotatedTo(CANARY, "acct_initech");
  test.for([
    ["no version", { tenants: {} }, "configuration_invalid"],
    ["a member nobody knows", { watchword: 1, tenants: {}, more: 1 }, "configuration_invalid"],
    ["a tenant's name in capitals", { watchword: 1, tenants: { Initech: {} } }, "configuration_invalid"],
    [
      "a connection without a secret",
      { watchword: 1, tenants: { initech: { connections: { tickets: { account: "a" } } } } },
      "configuration_invalid",
    ],
    [
      "a system that is not there, in its last line",
      {
        watchword: 1,
        tenants: { initech: { connections: { tickets } }, hooli: { connections: { crm: tickets } } },
      },
      "unknown_target",
    ],
    [
      "one account for two tenants",
      {
        watchword: 1,
        tenants: { initech: { connections: { tickets } }, hooli: { connections: { tickets } } },
      },
      "configuration_invalid",
    ],
  ] as const)("with %s puts nothing of it, and says no secret", async ([, wrong, reason]) => {
    const records = await place.ledger();
    const refusal = await refusalOf(place.broker.tenants.import(wrong));
    expect(refusal.reason).toBe(reason);
    expect(refusal.message).not.toContain(CANARY);
    expect(await place.ledger()).toEqual(records);
    expect(await place.broker.tenants.list({ limit: 10 })).toEqual(["acme", "globex"]);
  });
});
