import { type EvidenceReading, type LedgerRecord, type Reason, newAction } from "@watchword/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Ci, ci } from "./ci.ts";
import { HEAD, type MintingSystem, mintingSystem } from "./minting-system.ts";
import {
  DONE,
  inTotoStatement,
  inspectLog,
  junitReport,
  promptfooReport,
  resultRecord,
  vitestReport,
} from "./reports.ts";
import { CANARY, ISSUER, type TestRun, type TestWorld, world } from "./world.ts";

const SERVER = "https://github.acme.example/_services/token";
const OTHER = "b".repeat(40);
const SOURCE =
  'issuer: github-actions, repositoryId: "123", ownerId: "77", workflow: .github/workflows/evals.yml, ref: refs/heads/main';
/** One source as all tests need it, and two that one workflow has together. */
const POLICY = `
watchword: 1
systems: { tickets: { adapter: minting } }
agents: { support: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support], tenant: { claim: org_id } }
evidence:
  evals: { ${SOURCE} }
  nightly: { ${SOURCE.replace("evals.yml", "nightly.yml")}, events: [schedule, pull_request_target] }
  unit: { ${SOURCE.replace("evals.yml", "tests.yml")} }
  slow: { ${SOURCE.replace("evals.yml", "tests.yml")} }
grants:
${["evals", "nightly", "unit", "slow"]
  .map(
    (source) => `
  - id: close-${source}
    agent: support
    operation: tickets/tickets.close
    resource: { account: "\${tenant.tickets.account}" }
    where: { args.ticket: { ownedBy: tenant } }
    evidence: { source: ${source}, result: pass, commit: facts.head, maxAge: 2h }
    lease: { action: 60s }`,
  )
  .join("")}
`;
const NOTHING: EvidenceReading = { state: "missing", finishedAt: null, detail: "no check", absent: true };

let place: TestWorld;
let system: MintingSystem;
let run: TestRun;
let actions: Ci;
beforeEach(async () => {
  system = mintingSystem();
  system.evidence = [NOTHING];
  place = await world({
    policy: POLICY,
    systems: () => ({ tickets: system.adapter }),
    verifiers: async (clock) => (actions = await ci(ISSUER, clock, SERVER)).verifiers,
  });
  run = await place.start();
});
afterEach(() => place[Symbol.asyncDispose]());

const now = (): number => Math.floor(place.clock.now() / 1_000);
const iso = (ago = 0): string => new Date((now() - ago) * 1_000).toISOString();
const green = (change: object = {}): string => resultRecord({ finishedAt: iso(60), ...change });
const post = (claims: object = {}, body = green(), format = "record", source?: string) =>
  place.broker.evidence.postAs(actions.token(claims), format, body, source);

/** Asked once: how it ended, and that a refusal left no credential behind. */
async function outcome(): Promise<string> {
  const before = system.minted;
  const answer = await place.act(
    run,
    newAction({ system: "tickets", operation: "tickets.close", resource: {}, arguments: { ticket: "t_1" } }),
  );
  if (answer.ok) return "allowed";
  expect(system.minted, "nothing was minted").toBe(before);
  return answer.reason;
}

const evidenceRecords = async (): Promise<LedgerRecord[]> =>
  (await place.ledger()).filter(({ kind }) => kind === "evidence");

/** Refused, nothing kept, and one record that says who and why, without anything of the token or the body. */
async function expectRecorded(posted: Promise<unknown>, reason: Reason): Promise<void> {
  const before = (await evidenceRecords()).length;
  await expect(posted).rejects.toMatchObject({ reason });
  const records = await evidenceRecords();
  expect(records).toHaveLength(before + 1);
  expect(records.at(-1)?.body).toMatchObject({
    outcome: "refused",
    reason,
    repository_id: "123",
    run: "9001",
  });
}

