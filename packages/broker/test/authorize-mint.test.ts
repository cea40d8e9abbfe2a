import {
  type AdapterContext,
  type Authority,
  type Minted,
  type Reason,
  Refusal,
  SealedCredential,
} from "@watchword/core";
import { expect, test } from "vitest";
import { MintFailure, type MintPermit, authorizeMint, withdraw } from "../src/authorize-mint.ts";
import { type MintingSystem, mintingSystem } from "./minting-system.ts";

const authority: Authority = {
  system: "tickets",
  operation: "tickets.close",
  access: "write",
  resource: { account: "acct_1" },
  arguments: { ticket: "t_1" },
  native: { scope: "close" },
};
// Only a committed intent makes one; here nothing is recorded, and nothing is reached but this system.
const permit = { decisionId: "dec_1", authority } as MintPermit;
const holds = async (): Promise<void> => undefined;

function contextOf(signal = new AbortController().signal): AdapterContext {
  return {
    connection: { account: "acct_1", secret: new SealedCredential("root"), settings: {} },
    fetch: () => Promise.reject(new Error("nothing is sent")),
    clock: { now: () => 1_800_000_000_000 },
    signal,
  } as unknown as AdapterContext;
}

/** The failure that a mint ends with: its reason, failed fact, detail, and whether surely nothing was issued. */
async function failureOf(
  system: MintingSystem,
  more: { stillHolds?: () => Promise<void>; adapter?: Partial<MintingSystem["adapter"]> } = {},
): Promise<{ reason: Reason; fact: string | undefined; detail: string; definite: boolean }> {
  const adapter = { ...system.adapter, ...more.adapter };
  const error: unknown = await authorizeMint(permit, adapter, contextOf(), more.stillHolds ?? holds).then(
    () => "minted",
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof MintFailure)) throw new Error("expected a MintFailure", { cause: error });
  const { refusal, definite, name, message } = error;
  expect([name, message]).toEqual(["MintFailure", refusal.message]);
  return { reason: refusal.reason, fact: refusal.failedFact, detail: refusal.message, definite };
}

test("what was decided is minted, and handed on as the system gave it", async () => {
  const system = mintingSystem();
  const minted: Minted = await authorizeMint(permit, system.adapter, contextOf(), holds);
  expect(minted.granted).toEqual(authority);
  expect([system.minted, system.living.size]).toEqual([1, 1]);
});

test("what no longer holds is refused for its own reason before anything is minted: surely nothing was issued", async () => {
  const system = mintingSystem();
  const stillHolds = (): Promise<void> => Promise.reject(new Refusal("eval_red"));
  expect(await failureOf(system, { stillHolds })).toMatchObject({ reason: "eval_red", definite: true });
  expect(system.minted).toBe(0);
});

test("a look that breaks is a refusal, too, and says what it was about", async () => {
  const system = mintingSystem();
  const stillHolds = (): Promise<void> => Promise.reject(new TypeError("undefined is not a commit"));
  expect(await failureOf(system, { stillHolds })).toMatchObject({
    reason: "internal",
    fact: "evidence",
    definite: true,
  });
  expect(system.minted).toBe(0);
});

test("a system that refuses has surely issued nothing", async () => {
  const system = mintingSystem();
  system.behave = { mint: "refuse" };
  expect(await failureOf(system)).toMatchObject({ reason: "downstream_refused", definite: true });
});

test("a system that breaks off may have issued something: never definite, and no text of it is kept", async () => {
  const system = mintingSystem();
  system.behave = { mint: "break" };
  const failure = await failureOf(system);
  expect(failure).toMatchObject({ reason: "downstream_unavailable", fact: "credential", definite: false });
  expect(failure.detail).not.toContain("canary");
});

test("what is wider is revoked and refused, and the refusal says how the revocation went", async () => {
  const system = mintingSystem();
  system.behave = { mint: "wider" };
  expect(await failureOf(system)).toEqual({
    reason: "credential_wider",
    fact: "credential",
    detail: expect.stringMatching(/more than was planned; revocation: revoked$/),
    definite: false,
  });
  expect([system.minted, system.living.size]).toEqual([1, 0]);
});

test("what is wider and cannot be revoked is refused all the same, and said to be unknown", async () => {
  const system = mintingSystem();
  system.behave = { mint: "wider", revoke: "fail" };
  expect(await failureOf(system)).toMatchObject({
    reason: "credential_wider",
    detail: expect.stringMatching(/revocation: unknown$/),
  });
  expect(system.living.size).toBe(1);
});

test("an adapter that cannot compare has not shown that a credential is narrow: it is revoked", async () => {
  const system = mintingSystem();
  const covers = (): boolean => {
    throw new TypeError("no scope");
  };
  expect(await failureOf(system, { adapter: { covers } })).toMatchObject({ reason: "credential_wider" });
  expect(system.living.size).toBe(0);
});

test("the comparison is whether what was decided covers what was granted, never the other way around", async () => {
  const asked: Authority[][] = [];
  const system = mintingSystem();
  system.behave = { mint: "wider" };
  const covers = (...given: [Authority, Authority]): boolean => asked.push(given) === 0;
  await failureOf(system, { adapter: { covers } });
  expect(asked).toEqual([[authority, { ...authority, native: { scope: "admin" } }]]);
});

test("revoking has time of its own, whatever became of the mint's, and everything else of the mint's", async () => {
  const { adapter } = mintingSystem();
  const context = contextOf(AbortSignal.abort());
  const seen: AdapterContext[] = [];
  const revoke: typeof adapter.revoke = async (_credential, given) => {
    seen.push(given);
    return "revoked";
  };
  expect(await withdraw({ ...adapter, revoke }, new SealedCredential("tok"), context)).toBe("revoked");
  expect(seen[0]?.signal.aborted).toBe(false);
  expect({ ...seen[0], signal: context.signal }).toEqual(context);
});
