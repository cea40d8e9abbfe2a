import { type EvidenceReading, newAction } from "@watchword/core";
import { afterEach, describe, expect, test } from "vitest";
import { brokerHttp } from "../src/http/index.ts";
import { type Ci, ci } from "./ci.ts";
import { HEAD, type MintingSystem, mintingSystem } from "./minting-system.ts";
import { inspectLog, junitReport, resultRecord, vitestReport } from "./reports.ts";
import { resultSigner, signedResult } from "./signed-result.ts";
import { ISSUER, type TestRun, type TestWorld, world } from "./world.ts";

const signer = resultSigner();
const policyOf = (source: string): string => `
watchword: 1
systems: { tickets: { adapter: minting } }
agents: { support: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support], tenant: { claim: org_id } }
evidence: { evals: { ${source} } }
grants:
  - id: close
    agent: support
    operation: tickets/tickets.close
    resource: { account: "\${tenant.tickets.account}" }
    where: { args.ticket: { ownedBy: tenant } }
    evidence: { source: evals, result: pass, commit: facts.head, maxAge: 2h }
    lease: { action: 60s }
`;
const ACTIONS =
  'issuer: github-actions, repositoryId: "123", workflow: .github/workflows/evals.yml, ref: refs/heads/main';
const SERVER = "https://github.acme.example/_services/token";

let place: TestWorld;
let system: MintingSystem;
let run: TestRun;
let actions: Ci;
async function open(
  source: string,
  change: (system: MintingSystem) => void = () => undefined,
): Promise<void> {
  system = mintingSystem();
  change(system);
  place = await world({
    policy: policyOf(source),
    systems: () => ({ tickets: system.adapter }),
    verifiers: async (clock) => (actions = await ci(ISSUER, clock, SERVER)).verifiers,
  });
  run = await place.start();
}
afterEach(() => place[Symbol.asyncDispose]());

const now = (): number => Math.floor(place.clock.now() / 1_000);
const record = (change: object = {}): string =>
  resultRecord({ finishedAt: new Date(now() * 1_000).toISOString(), ...change });
const post = (body: string, format = "record", claims: object = {}) =>
  place.broker.evidence.postAs(actions.token(claims), format, body);

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

describe("a source with a check run and a posted result is what the newer one says:", () => {
  const MISSING = { state: "missing", finishedAt: null, detail: "none" } as const;
  const finished = (state: "pass" | "fail", ago: number) => (): EvidenceReading => ({
    state,
    finishedAt: now() - ago,
    detail: "job 1",
  });

  test.for<[string, () => EvidenceReading, "pass" | "fail", string]>([
    ["a red check, then green posted", finished("fail", 600), "pass", "allowed"],
    ["a green check, then red posted", finished("pass", 600), "fail", "eval_red"],
    ["green posted and a red check at the same time", finished("fail", 0), "pass", "eval_red"],
    ["red posted and a green check at the same time", finished("pass", 0), "fail", "eval_red"],
    ["green posted, by a clock that is ahead, and a red check", finished("fail", 20), "pass", "eval_red"],
    ["both green", finished("pass", 0), "pass", "allowed"],
    [
      "green posted while the job still runs",
      () => ({ ...MISSING, state: "pending" }),
      "pass",
      "eval_pending",
    ],
    ["a red check whose end nobody knows", () => ({ ...MISSING, state: "fail" }), "pass", "eval_red"],
    ["no check, for sure", () => ({ ...MISSING, absent: true }), "pass", "allowed"],
    ["no check, for sure, and red posted", () => ({ ...MISSING, absent: true }), "fail", "eval_red"],
    ["checks that nobody could look at", () => MISSING, "pass", "eval_red"],
  ])("%s", async ([, reading, posted, expected]) => {
    await open(ACTIONS);
    await post(record({ failed: posted === "pass" ? 0 : 1 }));
    system.evidence = [reading()];
    expect(await outcome()).toBe(expected);
  });

  test("and a green check after red posted counts once it is clearly newer", async () => {
    await open(ACTIONS);
    await post(record({ failed: 1 }));
    place.clock.advance(600);
    run = await place.start();
    system.evidence = [finished("pass", 60)()];
    expect(await outcome()).toBe("allowed");
  });

  test("checks that cannot be read are red, whatever was posted", async () => {
    await open(ACTIONS);
    await post(record());
    system.evidence = ["socket hang up"];
    expect(await outcome()).toBe("eval_red");
  });

  test("a result that is posted between decision and mint is seen by the look before the mint", async () => {
    await open(ACTIONS);
    await post(record());
    let asked = 0;
    Object.assign(system.adapter, {
      readEvidence: async () => {
        if (++asked === 1) await post(record({ failed: 1 }), "record", { run_attempt: "2" });
        return { ...MISSING, absent: true };
      },
    });
    expect([await outcome(), asked]).toEqual(["eval_red", 2]);
  });
});