/** Refused, nothing kept and nothing recorded but a count. */
async function expectCounted(posted: Promise<unknown>, reason: Reason): Promise<void> {
  const before = (await place.ledger()).length;
  await expect(posted).rejects.toMatchObject({ reason });
  expect(await place.ledger()).toHaveLength(before);
  await place.broker.sweep();
  const counted = (await place.ledger()).filter(({ body }) => body["count"] !== undefined);
  expect(counted.map(({ body }) => [body["reason"], body["count"]])).toEqual([[reason, 1]]);
}

describe("a result that a job posts with its own token", () => {
  test.for<[string, () => string]>([
    ["record", () => green()],
    ["vitest", () => vitestReport().replace(`"endTime":${DONE - 0.5}`, `"endTime":${now() * 1_000 - 0.5}`)],
    ["promptfoo", () => promptfooReport()],
    ["junit", () => junitReport()],
    ["in-toto", () => inTotoStatement()],
  ])("as %s makes the head green, and the ledger says which run that was", async ([format, body]) => {
    expect(await outcome()).toBe("eval_red");
    const kept = await post({}, body(), format);
    expect(kept).toMatchObject({ source: "evals", commit: HEAD, state: "pass", fresh: true });
    expect(await outcome()).toBe("allowed");
    expect((await evidenceRecords()).map(({ body: record }) => record)).toEqual([
      {
        outcome: "pass",
        source: "evals",
        commit: HEAD,
        statement_digest: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
        format,
        repository_id: "123",
        run: "9001",
        attempt: "1",
        event: "push",
        ref: "refs/heads/main",
      },
    ]);
  });

  test("that is red keeps the write shut, and a later green one opens it", async () => {
    expect(await post({}, green({ failed: 1 }))).toMatchObject({ state: "fail" });
    expect(await outcome()).toBe("eval_red");
    await post({ run_attempt: "2" });
    expect(await outcome()).toBe("allowed");
  });

  test("counts after the repository was renamed: its numbers are the same", async () => {
    const renamed = "acme/shop/.github/workflows/evals.yml@refs/heads/main";
    await post({
      sub: "repo:acme@77/shop@123:ref:refs/heads/main",
      repository: "acme/shop",
      workflow_ref: renamed,
      job_workflow_ref: renamed,
    });
    expect(await outcome()).toBe("allowed");
  });

  test("grows old from its arrival on", async () => {
    await post();
    place.clock.advance(7_201);
    run = await place.start();
    expect(await outcome()).toBe("eval_red");
  });

  test("is one statement however often its run says it, so that it gets no younger", async () => {
    const body = green();
    expect(await post({}, body)).toMatchObject({ fresh: true });
    place.clock.advance(7_100);
    expect(await post({}, body)).toMatchObject({ fresh: false });
    place.clock.advance(101);
    run = await place.start();
    expect(await outcome()).toBe("eval_red");
    // Another attempt is another run of the tests, even with the same words.
    expect(await post({ run_attempt: "2" }, body)).toMatchObject({ fresh: true });
    expect(await outcome()).toBe("allowed");
  });

  test("speaks for the source that it names where its workflow has several, and for no other", async () => {
    const tests = "acme/app/.github/workflows/tests.yml@refs/heads/main";
    const job = { workflow_ref: tests, job_workflow_ref: tests };
    await expectRecorded(post(job, junitReport(), "junit"), "request_malformed");
    await expectRecorded(post(job, junitReport(), "junit", "evals"), "token_untrusted");
    await expectRecorded(post(job, junitReport(), "junit", "nobody"), "token_untrusted");
    await expectRecorded(post(job, junitReport(), "junit", "constructor"), "token_untrusted");
    expect(await place.store.evidence("unit", HEAD)).toBeUndefined();
    expect(await post(job, junitReport(), "junit", "slow")).toMatchObject({ source: "slow", state: "pass" });
    expect(await place.store.evidence("unit", HEAD)).toBeUndefined();
  });
});

