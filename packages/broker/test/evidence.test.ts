import { type EvidenceReading, type Reason, newAction } from "@watchword/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { brokerHttp } from "../src/http/index.ts";
import { HEAD, type MintingSystem, mintingSystem } from "./minting-system.ts";
import { type ResultChange, resultSigner, signedResult } from "./signed-result.ts";
import { CANARY, type TestRun, type TestWorld, world } from "./world.ts";

const ci = resultSigner();
const p256 = resultSigner("P-256");
const stranger = resultSigner();

const policyOf = (source: string, more = ""): string => `
watchword: 1
systems: { tickets: { adapter: minting } }
agents: { support: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support], tenant: { claim: org_id } }
evidence:
  evals: ${source}
grants:
  - id: close
    agent: support
    operation: tickets/tickets.close
    resource: { account: "\${tenant.tickets.account}" }
    where: { args.ticket: { ownedBy: tenant } }
    evidence: { source: evals, result: pass, commit: facts.head, maxAge: 2h }
${more}
    lease: { action: 60s }
`;
const CHECKS = policyOf(
  '{ issuer: github-actions, repositoryId: "123", workflow: .github/workflows/evals.yml, ref: refs/heads/main }',
);
const SIGNED = policyOf(`{ issuer: dsse, suite: safety, keys: ${JSON.stringify([ci.jwk, p256.jwk])} }`);

let place: TestWorld;
let system: MintingSystem;
let run: TestRun;

async function open(policy: string): Promise<void> {
  system = mintingSystem();
  place = await world({ policy, systems: () => ({ tickets: system.adapter }) });
  run = await place.start();
}
afterEach(() => place[Symbol.asyncDispose]());

const close = () =>
  newAction({ system: "tickets", operation: "tickets.close", resource: {}, arguments: { ticket: "t_1" } });
const reading = (state: EvidenceReading["state"], age = 60): EvidenceReading => ({
  state,
  finishedAt: state === "pass" || state === "fail" ? Math.floor(place.clock.now() / 1_000) - age : null,
  detail: "run 1",
});

/** Asked once: how it ended, and that a refusal left no credential behind and one record. */
async function outcome(): Promise<string> {
  const before = { minted: system.minted, living: system.living.size };
  const answer = await place.act(run, close());
  if (answer.ok) return "allowed";
  expect(system.minted, "nothing was minted").toBe(before.minted);
  expect(system.living.size).toBe(before.living);
  return answer.reason;
}

describe("a write behind an eval gate", () => {
  beforeEach(() => open(CHECKS));

  test("is allowed when the source is green for the head, and the ledger says which commit that was", async () => {
    system.evidence = [reading("pass")];
    expect(await outcome()).toBe("allowed");
    const intent = (await place.ledger()).find((record) => record.kind === "intent");
    expect(intent?.body["evidence"]).toEqual({ evals: { state: "pass", commit: HEAD } });
  });

  test("asks about the head that the broker read, with the source as the policy declares it, twice", async () => {
    system.evidence = [reading("pass")];
    await outcome();
    expect(system.asked).toEqual(
      Array.from({ length: 2 }, () => ({
        source: {
          issuer: "github-actions",
          check: "evals",
          repositoryId: "123",
          ownerId: undefined,
          workflow: ".github/workflows/evals.yml",
          ref: "refs/heads/main",
          events: ["push", "pull_request_target"],
        },
        commit: HEAD,
        resource: { account: "acct_acme" },
      })),
    );
  });

  test.for<[string, () => EvidenceReading | string, Reason]>([
    ["red", () => reading("fail"), "eval_red"],
    ["missing", () => reading("missing"), "eval_red"],
    ["still running", () => reading("pending"), "eval_pending"],
    ["too old", () => reading("pass", 7_201), "eval_red"],
    ["of the future", () => reading("pass", -3_600), "eval_red"],
    ["not to be read", () => `socket hang up at ${CANARY}`, "eval_red"],
  ])("is refused while evidence is %s", async ([, read, reason]) => {
    system.evidence = [read()];
    expect(await outcome()).toBe(reason);
    const records = await place.ledger();
    expect(records.at(-1)?.body).toMatchObject({ outcome: "deny", reason, failed_fact: "evidence" });
    expect(JSON.stringify(records)).not.toContain(CANARY);
  });

  test.for(["", "HEAD", "main", "a".repeat(39), "A".repeat(40)])(
    "is refused when the look-up finds no full commit id: %j",
    async (head) => {
      system.head = head;
      system.evidence = [reading("pass")];
      expect(await outcome()).toBe("eval_red");
      expect(system.asked).toEqual([]);
    },
  );

  test.for<[string, () => EvidenceReading, Reason]>([
    ["turn red", () => reading("fail"), "eval_red"],
    ["are started again", () => reading("pending"), "eval_pending"],
    ["disappear", () => reading("missing"), "eval_red"],
  ])(
    "is refused when evals %s between decision and mint, and may be asked again",
    async ([, read, reason]) => {
      system.evidence = [reading("pass"), read(), reading("pass")];
      expect(await outcome()).toBe(reason);
      const records = await place.ledger();
      expect(records.filter((record) => record.kind === "intent")).toHaveLength(1);
      expect(records.at(-1)).toMatchObject({
        kind: "outcome",
        body: { outcome: "not_minted", reason, reopened: true },
      });
      expect(await outcome()).toBe("allowed");
    },
  );

  test("is refused when the head moves between decision and mint, though both heads are green", async () => {
    system.evidence = [reading("pass")];
    const { adapter } = system;
    const once = adapter.readEvidence?.bind(adapter);
    Object.assign(adapter, {
      readEvidence: async (...question: Parameters<NonNullable<typeof once>>) => {
        system.head = "b".repeat(40);
        return once?.(...question);
      },
    });
    expect(await outcome()).toBe("state_changed");
  });
});

