import {
  type Action,
  CLAIMS,
  type PublicJwk,
  type Reason,
  type Signer,
  TOKEN_TYPES,
  actionDigest,
  agentUri,
  generateSigner,
  newAction,
  randomToken,
  runUri,
  sha256,
  signToken,
  starterUri,
  thumbprint,
} from "@watchword/core";
import { type Policy, parsePolicy } from "@watchword/policy";
import { beforeAll, describe, expect, test } from "vitest";
import type { BrokerContext } from "../src/broker-context.ts";
import type { VerifiedRun } from "../src/run-token.ts";
import { type RunKeyCache, runKey, verifyAssertion } from "../src/verify-assertion.ts";
import { verifyDelegation } from "../src/verify-delegation.ts";
import { verifyTicket } from "../src/verify-ticket.ts";
import { refusalOf } from "./refusal-of.ts";

const ISSUER = "https://broker.example";
const NOW = 1_800_000_000;
const RUN = `run_${"1".repeat(32)}`;
const TOKEN = "the run token";

let own: Signer;
let child: Signer;
let queue: Signer;
let older: Signer;
let run: VerifiedRun;
let context: BrokerContext;

const policyOf = (...keys: readonly PublicJwk[]): Policy =>
  parsePolicy([
    {
      name: "policy.yaml",
      text: `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {}, reader: {} }
workloads: { runtime: { identity: { localKey: dev }, agents: [support, reader], tenant: { ticket: [cron, queue] } } }
starters:
  cron: { agents: [reader], keys: [${JSON.stringify(older.publicJwk)}] }
  queue: { agents: [support], keys: ${JSON.stringify(keys)} }
grants:
  - { id: read, agent: [support, reader], operation: payments/charges.retrieve, resource: { account: "\${tenant.payments.account}" }, lease: { action: 30s } }
`,
    },
  ]);

beforeAll(async () => {
  [own, child, queue, older] = await Promise.all([
    generateSigner(),
    generateSigner(),
    generateSigner(),
    generateSigner(),
  ]);
  run = {
    claims: { cnf: { jkt: await thumbprint(own.publicJwk) } },
    record: { id: RUN, agent: "support@3", publicJwk: own.publicJwk },
    tokenDigest: sha256(TOKEN),
  } as VerifiedRun;
  // What verifying rests on, and nothing else: nothing can be minted, sent or recorded from here.
  context = {
    issuer: ISSUER,
    clock: { now: () => NOW * 1_000 },
    policy: policyOf(older.publicJwk, queue.publicJwk),
  } as BrokerContext;
});

type Claims = Readonly<Record<string, unknown>>;
/** A statement that differs in one thing from what is accepted. */
interface Change {
  readonly claims?: (claims: Claims) => Claims;
  readonly signer?: () => Signer;
  readonly typ?: string;
}

const statement = (): Claims => ({
  iss: runUri(RUN),
  sub: agentUri("support@3"),
  aud: ISSUER,
  iat: NOW,
  exp: NOW + 60,
  jti: randomToken(16),
  ath: sha256(TOKEN),
});
const ACTION: Action = newAction({
  system: "payments",
  operation: "charges.retrieve",
  resource: { account: "acct_acme" },
  arguments: { charge: "ch_1" },
});
const assertion = (): Claims => ({
  ...statement(),
  txn: ACTION.txn,
  call: { tool: "look", id: "call_7" },
  action: ACTION,
  action_digest: actionDigest(ACTION),
});
const delegation = async (): Promise<Claims> => ({
  ...statement(),
  txn: randomToken(16),
  child: { agent: "reader@1" },
  cnf: { jkt: await thumbprint(child.publicJwk) },
});
const ticket = (): Claims => ({
  iss: starterUri("queue"),
  aud: ISSUER,
  iat: NOW,
  exp: NOW + 300,
  jti: randomToken(16),
  tenant: "acme",
  agent: "support",
  trigger: "ticket 1042 was opened",
});

const signed = (typ: string, signer: Signer, claims: Claims, change: Change): Promise<string> =>
  signToken(change.signer?.() ?? signer, change.typ ?? typ, change.claims?.(claims) ?? claims);
async function asserted(change: Change = {}, cache: RunKeyCache = new Map()) {
  return verifyAssertion(context, cache, run, await signed(TOKEN_TYPES.assertion, own, assertion(), change));
}
async function delegated(change: Change = {}) {
  const token = await signed(TOKEN_TYPES.delegation, own, await delegation(), change);
  return verifyDelegation(context, new Map(), run, token);
}
async function ticketed(change: Change = {}, by: BrokerContext = context) {
  return verifyTicket(by, await signed(TOKEN_TYPES.ticket, queue, ticket(), change));
}

