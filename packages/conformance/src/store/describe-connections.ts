import type { ConnectionOutcome, ConnectionRecord, RenewedSecret } from "@watchword/core";
import { describe, expect } from "vitest";
import type { MakeStorePlace } from "./store-place.ts";
import { NOW, type StoreScenario, entryOf } from "./store-scenario.ts";
import { storeTest } from "./store-test.ts";

/** Connections: one account is one tenant's, nobody overwrites what they have not seen, and old secrets go away. */
export function describeConnections(make: MakeStorePlace): void {
  describe("a connection", () => {
    storeTest(
      make,
      "is one per tenant and system, and each change raises the tenant's epoch",
      async ({ scenario }) => {
        const { store } = scenario;
        await register(scenario, "acme");
        const before = (await store.epochs(["tenant:acme"]))["tenant:acme"] ?? 0;
        const first = connectionOf({ settings: { region: "eu" } });
        expect(await put(scenario, first)).toBe("put");
        const second = connectionOf({
          account: "acct_2",
          sealed: new Uint8Array([7]),
          fingerprint: "second",
          revision: 2,
          earlier: { sealed: first.sealed, fingerprint: first.fingerprint, until: NOW + 60 },
        });
        expect(await put(scenario, second)).toBe("put");
        expect(await store.connections("acme")).toEqual([second]);
        expect((await store.epochs(["tenant:acme"]))["tenant:acme"]).toBe(before + 2);
      },
    );

    storeTest(make, "of another tenant is given to nobody", async ({ scenario }) => {
      await register(scenario, "acme", "globex");
      await put(scenario, connectionOf());
      expect(await scenario.store.connections("globex")).toEqual([]);
    });

    storeTest(
      make,
      "is not changed by whoever has not seen its last revision, and nothing is recorded",
      async ({ scenario }) => {
        const { store } = scenario;
        await register(scenario, "acme");
        expect(await put(scenario, connectionOf({ revision: 2 }))).toBe("stale");
        expect(await store.connections("acme")).toEqual([]);
        const first = connectionOf();
        await put(scenario, first);
        const [records, epochs] = [await scenario.kinds(), await store.epochs(["tenant:acme"])];
        for (const revision of [0, 1, 3])
          expect(await put(scenario, connectionOf({ account: "acct_other", revision }))).toBe("stale");
        expect(await store.connections("acme")).toEqual([first]);
        expect([await scenario.kinds(), await store.epochs(["tenant:acme"])]).toEqual([records, epochs]);
      },
    );

    storeTest(make, "is changed once by 64 who saw the same revision over two replicas", async (place) => {
      const other = await place.again();
      await register(place.scenario, "acme");
      // Both have written before, so that neither is late.
      await put(other, connectionOf());
      const outcomes = await Promise.all(
        Array.from({ length: 64 }, (_, index) =>
          put(
            index % 2 === 0 ? place.scenario : other,
            connectionOf({ fingerprint: `of-${index}`, revision: 2 }),
          ),
        ),
      );
      expect(counted(outcomes)).toEqual({ put: 1, stale: 63, account_taken: 0 });
      const [kept] = (await other.store.connections("acme")) ?? [];
      expect(kept?.fingerprint).toBe(`of-${outcomes.indexOf("put")}`);
    });

    storeTest(
      make,
      "to one account has one of 64 tenants that ask at the same moment over two replicas",
      async (place) => {
        const tenants = Array.from({ length: 64 }, (_, index) => `tenant-${index}`);
        const other = await place.again();
        // Both have written before, so that neither is late.
        await Promise.all([
          register(place.scenario, ...tenants.slice(0, 32)),
          register(other, ...tenants.slice(32)),
        ]);
        const outcomes = await Promise.all(
          tenants.map((tenant, index) =>
            put(index % 2 === 0 ? place.scenario : other, connectionOf({ tenant })),
          ),
        );
        expect(counted(outcomes)).toEqual({ put: 1, stale: 0, account_taken: 63 });
        const connected = await Promise.all(
          tenants.map(async (tenant) => (await other.store.connections(tenant))?.length),
        );
        expect(connected.filter((count) => count === 1)).toHaveLength(1);
        expect(connected.indexOf(1)).toBe(outcomes.indexOf("put"));
      },
    );

    storeTest(
      make,
      "takes no other tenant's account by a change either; another system's account is another one, byte for byte",
      async ({ scenario }) => {
        await register(scenario, "acme", "globex");
        await put(scenario, connectionOf());
        const theirs = connectionOf({ tenant: "globex", account: "acct_2" });
        expect(await put(scenario, theirs)).toBe("put");
        const records = await scenario.kinds();
        expect(await put(scenario, { ...theirs, account: "acct_1", revision: 2 })).toBe("account_taken");
        expect(await scenario.kinds()).toEqual(records);
        expect(await scenario.store.connections("globex")).toEqual([theirs]);
        for (const [index, account] of ["ACCT_1", "acct_1 ", "acct_\u{17F}"].entries())
          expect(await put(scenario, { ...theirs, account, revision: index + 2 })).toBe("put");
        expect(await put(scenario, connectionOf({ tenant: "globex", system: "code" }))).toBe("put");
      },
    );

    storeTest(
      make,
      "may have another tenant's account where the adapter tells tenants apart within it, and only where that is said",
      async ({ scenario }) => {
        await register(scenario, "acme", "globex");
        await put(scenario, connectionOf());
        const theirs = connectionOf({ tenant: "globex" });
        const options = { sharedAccount: true };
        expect(await put(scenario, theirs)).toBe("account_taken");
        expect(await scenario.store.putConnection(theirs, entryOf("tenant", "globex"), options)).toBe("put");
      },
    );

    storeTest(make, "takes the accounts that it opens besides, from nobody and for itself", async (place) => {
      const { scenario } = place;
      await register(scenario, "acme", "globex", "initech");
      const more = (connection: ConnectionRecord, ...alsoAccounts: readonly string[]) =>
        scenario.store.putConnection(connection, entryOf("tenant", connection.tenant), { alsoAccounts });
      const theirs = connectionOf({ tenant: "globex", account: "acct_2" });
      expect(await more(connectionOf(), "acct_x", "acct_y", "acct_x")).toBe("put");
      expect(await put(scenario, theirs)).toBe("put");
      const records = await scenario.kinds();
      // What it opens besides is nobody else's account, and nobody else opens it besides; nor may it open theirs.
      expect(await more({ ...theirs, revision: 2 }, "acct_y")).toBe("account_taken");
      expect(await more({ ...theirs, revision: 2 }, "acct_1")).toBe("account_taken");
      expect(await put(scenario, connectionOf({ tenant: "initech", account: "acct_x" }))).toBe(
        "account_taken",
      );
      expect(await more(connectionOf({ revision: 2 }), "acct_2")).toBe("account_taken");
      expect(await scenario.kinds()).toEqual(records);
      expect(await more(connectionOf({ tenant: "initech", system: "code", account: "a" }), "acct_x")).toBe(
        "put",
      );
      expect(await more(connectionOf({ revision: 2 }), "acct_y")).toBe("put");
      expect(await put(scenario, connectionOf({ tenant: "initech", account: "acct_x" }))).toBe("put");
    });

    storeTest(make, "that gave its account up leaves it to others", async ({ scenario }) => {
      await register(scenario, "acme", "globex");
      await put(scenario, connectionOf());
      await put(scenario, connectionOf({ account: "acct_2", revision: 2 }));
      expect(await put(scenario, connectionOf({ tenant: "globex" }))).toBe("put");
    });

    storeTest(
      make,
      "has the secret that came of the use of the one before, for one of 16 who used the same over two replicas, and no epoch is raised",
      async (place) => {
        const { store } = place.scenario;
        const other = await place.again();
        await register(place.scenario, "acme");
        const earlier = { sealed: new Uint8Array([5]), fingerprint: "before", until: NOW + 60 };
        const first = connectionOf({ earlier });
        await put(other, first);
        const [records, epochs] = [await place.scenario.kinds(), await store.epochs(["tenant:acme"])];
        const renewed = (index: number, change: Partial<RenewedSecret> = {}): RenewedSecret => ({
          tenant: "acme",
          system: "payments",
          revision: 1,
          sealed: new Uint8Array([100 + index]),
          fingerprint: `renewed-${index}`,
          replaces: "first",
          ...change,
        });
        const outcomes = await Promise.all(
          Array.from({ length: 16 }, (_, index) =>
            (index % 2 === 0 ? store : other.store).renewSecret(renewed(index), entryOf("tenant")),
          ),
        );
        expect(outcomes.filter(Boolean)).toHaveLength(1);
        const { sealed, fingerprint } = renewed(outcomes.indexOf(true));
        expect(await other.store.connections("acme")).toEqual([{ ...first, sealed, fingerprint }]);
        for (const change of [
          { revision: 2 },
          { system: "code" },
          { tenant: "globex" },
          { replaces: "before" },
        ])
          expect(
            await store.renewSecret(renewed(77, { replaces: fingerprint, ...change }), entryOf("tenant")),
          ).toBe(false);
        expect(await store.epochs(["tenant:acme"])).toEqual(epochs);
        expect(await place.scenario.kinds()).toHaveLength(records.length + 1);
      },
    );

    storeTest(
      make,
      "forgets its earlier secret at its time, and that is recorded when there was one",
      async ({ scenario }) => {
        const { store } = scenario;
        await register(scenario, "acme", "globex", "initech");
        const earlier = (until: number) => ({ sealed: new Uint8Array([5]), fingerprint: "before", until });
        const due = connectionOf({ earlier: earlier(NOW + 60) });
        const later = connectionOf({ tenant: "globex", account: "acct_2", earlier: earlier(NOW + 61) });
        const none = connectionOf({ tenant: "initech", account: "acct_3" });
        for (const connection of [due, later, none]) await put(scenario, connection);
        const records = await scenario.kinds();
        const forget = (now: number) => store.forgetEarlierSecrets(now, entryOf("tenant", null));
        expect(await forget(NOW + 59)).toBe(0);
        expect(await scenario.kinds()).toEqual(records);
        expect(await forget(NOW + 60)).toBe(1);
        expect(await forget(NOW + 60)).toBe(0);
        expect(await store.connections("acme")).toEqual([{ ...due, earlier: null }]);
        expect(await store.connections("globex")).toEqual([later]);
        expect(await store.connections("initech")).toEqual([none]);
        expect(await scenario.kinds()).toHaveLength(records.length + 1);
        expect(await forget(NOW + 1_000)).toBe(1);
      },
    );
  });
}

function connectionOf(change: Partial<ConnectionRecord> = {}): ConnectionRecord {
  return {
    tenant: "acme",
    system: "payments",
    account: "acct_1",
    settings: {},
    sealed: new Uint8Array([9, 8]),
    fingerprint: "first",
    revision: 1,
    earlier: null,
    ...change,
  };
}

function put({ store }: StoreScenario, connection: ConnectionRecord): Promise<ConnectionOutcome> {
  return store.putConnection(connection, entryOf("tenant", connection.tenant));
}

async function register({ store }: StoreScenario, ...tenants: readonly string[]): Promise<void> {
  await Promise.all(tenants.map((tenant) => store.putTenant(tenant, entryOf("tenant", tenant))));
}

function counted(outcomes: readonly ConnectionOutcome[]): Record<ConnectionOutcome, number> {
  const count = (wanted: ConnectionOutcome): number => outcomes.filter((each) => each === wanted).length;
  return { put: count("put"), stale: count("stale"), account_taken: count("account_taken") };
}
