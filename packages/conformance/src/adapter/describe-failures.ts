import { type Operation, SealedCredential } from "@watchword/core";
import { describe, expect, test } from "vitest";
import type { MakeAdapterFixture, TwinFailure } from "./adapter-fixture.ts";
import { findCanary } from "./find-canary.ts";
import {
  BLANK,
  STAMP,
  actionFor,
  contextFor,
  looksUp,
  operationsOf,
  planLive,
  sendOutbound,
} from "./plan-live.ts";
import { refusalOf } from "./refusal-of.ts";

/** Failures of the system below: the right reason, no effect that is not told, no secret in any error. */
export function describeFailures(make: MakeAdapterFixture): void {
  describe("looking up facts", () => {
    const failures: readonly { mode: TwinFailure; reason: string }[] = [
      { mode: "down", reason: "downstream_unavailable" },
      { mode: "slow", reason: "downstream_unavailable" },
      { mode: "garbage", reason: "downstream_unavailable" },
      { mode: "429", reason: "downstream_unavailable" },
      { mode: "500", reason: "downstream_unavailable" },
      { mode: "redirect", reason: "downstream_refused" },
    ];
    test.for(failures)("the system is $mode: $reason, without effect or secret", async ({ mode, reason }) => {
      await using fixture = await make();
      fixture.twin.fail(mode);
      const look = async (entry: Operation): Promise<void> => {
        const signal = mode === "slow" ? AbortSignal.timeout(150) : new AbortController().signal;
        const before = performance.now();
        const refusal = await refusalOf(() =>
          fixture.adapter.resolve(actionFor(fixture, entry), contextFor(fixture.own, signal)),
        );
        // An adapter that reads "too much" itself may say so.
        const reasons = mode === "429" ? [reason, "rate_limited"] : [reason];
        expect(reasons, entry.name).toContain(refusal.reason);
        if (mode === "slow")
          expect(performance.now() - before, "the caller's signal is heeded").toBeLessThan(900);
        expect(findCanary(fixture, refusal), entry.name).toBeUndefined();
      };
      const lookups = operationsOf(fixture).filter((entry) => looksUp(fixture, entry));
      // At once: a system that never answers costs each of them the whole of its time.
      if (mode === "slow") await Promise.all(lookups.map(look));
      else for (const entry of lookups) await look(entry);
      expect(
        fixture.twin.requests.filter(
          (request) => request.kind === "effect" || request.path.includes("redirected"),
        ),
      ).toEqual([]);
    });

    test("a lookup gives up after a second of its own", async () => {
      await using fixture = await make();
      const entry = operationsOf(fixture).find((candidate) => looksUp(fixture, candidate));
      if (entry === undefined) return;
      fixture.twin.fail("slow");
      const before = performance.now();
      const refusal = await refusalOf(() =>
        fixture.adapter.resolve(actionFor(fixture, entry), contextFor(fixture.own)),
      );
      expect(refusal.reason).toBe("downstream_unavailable");
      expect(performance.now() - before).toBeLessThan(3_000);
    });

    test.for(["unauthenticated", "unpermitted"] as const)(
      "an %s key is refused, with what is required and what is held",
      async (which) => {
        await using fixture = await make();
        for (const entry of operationsOf(fixture)) {
          if (!looksUp(fixture, entry)) continue;
          const refusal = await refusalOf(() =>
            fixture.adapter.resolve(actionFor(fixture, entry), contextFor(fixture[which])),
          );
          expect(refusal.reason, entry.name).toBe("downstream_refused");
          expect(refusal.message, entry.name).toMatch(/required.*held/);
          expect(findCanary(fixture, refusal), entry.name).toBeUndefined();
        }
      },
    );

    test("a key that cannot stand in a header shows up in no error", async () => {
      await using fixture = await make();
      if (fixture.adapter.capabilities.rootSecret === "none") return;
      const secret = fixture.own.secret.open((text) => new SealedCredential(`${text}\r\nx-leak: 1`));
      for (const entry of operationsOf(fixture)) {
        if (!looksUp(fixture, entry)) continue;
        const refusal = await refusalOf(() =>
          fixture.adapter.resolve(actionFor(fixture, entry), contextFor({ ...fixture.own, secret })),
        );
        expect(findCanary(fixture, refusal), entry.name).toBeUndefined();
      }
    });
  });

  describe("outcomes", () => {
    test("a request that passes is done, once, with the ids of what it touched", async () => {
      for (const name of await operationNames(make)) {
        await using fixture = await make();
        const { authority, response } = await perform(fixture, name);
        const outcome = fixture.adapter.outcomeOf(authority, response);
        expect(outcome.effect, name).toBe("done");
        const effects = fixture.twin.requests.filter((request) => request.kind === "effect");
        expect(effects.length, name).toBe(authority.access === "write" ? 1 : 0);
        if (authority.access === "write") expect(Object.keys(outcome.ids), name).not.toEqual([]);
      }
    });

    test.for(["500-after-effect", "drop-after-effect", "down", "500"] as const)(
      "a write under %s has an unknown outcome",
      async (mode) => {
        for (const name of await writeNames(make)) {
          await using fixture = await make();
          const { authority, response } = await perform(fixture, name, { mode });
          expect(fixture.adapter.outcomeOf(authority, response), name).toMatchObject({
            effect: "unknown",
            ids: {},
          });
        }
      },
    );

    test.for(["unauthenticated", "unpermitted"] as const)(
      "a write with an %s key definitely had no effect",
      async (which) => {
        for (const name of await writeNames(make)) {
          await using fixture = await make();
          const { authority, response } = await perform(fixture, name, { secret: which });
          expect(fixture.adapter.outcomeOf(authority, response), name).toMatchObject({
            effect: "none",
            ids: {},
          });
          expect(
            fixture.twin.requests.filter((request) => request.kind === "effect"),
            name,
          ).toEqual([]);
        }
      },
    );

    test("an answer that is not the system's own proves nothing about a write", async () => {
      await using fixture = await make();
      for (const entry of operationsOf(fixture)) {
        const authority = await planLive(fixture, entry);
        if (authority.access !== "write") continue;
        for (const status of [200, 302, 404, 502]) {
          const outcome = fixture.adapter.outcomeOf(authority, {
            status,
            headers: {},
            body: new TextEncoder().encode("<html>"),
          });
          expect(outcome.effect, `${entry.name} ${status}`).toBe("unknown");
        }
      }
    });
  });

  describe("custody", () => {
    test("revoking tells what the capabilities promise", async () => {
      await using fixture = await make();
      const { adapter, own } = fixture;
      const [entry] = operationsOf(fixture);
      if (entry === undefined) return;
      const minted = await adapter.mint(await planLive(fixture, entry), contextFor(own));
      const outcome = await adapter.revoke(minted.credential, contextFor(own));
      const { custody, revoke } = adapter.capabilities;
      const ended = ["revoked", "already_dead"];
      // Of what may be released, what never left ended with its lease.
      const unended = custody === "gateway" ? ["injected_only"] : ["unsupported", "injected_only"];
      expect(revoke === "none" ? unended : ended).toContain(outcome);
    });

    test("no secret shows in the adapter, a mint, an enforced request or a residual", async () => {
      await using fixture = await make();
      const { adapter, own } = fixture;
      const credentials: SealedCredential[] = [];
      for (const entry of operationsOf(fixture)) {
        const authority = await planLive(fixture, entry);
        const minted = await adapter.mint(authority, contextFor(own));
        credentials.push(minted.credential);
        const shown = [
          minted,
          adapter.enforce(authority, BLANK, STAMP),
          adapter.residual(authority),
          contextFor(own).connection,
        ];
        for (const value of shown)
          expect(findCanary(fixture, value, minted.credential), entry.name).toBeUndefined();
        const injected = adapter.inject(adapter.enforce(authority, BLANK, STAMP), minted.credential);
        if (fixture.signs === true)
          expect(
            injected.headers["authorization"],
            "the check itself sees that something was injected",
          ).toBeDefined();
        expect(
          findCanary(fixture, injected, minted.credential) === undefined,
          "the check itself sees an injected secret",
        ).toBe(fixture.signs === true);
        const { url } = injected;
        expect(findCanary(fixture, { url }, minted.credential), "never in a URL").toBeUndefined();
      }
      // Schemas are the catalogue's, and long to look through; a secret would be among what an adapter was made of.
      const { catalogue, ...made } = adapter;
      const names = Object.keys(catalogue.operations);
      expect(findCanary(fixture, { ...made, names }, ...credentials)).toBeUndefined();
    });
  });
}