async function expectRefused(
  attempt: Promise<unknown>,
  reason: Reason,
  detail: string,
  failedFact = "token",
): Promise<void> {
  const refusal = await refusalOf(attempt);
  expect([refusal.reason, refusal.failedFact, refusal.message]).toEqual([
    reason,
    failedFact,
    `${reason}: ${detail}`,
  ]);
}

type Row = readonly [title: string, reason: Reason, detail: string, change: Change];
/** What every statement of a run is refused for, each in its own words for the operator. */
const refused = (name: string): readonly Row[] => [
  ["by another key", "token_untrusted", "signature does not verify", { signer: () => child }],
  [
    "of another run",
    "token_untrusted",
    `${name} is of another run`,
    having({ iss: runUri(`run_${"2".repeat(32)}`) }),
  ],
  [
    "of another agent",
    "token_untrusted",
    `${name} is of another agent`,
    having({ sub: agentUri("support@4") }),
  ],
  [
    "for another broker",
    "token_wrong_audience",
    `${name} is for another broker`,
    having({ aud: "https://other.example" }),
  ],
  [
    "beside another run token",
    "token_untrusted",
    `${name} was made beside another run token`,
    having({ ath: sha256("another") }),
  ],
  ["that lives longer than a minute", "token_expired", "lives longer than 60 s", having({ exp: NOW + 61 })],
  ["that is over", "token_expired", "exp has passed", having({ iat: NOW - 60, exp: NOW })],
];
function having(more: Claims): Change {
  return { claims: (claims) => ({ ...claims, ...more }) };
}

describe("an assertion", () => {
  test("by the run's own key is what it says, and names the id that is to be spent", async () => {
    const jti = randomToken(16);
    const verified = await asserted(
      having({ jti, policy_version: "v1", approval_id: `apr_${"3".repeat(32)}` }),
    );
    expect(verified).toEqual({
      run,
      action: ACTION,
      actionDigest: actionDigest(ACTION),
      tool: "look",
      callId: "call_7",
      approvalId: `apr_${"3".repeat(32)}`,
      assertedPolicyVersion: "v1",
      token: { issuer: runUri(RUN), jti, expiresAt: NOW + 60 },
    });
  });

  test.for(refused("the assertion"))("%s is refused: %s, %s", async ([, reason, detail, change]) => {
    await expectRefused(asserted(change), reason, detail);
  });

  test.for<[string, () => Claims]>([
    ["digest", () => ({ action_digest: sha256("another action") })],
    ["txn", () => ({ txn: randomToken(16) })],
    ["action", () => ({ action: { ...ACTION, arguments: { charge: "ch_2" } } })],
  ])("whose %s is of another action is refused", async ([, more]) => {
    const detail = "action, digest and txn do not belong together";
    await expectRefused(asserted(having(more())), "digest_mismatch", detail, "action");
  });

  test("of another kind is refused", async () => {
    await expectRefused(
      asserted({ typ: TOKEN_TYPES.delegation }),
      "token_wrong_type",
      `expected ${TOKEN_TYPES.assertion}`,
    );
  });

  test("may hold a file, and not two", async () => {
    const file = newAction({ ...ACTION, arguments: { text: "a".repeat(40_000) } });
    const holding = (action: Action): Change =>
      having({ action, txn: action.txn, action_digest: actionDigest(action) });
    expect((await asserted(holding(file))).action).toEqual(file);
    const two = newAction({ ...ACTION, arguments: { text: "a".repeat(50_000) } });
    await expectRefused(asserted(holding(two)), "token_malformed", "too large");
  });
});

describe("a run's key", () => {
  test("is imported once while it is in use, and never taken for another's", async () => {
    const cache: RunKeyCache = new Map();
    const first = await runKey(cache, own.publicJwk);
    expect(await runKey(cache, { ...own.publicJwk })).toBe(first);
    expect(await runKey(cache, child.publicJwk)).not.toBe(first);
    expect(cache.size).toBe(2);
    await expectRefused(
      asserted({ signer: () => child }, cache),
      "token_untrusted",
      "signature does not verify",
    );
  });

  test("is forgotten with all others once there are too many, and imported again", async () => {
    const cache: RunKeyCache = new Map();
    const key = await runKey(cache, child.publicJwk);
    for (let count = cache.size; count < 9_999; count++) cache.set(`key ${count}`, key);
    await runKey(cache, older.publicJwk);
    expect(cache.size).toBe(10_000);
    await runKey(cache, own.publicJwk);
    expect(cache.size).toBe(1);
    expect((await asserted({}, cache)).action).toEqual(ACTION);
  });
});