describe("a posted result is about the token's commit alone:", () => {
  test("what its body says about another is refused", async () => {
    await expectRecorded(post({}, green({ commit: OTHER })), "request_malformed");
    await expectRecorded(post({}, inTotoStatement({}, OTHER), "in-toto"), "request_malformed");
    await expectRecorded(post({ sha: OTHER }), "request_malformed");
    for (const commit of [HEAD, OTHER]) expect(await place.store.evidence("evals", commit)).toBeUndefined();
    expect(await outcome()).toBe("eval_red");
  });

  test("what its body says about another suite is refused", async () => {
    await expectRecorded(post({}, green({ suite: "unit" })), "request_malformed");
    await expectRecorded(post({}, inTotoStatement({ configuration: [{}] }), "in-toto"), "request_malformed");
    expect(await outcome()).toBe("eval_red");
  });

  test("a green one about another commit leaves the head red", async () => {
    expect(await post({ sha: OTHER }, junitReport(), "junit")).toMatchObject({
      commit: OTHER,
      state: "pass",
    });
    expect(await outcome()).toBe("eval_red");
  });
});

describe("a token of nobody that a source declares posts nothing, and is counted:", () => {
  test.for<[string, object, Reason]>([
    ["one for another audience", { aud: "https://github.com/acme" }, "token_wrong_audience"],
    ["one of an issuer that is not configured", { iss: "https://token.evil.example" }, "token_untrusted"],
    ["one of a server that numbers its repositories alike", { iss: SERVER }, "token_untrusted"],
    ["a fork's, under the same name", { repository_id: "999" }, "token_untrusted"],
    ["one of a repository that changed hands", { repository_owner_id: "78" }, "token_untrusted"],
    ["one that has expired", { exp: 1 }, "token_expired"],
    ["one without a commit", { sha: undefined }, "token_malformed"],
    ["one without a protected ref", { ref_protected: undefined }, "token_malformed"],
    ["one whose ref is protected as a boolean", { ref_protected: true }, "token_malformed"],
    ["one without an id", { jti: undefined }, "token_malformed"],
    ["one whose subject contradicts its numbers", { sub: "repo:evil/app:ref:x" }, "token_malformed"],
  ])("%s", async ([, claims, reason]) => {
    await expectCounted(post(claims), reason);
    expect(await outcome()).toBe("eval_red");
  });

  test("one with another signature", async () => {
    const [header, claims] = actions.token().split(".");
    const forged = `${header}.${claims}.${actions.token().split(".")[2]}`;
    await expectCounted(place.broker.evidence.postAs(forged, "record", green()), "token_untrusted");
  });

  test("a person's login", async () => {
    const login = await place.userToken("dana", { repository_id: "123", ref_protected: "true" });
    await expectCounted(place.broker.evidence.postAs(login, "record", green()), "token_untrusted");
  });

  test("a runtime's workload token, and a run's own", async () => {
    const workload = await place.workloadToken();
    await expectCounted(place.broker.evidence.postAs(workload, "record", green()), "token_untrusted");
    await expect(place.broker.evidence.postAs(run.token, "record", green())).rejects.toMatchObject({
      reason: "token_untrusted",
    });
  });

  test("and a job's token starts no run", async () => {
    const answer = await place.tryStart({
      change: (request) => ({ ...request, actor_token: actions.token() }),
    });
    expect(answer.ok ? "started" : answer.reason).toBe("token_untrusted");
  });
});

