import {
  type Reason,
  type Signer,
  TOKEN_TYPES,
  TOKEN_TYPE_URIS,
  type TokenRequest,
  generateSigner,
  newAction,
  randomToken,
  signProof,
  signToken,
  starterUri,
} from "@watchword/core";
import { signRunTicket } from "@watchword/middleware";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ISSUER, type TestWorld, effects, refundOf, world } from "./world.ts";

let queue: Signer;
let place: TestWorld;

const policy = (tenant: string, more = ""): string => `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {}, reader: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support, reader], tenant: ${tenant}, maxSession: 1h }
  other: { identity: { localKey: other }, agents: [support], tenant: { ticket: [queue, webhook] } }
starters:
  queue: { agents: [support], keys: [${JSON.stringify(queue.publicJwk)}] }
  webhook: { agents: [support, reader], keys: [${JSON.stringify(queue.publicJwk)}] }
grants:
  - id: refund
    agent: support
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant } }
${more}
    lease: { action: 60s }
  - id: read
    agent: [support, reader]
    operation: payments/charges.retrieve
    resource: { account: "\${tenant.payments.account}" }
    lease: { action: 60s }
`;

beforeAll(async () => {
  queue = await generateSigner();
  place = await world({ policy: policy("{ ticket: [queue] }") });
});
afterAll(() => place[Symbol.asyncDispose]());

const seconds = (): number => Math.floor(place.clock.now() / 1_000);

async function ticket(
  claims: Record<string, unknown> = {},
  options: { signer?: Signer; typ?: string } = {},
): Promise<string> {
  const now = seconds();
  return signToken(options.signer ?? queue, options.typ ?? TOKEN_TYPES.ticket, {
    iss: starterUri("queue"),
    aud: ISSUER,
    iat: now,
    exp: now + 300,
    jti: randomToken(16),
    tenant: "acme",
    agent: "support",
    trigger: "ticket 1042 was opened",
    ...claims,
  });
}

const withTicket =
  (subject: string, details: object = {}) =>
  (request: TokenRequest): TokenRequest => ({
    ...request,
    subject_token: subject,
    subject_token_type: TOKEN_TYPE_URIS.ticket,
    authorization_details: JSON.stringify([
      { type: "urn:watchword:authorization-details:run", agent: "support@3", ...details },
    ]),
  });

async function started(): Promise<number> {
  return (await place.ledger()).filter((record) => record.kind === "run_started").length;
}

describe("a run that a starter's ticket starts", () => {
  test("is of the ticket's tenant, for the agent itself or for the user that the ticket names", async () => {
    const own = await place.tryStart({ change: withTicket(await ticket({ tenant: "globex" })) });
    expect(own.ok && own.run).toMatchObject({ tenant: "globex", principal_kind: "agent" });
    const user = { issuer: "https://login.example", subject: "dana" };
    const dana = await place.tryStart({ change: withTicket(await ticket({ user })) });
    expect(dana.ok && dana.run).toMatchObject({ tenant: "acme", principal_kind: "user" });
  });

  test("may be signed by signRunTicket, and acts as any other", async () => {
    const signed = await signRunTicket({
      starter: "queue",
      signer: queue,
      audience: ISSUER,
      tenant: "acme",
      agent: "support",
      trigger: "ticket 1042",
      clock: place.clock,
    });
    const run = await place.start({ change: withTicket(signed) });
    expect((await place.act(run, refundOf("ch_a1", 100))).ok).toBe(true);
  });

  test("is one run: the ticket is spent with it", async () => {
    const once = await ticket();
    const [first, second] = [
      await place.tryStart({ change: withTicket(once) }),
      await place.tryStart({ change: withTicket(once) }),
    ];
    expect([first.ok, second.ok ? "started" : second.reason]).toEqual([true, "token_replayed"]);
  });

  test.for<{ name: string; reason: Reason; make: () => Promise<string>; details?: object }>([
    {
      name: "signed with another key",
      reason: "token_untrusted",
      make: async () => ticket({}, { signer: await generateSigner() }),
    },
    {
      name: "of another kind",
      reason: "token_wrong_type",
      make: () => ticket({}, { typ: TOKEN_TYPES.assertion }),
    },
    {
      name: "for another broker",
      reason: "token_wrong_audience",
      make: () => ticket({ aud: "https://other.example" }),
    },
    {
      name: "of a starter that nobody declared",
      reason: "token_untrusted",
      make: () => ticket({ iss: starterUri("cron") }),
    },
    {
      name: "of a starter named like a member of every object",
      reason: "token_untrusted",
      make: () => ticket({ iss: starterUri("constructor") }),
    },
    {
      name: "of a starter that this workload does not take tickets of",
      reason: "token_untrusted",
      make: () => ticket({ iss: starterUri("webhook") }),
    },
    { name: "for another agent", reason: "agent_not_allowed", make: () => ticket({ agent: "reader" }) },
    {
      name: "for an agent that is then another",
      reason: "agent_not_allowed",
      make: () => ticket(),
      details: { agent: "reader@1" },
    },
    {
      name: "for a tenant nobody registered",
      reason: "tenant_unknown",
      make: () => ticket({ tenant: "initech" }),
    },
    {
      name: "for a tenant that is then another",
      reason: "tenant_mismatch",
      make: () => ticket(),
      details: { tenant: "globex" },
    },
    {
      name: "with a user beside it",
      reason: "request_malformed",
      make: () => ticket(),
      details: { user: "eve" },
    },
    {
      name: "that has expired",
      reason: "token_expired",
      make: () => ticket({ iat: seconds() - 400, exp: seconds() - 100 }),
    },
    {
      name: "that lives longer than five minutes",
      reason: "token_expired",
      make: () => ticket({ exp: seconds() + 301 }),
    },
    { name: "without a trigger", reason: "token_malformed", make: () => ticket({ trigger: undefined }) },
    { name: "with a claim nobody knows", reason: "token_malformed", make: () => ticket({ admin: true }) },
  ])("is refused for a ticket $name, and recorded", async ({ reason, make, details }) => {
    const before = await started();
    const answer = await place.tryStart({ change: withTicket(await make(), details) });
    expect(answer.ok ? "started" : answer.reason).toBe(reason);
    expect(await started()).toBe(before);
    expect((await place.ledger()).at(-1)?.body).toMatchObject({ outcome: "deny", reason });
  });

  test("is not started by a user's token, or by nobody, where tickets are the rule", async () => {
    for (const change of [
      (request: TokenRequest) => request,
      (request: TokenRequest) => ({
        ...request,
        subject_token: request.actor_token ?? "",
        subject_token_type: TOKEN_TYPE_URIS.workload,
      }),
    ]) {
      const answer = await place.tryStart({ change });
      expect(answer.ok ? "started" : answer.reason).toBe("tenant_unknown");
    }
  });

  test("is renewed no longer than its workload's longest session", async () => {
    let run = await place.start({ change: withTicket(await ticket()) });
    const from = seconds();
    for (;;) {
      place.clock.advance(500);
      const renewed = await place.broker.client.token({
        grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
        subject_token: run.token,
        subject_token_type: TOKEN_TYPE_URIS.run,
        actor_token: await place.workloadToken(),
        actor_token_type: TOKEN_TYPE_URIS.workload,
        dpop: await signProof(run.key, { method: "POST", url: `${ISSUER}/token` }, seconds()),
      });
      if (!renewed.ok) break;
      run = { ...run, token: renewed.access_token };
    }
    expect(seconds() - from).toBeGreaterThan(3_000);
    expect(seconds() - from).toBeLessThanOrEqual(4_200);
  });
});