describe("a delegation", () => {
  test("by the parent's key is what it says, and names the id that is to be spent", async () => {
    const jti = randomToken(16);
    const ceiling = [{ system: "payments", operation: "charges.retrieve", resource: {}, limits: {} }];
    const verified = await delegated({
      claims: (claims) => ({
        ...claims,
        jti,
        child: { agent: "reader@1", lifetime_seconds: 7 },
        [CLAIMS.ceiling]: ceiling,
      }),
    });
    expect(verified).toEqual({
      parent: run,
      agent: "reader@1",
      childThumbprint: await thumbprint(child.publicJwk),
      wanted: ceiling,
      lifetimeSeconds: 7,
      token: { issuer: runUri(RUN), jti, expiresAt: NOW + 60 },
    });
    expect(await delegated()).toMatchObject({ wanted: undefined, lifetimeSeconds: undefined });
  });

  test.for(refused("the delegation"))("%s is refused: %s, %s", async ([, reason, detail, change]) => {
    await expectRefused(delegated(change), reason, detail);
  });

  test("to a child with its parent's key is refused: to the gateway it would be its parent", async () => {
    const jkt = await thumbprint(own.publicJwk);
    await expectRefused(
      delegated(having({ cnf: { jkt } })),
      "token_untrusted",
      "the child has no key of its own",
    );
  });

  test("of another kind is refused", async () => {
    await expectRefused(
      delegated({ typ: TOKEN_TYPES.assertion }),
      "token_wrong_type",
      `expected ${TOKEN_TYPES.delegation}`,
    );
  });

  test("may be as long as a run token", async () => {
    const ceiling = Array.from({ length: 300 }, (_, index) => ({
      system: "payments",
      operation: "charges.retrieve",
      resource: {},
      limits: { charge: { in: [`ch_${index}`] } },
    }));
    expect((await delegated(having({ [CLAIMS.ceiling]: ceiling }))).wanted).toHaveLength(300);
  });
});

describe("a ticket", () => {
  test("by any key of its starter is what it says, and names the id that is to be spent", async () => {
    const jti = randomToken(16);
    for (const signer of [queue, older]) {
      const verified = await ticketed({ ...having({ jti }), signer: () => signer });
      expect(verified).toEqual({
        starter: "queue",
        claims: { ...ticket(), jti },
        token: { issuer: starterUri("queue"), jti, expiresAt: NOW + 300 },
      });
    }
  });

  test.for<Row>([
    [
      "of a starter that nobody declared",
      "token_untrusted",
      "no declared starter made this ticket",
      having({ iss: starterUri("webhook") }),
    ],
    [
      "in the name of a starter with other keys",
      "token_untrusted",
      "signature does not verify",
      having({ iss: starterUri("cron"), agent: "reader" }),
    ],
    [
      "by a key that nobody declared",
      "token_untrusted",
      "signature does not verify",
      { signer: () => child },
    ],
    ["of another kind", "token_wrong_type", `expected ${TOKEN_TYPES.ticket}`, { typ: TOKEN_TYPES.assertion }],
    [
      "for another broker",
      "token_wrong_audience",
      "the ticket is for another broker",
      having({ aud: "https://other.example" }),
    ],
    [
      "that lives longer than five minutes",
      "token_expired",
      "lives longer than 300 s",
      having({ exp: NOW + 301 }),
    ],
    ["that is over", "token_expired", "exp has passed", having({ iat: NOW - 300, exp: NOW })],
  ])("%s is refused: %s, %s", async ([, reason, detail, change]) => {
    await expectRefused(ticketed(change), reason, detail);
  });

  test("of a starter whose keys are none, or no points of the curve, is refused: such a policy would not load", async () => {
    const byKeys = (...keys: readonly object[]): Promise<unknown> =>
      ticketed(
        {},
        { ...context, policy: { document: { starters: { queue: { keys, agents: ["support"] } } } } as never },
      );
    const off = { ...queue.publicJwk, y: queue.publicJwk.x };
    await expectRefused(byKeys(), "token_untrusted", "no declared key signed it");
    expect(await refusalOf(byKeys(off))).toMatchObject({
      reason: "token_untrusted",
      message: "token_untrusted: unplanned TypeError",
    });
    expect(await byKeys(off, queue.publicJwk)).toMatchObject({ starter: "queue" });
  });

  test("for an agent that its starter may not start is refused", async () => {
    const detail = "starter queue may not start reader";
    await expectRefused(ticketed(having({ agent: "reader" })), "agent_not_allowed", detail, "agent");
  });
});