describe("a job of the declared repository that speaks for no source posts nothing, and is on record:", () => {
  const file = (path: string): object => ({ workflow_ref: path, job_workflow_ref: path });
  const nightly = file("acme/app/.github/workflows/nightly.yml@refs/heads/main");

  test.for<[string, object]>([
    ["on another ref", { ref: "refs/heads/feature" }],
    ["on a tag of the ref's name", { ref: "refs/tags/main" }],
    ["on a ref that is not protected", { ref_protected: "false" }],
    ["of another workflow", file("acme/app/.github/workflows/evil.yml@refs/heads/main")],
    [
      "of the workflow's text on another ref",
      file("acme/app/.github/workflows/evals.yml@refs/heads/feature"),
    ],
    [
      "of a fork's workflow of the same name",
      file("mallory/app/.github/workflows/evals.yml@refs/heads/main"),
    ],
    ["that another workflow called", { workflow_ref: "acme/app/.github/workflows/evil.yml@refs/heads/main" }],
    [
      "in a workflow that the declared one called",
      { job_workflow_ref: "acme/lib/.github/workflows/e.yml@refs/heads/main" },
    ],
    ["for a pull request", { event_name: "pull_request", ref: "refs/pull/7/merge", ref_protected: "false" }],
    ["for a pull request, if it says main", { event_name: "pull_request" }],
    ["by a schedule that the source does not name", { event_name: "schedule" }],
    ["for a change, with the base's token", { event_name: "pull_request_target" }],
    ["for a change, though its source names the event", { ...nightly, event_name: "pull_request_target" }],
    ["on a push, though its source names others", nightly],
  ])("one %s", async ([, claims]) => {
    await expectRecorded(post(claims), "token_untrusted");
    for (const source of ["evals", "nightly"])
      expect(await place.store.evidence(source, HEAD)).toBeUndefined();
    expect(await outcome()).toBe("eval_red");
  });

  test("while one by an event that its source names posts", async () => {
    const claims = { ...nightly, event_name: "schedule" };
    expect(await post(claims, junitReport(), "junit")).toMatchObject({ source: "nightly", state: "pass" });
  });
});

describe("a job's token is used once:", () => {
  test("a second post with it is refused and hides nothing", async () => {
    const token = actions.token();
    await place.broker.evidence.postAs(token, "record", green({ failed: 1 }));
    await expectRecorded(place.broker.evidence.postAs(token, "record", green()), "token_replayed");
    expect(await outcome()).toBe("eval_red");
  });

  test("of many posts at once one is kept", async () => {
    const token = actions.token();
    const posts = Array.from({ length: 5 }, (_, index) =>
      place.broker.evidence.postAs(token, "record", green({ total: 10 + index })),
    );
    const settled = await Promise.allSettled(posts);
    expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await evidenceRecords()).filter(({ body }) => body["outcome"] === "pass")).toHaveLength(1);
  });

  test("a refused post spends it, too", async () => {
    const token = actions.token();
    await expectRecorded(place.broker.evidence.postAs(token, "tap", green()), "request_malformed");
    await expectRecorded(place.broker.evidence.postAs(token, "record", green()), "token_replayed");
    expect(await outcome()).toBe("eval_red");
  });
});

describe("what a declared job posts is red for its commit, whatever was green before,", () => {
  test.for<[string, string, () => string]>([
    ["when it cannot be read", "vitest", () => `{"note":"${CANARY}"`],
    ["when it is another format's", "promptfoo", () => vitestReport()],
    ["when it is of a version that nobody knows", "promptfoo", () => promptfooReport({ version: 4 })],
    ["when it declares an entity", "junit", () => `<!DOCTYPE x [<!ENTITY a "${CANARY}">]><testsuite/>`],
    ["when its tests were done before the job began", "record", () => green({ finishedAt: iso(21_700) })],
    ["when its tests are yet to be done", "record", () => green({ finishedAt: iso(-3_600) })],
    ["when it says how well, and the policy not how well it must", "inspect", () => inspectLog()],
  ])("%s", async ([, format, body]) => {
    await post({ run_id: "8000" });
    expect(await outcome()).toBe("allowed");
    expect(await post({}, body(), format)).toMatchObject({ state: "fail", commit: HEAD });
    expect(await outcome()).toBe("eval_red");
    expect(JSON.stringify([await place.ledger(), await place.store.evidence("evals", HEAD)])).not.toContain(
      CANARY,
    );
  });
});