test("where the system keeps no check runs, what is posted is all there is", async () => {
  await open(ACTIONS, ({ adapter }) => Reflect.deleteProperty(adapter, "readEvidence"));
  expect(await outcome()).toBe("eval_red");
  await post(record());
  expect(await outcome()).toBe("allowed");
  await post(record({ errored: 1 }), "record", { run_attempt: "2" });
  expect(await outcome()).toBe("eval_red");
});

test("a source that wants a minimum is green only when every score reaches it", async () => {
  await open(`${ACTIONS}, minimum: { accuracy: "0.95" }`);
  system.evidence = [{ state: "missing", finishedAt: null, detail: "none", absent: true }];
  const log = (accuracy: number): string =>
    inspectLog({
      results: {
        total_samples: 3,
        completed_samples: 3,
        scores: [{ metrics: { accuracy: { value: accuracy } } }],
      },
      stats: { completed_at: new Date(now() * 1_000).toISOString() },
    });
  expect(await post(log(0.94), "inspect")).toMatchObject({
    state: "fail",
    detail: expect.stringMatching(/below 0.95/),
  });
  expect(await outcome()).toBe("eval_red");
  await post(junitReport(), "junit", { run_attempt: "2" });
  expect(await outcome()).toBe("eval_red");
  await post(log(0.95), "inspect", { run_attempt: "3" });
  expect(await outcome()).toBe("allowed");
});

test("a source of an Enterprise Server believes that server's tokens, and not those of github.com", async () => {
  await open(`${ACTIONS}, tokenIssuer: "${SERVER}"`);
  system.evidence = [{ state: "missing", finishedAt: null, detail: "none", absent: true }];
  await expect(post(record())).rejects.toMatchObject({ reason: "token_untrusted" });
  expect(await outcome()).toBe("eval_red");
  await post(record(), "record", { iss: SERVER });
  expect(await outcome()).toBe("allowed");
});

test("a job posts nothing under a source of signed statements", async () => {
  await open(`issuer: dsse, suite: evals, keys: ${JSON.stringify([signer.jwk])}`);
  await expect(post(record())).rejects.toMatchObject({ reason: "token_untrusted" });
  expect(await place.store.evidence("evals", HEAD)).toBeUndefined();
});