describe("signed test results", () => {
  beforeEach(() => open(SIGNED));
  const post = (change: ResultChange = {}, signer = ci) =>
    place.broker.evidence.post(signedResult(signer, change));

  test.for([
    ["Ed25519", ci, {}],
    ["P-256 in DER", p256, {}],
    ["P-256 as two numbers", p256, { dsaEncoding: "ieee-p1363" }],
  ] as const)("by a declared key (%s) make the head green", async ([, signer, change]) => {
    expect(await outcome()).toBe("eval_red");
    expect(await post(change, signer)).toEqual([
      { source: "evals", commit: HEAD, state: "pass", fresh: true },
    ]);
    expect(await outcome()).toBe("allowed");
    expect((await place.ledger()).find((record) => record.kind === "evidence")?.body).toMatchObject({
      outcome: "pass",
      source: "evals",
      commit: HEAD,
    });
  });

  test.for<[string, ResultChange, Reason]>([
    ["about another commit", { commit: "b".repeat(40) }, "eval_red"],
    ["that failed", { result: "FAILED" }, "eval_red"],
    ["that warned", { result: "WARNED" }, "eval_red"],
    ["that passed with failures in it", { predicate: { failedTests: ["x"] } }, "eval_red"],
    ["that passed without a single test", { predicate: { passedTests: [] } }, "eval_red"],
    ["of a suite that has only begun", { result: "PENDING" }, "eval_pending"],
  ])("%s leave it red or pending", async ([, change, reason]) => {
    await post(change);
    expect(await outcome()).toBe(reason);
  });

  test("count in the order in which they first arrived: an old green one posted again hides nothing", async () => {
    await post();
    await post({ result: "FAILED" });
    expect(await post()).toMatchObject([{ fresh: false }]);
    expect(await outcome()).toBe("eval_red");
  });

  test("grow old from their first arrival on", async () => {
    await post();
    place.clock.advance(7_201);
    run = await place.start();
    await post();
    expect(await outcome()).toBe("eval_red");
  });

  test.for<[string, () => string, Reason]>([
    ["by an unknown key", () => signedResult(stranger), "token_untrusted"],
    [
      "for a suite that the key is not declared for",
      () => signedResult(ci, { suite: "unit" }),
      "token_untrusted",
    ],
    [
      "whose payload was changed",
      () => signedResult(ci, { tamper: (text) => text.replace("a".repeat(40), "b".repeat(40)) }),
      "token_untrusted",
    ],
    [
      "unsigned",
      () => signedResult(ci).replace(/"signatures":\[.*\]/, '"signatures":[]'),
      "request_malformed",
    ],
    [
      "of another payload type",
      () => signedResult(ci, { payloadType: "application/json" }),
      "request_malformed",
    ],
    [
      "of another predicate",
      () => signedResult(ci, { statement: { predicateType: "https://slsa.dev/provenance/v1" } }),
      "request_malformed",
    ],
    ["about no commit", () => signedResult(ci, { statement: { subject: [] } }), "request_malformed"],
    ["about a short commit", () => signedResult(ci, { commit: "abc1234" }), "request_malformed"],
    [
      "with a member twice",
      () => signedResult(ci).replace('"payload":', '"payload":"","payload":'),
      "request_malformed",
    ],
    ["that are no JSON", () => "green!", "request_malformed"],
  ])("%s are refused, kept nowhere, and counted", async ([, envelope, reason]) => {
    const before = (await place.ledger()).length;
    await expect(place.broker.evidence.post(envelope())).rejects.toMatchObject({ reason });
    expect((await place.ledger()).length).toBe(before);
    expect(await outcome()).toBe("eval_red");
    await place.broker.sweep();
    expect((await place.ledger()).find((record) => record.body["reason"] === reason)?.body).toMatchObject({
      outcome: "deny",
      count: 1,
    });
  });

  test("arrive over HTTP as a DSSE envelope, and as nothing else", async () => {
    const app = brokerHttp(place.broker);
    const send = (body: string, type = "application/json", path = "/evidence") =>
      app.request(path, { method: "POST", headers: { "content-type": type }, body });
    expect((await send(signedResult(ci), "text/plain")).status).toBe(400);
    expect((await send(signedResult(ci), "application/json", "/evidence?x=1")).status).toBe(400);
    expect((await send(signedResult(stranger))).status).toBe(400);
    expect((await app.request("/evidence")).status).toBe(405);
    expect((await send("x".repeat(600_000))).status).toBe(400);
    expect(await outcome()).toBe("eval_red");
    const kept = await send(signedResult(ci), "application/vnd.dsse.envelope.v1+json");
    expect([kept.status, await kept.json()]).toEqual([
      201,
      { kept: [{ source: "evals", commit: HEAD, state: "pass", fresh: true }] },
    ]);
    expect((await send(signedResult(ci))).status).toBe(200);
    expect(await outcome()).toBe("allowed");
  });
});