async function operationNames(make: MakeAdapterFixture): Promise<readonly string[]> {
  await using fixture = await make();
  return operationsOf(fixture).map((entry) => entry.name);
}

/** The operations that change something: of reads the rest of an outcome's rules asks nothing. */
async function writeNames(make: MakeAdapterFixture): Promise<readonly string[]> {
  await using fixture = await make();
  return operationsOf(fixture).flatMap((entry) => (entry.access === "write" ? [entry.name] : []));
}

type Fixture = Awaited<ReturnType<MakeAdapterFixture>>;

async function perform(
  fixture: Fixture,
  name: string,
  changes: { mode?: TwinFailure; secret?: "unauthenticated" | "unpermitted" } = {},
) {
  const { adapter, own, twin } = fixture;
  const entry = operationsOf(fixture).find((candidate) => candidate.name === name);
  if (entry === undefined) throw new TypeError(`no operation ${name}`);
  const authority = await planLive(fixture, entry);
  const minted = await adapter.mint(authority, contextFor(own));
  const { secret } = changes;
  const credential =
    secret === undefined ? minted.credential : (fixture.credentials?.[secret] ?? fixture[secret].secret);
  if (changes.mode !== undefined) twin.fail(changes.mode);
  const response = await sendOutbound(adapter.inject(adapter.enforce(authority, BLANK, STAMP), credential));
  return { authority, response };
}