describe("over HTTP a job posts", () => {
  interface Sent {
    readonly path?: string;
    readonly type?: string;
    readonly body?: string;
    readonly authorization?: string;
    readonly headers?: Record<string, string>;
  }
  const send = async (sent: Sent): Promise<[number, unknown]> => {
    const response = await brokerHttp(place.broker).request(sent.path ?? "/evidence?format=record", {
      method: "POST",
      headers: {
        "content-type": sent.type ?? "application/json",
        authorization: sent.authorization ?? `Bearer ${actions.token()}`,
        ...sent.headers,
      },
      body: sent.body ?? record(),
    });
    return [response.status, await response.json()];
  };
  const openPosted = async (): Promise<void> => {
    await open(ACTIONS);
    system.evidence = [{ state: "missing", finishedAt: null, detail: "none", absent: true }];
  };

  test.for<[string, () => Sent]>([
    ["a record, by its format", () => ({})],
    [
      "a record, by its media type",
      () => ({ path: "/evidence", type: "application/vnd.watchword.result+json" }),
    ],
    ["a record, said twice alike", () => ({ type: "application/vnd.watchword.result+json; charset=utf-8" })],
    ["JUnit XML", () => ({ path: "/evidence?format=junit", type: "text/xml", body: junitReport() })],
    ["for the source that it names", () => ({ path: "/evidence?format=record&source=evals" })],
    ["with the scheme in any letters", () => ({ authorization: `bearer ${actions.token()}` })],
  ])("%s", async ([, sent]) => {
    await openPosted();
    const [status, body] = await send(sent());
    expect([status, body]).toMatchObject([201, { kept: [{ source: "evals", commit: HEAD, state: "pass" }] }]);
    expect(await outcome()).toBe("allowed");
  });

  test.for<[string, () => Sent, string]>([
    ["without saying its format", () => ({ path: "/evidence" }), "request_malformed"],
    ["in a format that nobody knows", () => ({ path: "/evidence?format=tap" }), "request_malformed"],
    ["in a format of every object", () => ({ path: "/evidence?format=constructor" }), "request_malformed"],
    ["in an empty format", () => ({ path: "/evidence?format=" }), "request_malformed"],
    ["in two formats", () => ({ path: "/evidence?format=record&format=junit" }), "request_malformed"],
    [
      "in one format by its type and another by its name",
      () => ({ path: "/evidence?format=vitest", type: "application/vnd.watchword.result+json" }),
      "request_malformed",
    ],
    ["JSON as XML", () => ({ path: "/evidence?format=junit" }), "request_malformed"],
    ["XML as JSON", () => ({ type: "text/xml" }), "request_malformed"],
    ["a form", () => ({ type: "application/x-www-form-urlencoded" }), "request_malformed"],
    ["in another character set", () => ({ type: "application/json; charset=utf-16" }), "request_malformed"],
    ["a coded body", () => ({ headers: { "content-encoding": "gzip" } }), "request_malformed"],
    ["its token in the query", () => ({ path: "/evidence?format=record&token=x" }), "request_malformed"],
    ["megabytes", () => ({ body: " ".repeat(2_097_153) }), "request_malformed"],
    ["with a password", () => ({ authorization: "Basic x" }), "token_malformed"],
    ["with two tokens", () => ({ authorization: `Bearer ${actions.token()}, Bearer x` }), "token_malformed"],
    ["without a token after all", () => ({ authorization: "Bearer " }), "token_malformed"],
    [
      "for a source that is not there",
      () => ({ path: "/evidence?format=record&source=other" }),
      "token_untrusted",
    ],
    [
      "a signed statement in place of a report",
      () => ({
        path: "/evidence",
        type: "application/vnd.dsse.envelope.v1+json",
        body: signedResult(signer),
      }),
      "request_malformed",
    ],
  ])("nothing %s", async ([, sent, reason]) => {
    await openPosted();
    expect(await send(sent())).toMatchObject([400, { reason }]);
    expect(await place.store.evidence("evals", HEAD)).toBeUndefined();
    expect(await outcome()).toBe("eval_red");
  });

  test("a red report, and is told so; and nothing twice", async () => {
    await openPosted();
    const authorization = `Bearer ${actions.token()}`;
    expect(await send({ body: vitestReport(), authorization })).toMatchObject([
      201,
      { kept: [{ state: "fail", detail: expect.stringMatching(/not readable: not a result record/) }] },
    ]);
    expect(await send({ authorization })).toMatchObject([400, { reason: "token_replayed" }]);
    expect(await outcome()).toBe("eval_red");
  });
});