describe("a released credential", () => {
  const RELEASED = policyOf(
    '{ issuer: github-actions, repositoryId: "123", workflow: .github/workflows/evals.yml, ref: refs/heads/main }',
    "    custody: released\n    acceptResidual: [ticket]",
  );
  beforeEach(async () => {
    await open(RELEASED);
    system.evidence = [reading("pass")];
  });

  const act = (requested?: string) =>
    place.act(run, close(), {
      request: ({ requested_token_type: _, ...request }) => ({
        ...request,
        ...(requested === undefined ? {} : { requested_token_type: requested }),
      }),
    });

  test("is handed out as what it is, with the residual said and the lease on record", async () => {
    const answer = await act();
    if (!answer.ok) throw new Error(answer.reason);
    expect([...system.living]).toEqual([answer.access_token]);
    expect(answer).toMatchObject({
      token_type: "N_A",
      issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
      lease: { custody: "released", residual: { heldBy: "tool" } },
    });
    const records = await place.ledger();
    expect(records.find((record) => record.kind === "intent")?.body["bound"]).toBe("mint");
    expect(JSON.stringify(records)).not.toContain(answer.access_token);
  });

  test("is revoked at its lease's end, as any other", async () => {
    expect((await act()).ok).toBe(true);
    place.clock.advance(61);
    await place.broker.sweep();
    expect(system.living.size).toBe(0);
  });

  test("is given again when its answer was lost", async () => {
    const action = close();
    const first = await place.act(run, action, {
      request: ({ requested_token_type: _, ...request }) => request,
    });
    const again = await place.act(run, action, {
      request: ({ requested_token_type: _, ...request }) => request,
    });
    expect(first.ok && again.ok && again.access_token === first.access_token).toBe(true);
    expect(system.minted).toBe(1);
  });

  test("is not given to a runtime that insists on a handle", async () => {
    const answer = await act("urn:watchword:token-type:gateway-handle");
    expect(answer.ok ? "released" : answer.reason).toBe("request_malformed");
    expect(system.minted).toBe(0);
  });

  test("is a load error while an axis that only the gateway enforces is not accepted", async () => {
    await expect(
      world({
        policy: RELEASED.replace("acceptResidual: [ticket]", "acceptResidual: [branch]"),
        systems: () => ({ tickets: system.adapter }),
      }),
    ).rejects.toMatchObject({
      reason: "policy_invalid",
      message: expect.stringContaining("does not bind ticket"),
    });
  });

  test("is not what a runtime gets by asking for it where the grant keeps it in the gateway", async () => {
    await place[Symbol.asyncDispose]();
    await open(CHECKS);
    system.evidence = [reading("pass")];
    const answer = await act("urn:ietf:params:oauth:token-type:access_token");
    expect(answer.ok ? "released" : answer.reason).toBe("request_malformed");
    expect(system.minted).toBe(0);
  });
});

test("a statement about thousands of tests fits; a longer one than any is refused", async () => {
  await open(SIGNED);
  const names = (count: number): string[] =>
    Array.from({ length: count }, (_, index) => `test ${index} passes`);
  const post = (count: number) =>
    place.broker.evidence.post(signedResult(ci, { predicate: { passedTests: names(count) } }));
  expect(await post(10_000)).toMatchObject([{ state: "pass" }]);
  await expect(post(50_000)).rejects.toMatchObject({ reason: "request_malformed" });
});