describe("a run whose tenant is merely asserted", () => {
  const details = (more: object) => (request: TokenRequest) => ({
    ...request,
    subject_token: request.actor_token ?? "",
    subject_token_type: TOKEN_TYPE_URIS.workload,
    authorization_details: JSON.stringify([
      { type: "urn:watchword:authorization-details:run", agent: "support@3", ...more },
    ]),
  });
  const read = newAction({
    system: "payments",
    operation: "charges.retrieve",
    resource: {},
    arguments: { charge: "ch_a1" },
  });

  test("reads, says so in every record, and writes nothing", async () => {
    await using asserted = await world({ policy: policy("{ asserted: true }") });
    const run = await asserted.start({ change: details({ tenant: "acme", user: "dana" }) });
    expect((await asserted.act(run, read)).ok).toBe(true);
    const answer = await asserted.act(run, refundOf("ch_a1", 100));
    expect(answer.ok ? "allowed" : answer.reason).toBe("assurance_too_low");
    expect(effects(asserted)).toBe(0);
    const records = await asserted.ledger();
    expect(records.filter((record) => record.body["assurance"] === "asserted").length).toBeGreaterThanOrEqual(
      3,
    );
  });

  test("writes where a grant accepts that, and is still nobody's verified user", async () => {
    await using accepting = await world({ policy: policy("{ asserted: true }", "    acceptAsserted: true") });
    const run = await accepting.start({ change: details({ tenant: "acme", user: "dana" }) });
    expect((await accepting.act(run, refundOf("ch_a1", 100))).ok).toBe(true);
    await using verified = await world({
      policy: policy("{ asserted: true }", "    acceptAsserted: true\n    user: verified"),
    });
    const other = await verified.start({ change: details({ tenant: "acme", user: "dana" }) });
    const answer = await verified.act(other, refundOf("ch_a1", 100));
    expect(answer.ok ? "allowed" : answer.reason).toBe("user_required");
  });

  test("names its tenant, and no workload but a declared one may assert anything", async () => {
    await using asserted = await world({ policy: policy("{ asserted: true }") });
    const nameless = await asserted.tryStart({ change: details({}) });
    expect(nameless.ok ? "started" : nameless.reason).toBe("tenant_unknown");
    await using claimed = await world();
    const smuggled = await claimed.tryStart({
      change: (request) => ({
        ...request,
        authorization_details: JSON.stringify([
          { type: "urn:watchword:authorization-details:run", agent: "support@3", user: "root" },
        ]),
      }),
    });
    expect(smuggled.ok ? "started" : smuggled.reason).toBe("request_malformed");
  });
});
