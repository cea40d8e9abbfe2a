import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripe } from "@watchword/adapter-stripe";
import {
  type Action,
  type Adapter,
  type BrokerClient,
  type Clock,
  type IdentityVerifier,
  type LedgerRecord,
  type Signer,
  type Store,
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPES,
  TOKEN_TYPE_URIS,
  type TokenAnswer,
  type TokenRequest,
  actionDigest,
  agentUri,
  generateSigner,
  newAction,
  randomToken,
  runUri,
  sha256,
  signProof,
  signToken,
  tokenUrl,
} from "@watchword/core";
import { type StripeTwin, stripeTwin } from "@watchword/emulators/stripe";
import { createGateway, listen } from "@watchword/gateway";
import {
  type DevelopmentIssuer,
  developmentIssuer,
  localKeySource,
  localKeyVerifier,
} from "@watchword/identity/local-key";
import { oidc } from "@watchword/identity/oidc";
import { parsePolicy } from "@watchword/policy";
import { type Broker, type BrokerOptions, createBroker, fileKeys } from "../src/index.ts";
import { removeTestStore, testStore } from "./test-store.ts";
import { reach } from "./transport.ts";

export const ISSUER = "https://broker.test.example";
export const LOGIN = "https://login.test.example";
/** Planted as the tenants' key at the payment system; tests search for it where it must not be. */
export const CANARY = "rk_test_canary_7d41f0c2_must_never_be_seen";
/** As good as {@link CANARY} at the payment system: what it is rotated to. */
export const SECOND_CANARY = "rk_test_second_canary_90b3e6_must_never_be_seen";
/** As good, and of the kind that moves real money. */
export const LIVE_KEY = "rk_live_1234567890";

export const POLICY = `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {}, reader: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support, reader], tenant: { claim: org_id } }
approvers:
  leads: { issuer: "${LOGIN}", claim: { groups: leads }, tenant: { claim: org_id } }
grants:
  - id: refund
    agent: support
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant }, args.amount: { max: "200.00 USD" } }
    approval: { when: { args.amount: { over: "50.00 USD" } }, by: leads, expires: 30m }
    budget: { sum: args.amount, max: "1000.00 USD", per: tenant, window: 24h }
    once: { by: [args.charge], per: 24h }
    lease: { action: 60s }
  - id: read
    agent: [support, reader]
    operation: payments/charges.retrieve
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant } }
    lease: { action: 30s }
delegation:
  - { parent: support, child: reader, grants: [read], depth: 1, ttl: 5m }
`;

/** A clock that tests move. It starts at the machine's time, because processes beside it have no other. */
export interface TestClock extends Clock {
  advance(seconds: number): void;
}

export function testClock(): TestClock {
  let offset = 0;
  return { now: () => Date.now() + offset, advance: (seconds) => void (offset += seconds * 1_000) };
}

/** A run as an honest runtime holds it. */
export interface TestRun {
  readonly id: string;
  readonly agent: string;
  readonly key: Signer;
  readonly token: string;
}

export interface TestWorld extends AsyncDisposable {
  readonly directory: string;
  readonly broker: Broker;
  readonly store: Store;
  readonly twin: StripeTwin;
  readonly clock: TestClock;
  readonly gatewayUrl: string;
  /** Signs users' and approvers' tokens. */
  readonly login: DevelopmentIssuer;
  workloadToken(): Promise<string>;
  userToken(subject: string, claims: Record<string, string | string[]>, authTime?: number): Promise<string>;
  start(options?: {
    agent?: string;
    tenant?: string;
    user?: string;
    thread?: string;
    change?: (request: TokenRequest) => TokenRequest;
  }): Promise<TestRun>;
  tryStart(options?: {
    agent?: string;
    tenant?: string;
    user?: string;
    thread?: string;
    change?: (request: TokenRequest) => TokenRequest;
  }): Promise<TokenAnswer & { key: Signer }>;
  act(run: TestRun, action: Action, options?: ActOptions): Promise<TokenAnswer>;
  ledger(): Promise<LedgerRecord[]>;
}

export interface ActOptions {
  readonly approvalId?: string;
  /** Changes the assertion's claims before they are signed. */
  readonly claims?: (claims: Record<string, unknown>) => Record<string, unknown>;
  readonly signer?: Signer;
  readonly typ?: string;
  /** Changes the request after everything is signed. */
  readonly request?: (request: TokenRequest) => TokenRequest;
}

export interface WorldOptions {
  readonly policy?: string;
  readonly systems?: (url: string) => Record<string, Adapter>;
  readonly broker?: Partial<BrokerOptions>;
  /** Verifiers beside those of workloads and users. */
  readonly verifiers?: (clock: TestClock) => Promise<readonly IdentityVerifier[]>;
  /** Who operates the broker. */
  readonly operators?: (clock: TestClock) => Promise<NonNullable<BrokerOptions["operators"]>>;
  readonly store?: (path: string) => Promise<Store>;
  readonly directory?: string;
  /** The tenants' accounts; default: one each, `acct_<tenant>`. */
  readonly account?: string;
  /** A twin that somebody else runs; by default the world runs its own. */
  readonly twinUrl?: string;
  /** The way of exchanges, such as to one of several replicas. */
  readonly client?: (own: BrokerClient) => BrokerClient;
  /** The gateway's way out. */
  readonly gatewayFetch?: typeof fetch;
}

/** The payment system of these tests. */
export function testTwin(): Promise<StripeTwin> {
  const charge = (
    amount: number,
    tenant: string,
  ): { amount: number; currency: string; metadata: Record<string, string> } => ({
    amount,
    currency: "usd",
    metadata: { tenant },
  });
  return stripeTwin({
    accounts: {
      acct_acme: {
        charges: {
          ch_a1: charge(4_200, "acme"),
          ch_a2: charge(19_000, "acme"),
          ch_a3: charge(40_000, "acme"),
          ch_g2: charge(4_200, "globex"),
        },
      },
      acct_globex: { charges: { ch_g1: charge(4_200, "globex"), ch_g3: charge(9_000, "globex") } },
    },
    keys: [CANARY, SECOND_CANARY, LIVE_KEY].map((secret) => ({
      secret,
      permissions: { charges: "read", refunds: "write" },
      accounts: ["acct_acme", "acct_globex"],
    })),
  });
}

/** A broker with gateway, store and twin, all real, in a directory of its own; and a runtime written by hand. */
export async function world(options: WorldOptions = {}): Promise<TestWorld> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "watchword-broker-")));
  const clock = testClock();
  const login = await developmentIssuer({ issuer: LOGIN, clock });
  const twin = options.twinUrl === undefined ? await testTwin() : undefined;
  const twinUrl = options.twinUrl ?? twin?.url ?? "";
  const source = await localKeySource({
    directory: join(directory, "workload"),
    subject: "support-runtime",
    audience: ISSUER,
    clock,
  });
  const store = await (options.store ?? testStore)(join(directory, "watchword.db"));
  const listener = await listen({ host: "127.0.0.1", port: 0 });
  const systems = options.systems?.(twinUrl) ?? { payments: stripe({ baseUrl: twinUrl }) };
  const own = await createBroker({
    issuer: ISSUER,
    gateway: listener.url,
    policy: parsePolicy([{ name: "policy.yaml", text: options.policy ?? POLICY }]),
    store,
    keys: await fileKeys(join(directory, "keys"), { clock }),
    systems,
    clock,
    environment: "development",
    sweepMilliseconds: 0,
    verifiers: [
      await localKeyVerifier({ directory: join(directory, "workload"), audience: ISSUER, clock }),
      await oidc({
        issuer: LOGIN,
        audience: ISSUER,
        jwks: login.jwks,
        algorithms: ["ES256"],
        uses: ["user", "approver"],
        clock,
      }),
      ...((await options.verifiers?.(clock)) ?? []),
    ],
    ...(options.operators === undefined ? {} : { operators: await options.operators(clock) }),
    ...options.broker,
  });
  const reached = await reach(own, ISSUER);
  const { client } = reached.broker;
  const broker =
    options.client === undefined ? reached.broker : { ...reached.broker, client: options.client(client) };
  listener.serve(
    createGateway({
      url: listener.url,
      issuer: ISSUER,
      leases: broker.leases,
      systems,
      clock,
      ...(options.gatewayFetch === undefined ? {} : { fetch: options.gatewayFetch }),
    }).fetch,
  );
  for (const tenant of ["acme", "globex"]) {
    const connections = Object.fromEntries(
      Object.entries(systems).map(([system, { capabilities }]) => [
        system,
        {
          account: options.account ?? `acct_${tenant}`,
          ...(capabilities.rootSecret === "none" ? {} : { secret: CANARY }),
        },
      ]),
    );
    await broker.tenants.put({ id: tenant, connections });
  }
  const seconds = (): number => Math.floor(clock.now() / 1_000);
  const userToken: TestWorld["userToken"] = (subject, claims, authTime = seconds()) =>
    login.idToken({ subject, audience: ISSUER, claims, authTime });

  const tryStart: TestWorld["tryStart"] = async ({
    agent = "support@3",
    tenant = "acme",
    user = "dana",
    thread,
    change = (request: TokenRequest) => request,
  } = {}) => {
    const key = await generateSigner();
    const request: TokenRequest = {
      grant_type: TOKEN_EXCHANGE_GRANT,
      subject_token: await userToken(user, { org_id: tenant }),
      subject_token_type: TOKEN_TYPE_URIS.idToken,
      actor_token: await source.token(),
      actor_token_type: TOKEN_TYPE_URIS.workload,
      requested_token_type: TOKEN_TYPE_URIS.run,
      authorization_details: JSON.stringify([
        {
          type: "urn:watchword:authorization-details:run",
          agent,
          ...(thread === undefined ? {} : { thread }),
        },
      ]),
      dpop: await signProof(key, { method: "POST", url: tokenUrl(ISSUER) }, seconds()),
    };
    return { ...(await broker.client.token(change(request))), key };
  };

  return {
    directory,
    broker,
    store,
    clock,
    get twin() {
      if (twin === undefined) throw new Error("the twin of this world runs elsewhere");
      return twin;
    },
    gatewayUrl: listener.url,
    login,
    userToken,
    tryStart,
    workloadToken: () => source.token(),
    start: async (startOptions = {}) => {
      const answer = await tryStart(startOptions);
      if (!answer.ok || answer.run === undefined)
        throw new Error(`start refused: ${answer.ok ? "no run" : answer.reason}`);
      return {
        id: answer.run.run_id,
        agent: startOptions.agent ?? "support@3",
        key: answer.key,
        token: answer.access_token,
      };
    },
    act: async (run, action, actOptions = {}) => {
      const now = seconds();
      const claims = {
        iss: runUri(run.id),
        sub: agentUri(run.agent),
        aud: ISSUER,
        iat: now,
        exp: now + 60,
        jti: randomToken(16),
        txn: action.txn,
        ath: sha256(run.token),
        call: { tool: "refund", id: "call_1" },
        action,
        action_digest: actionDigest(action),
        ...(actOptions.approvalId === undefined ? {} : { approval_id: actOptions.approvalId }),
      };
      const assertion = await signToken(
        actOptions.signer ?? run.key,
        actOptions.typ ?? TOKEN_TYPES.assertion,
        actOptions.claims?.(claims) ?? claims,
      );
      const request: TokenRequest = {
        grant_type: TOKEN_EXCHANGE_GRANT,
        subject_token: run.token,
        subject_token_type: TOKEN_TYPE_URIS.run,
        actor_token: assertion,
        actor_token_type: TOKEN_TYPE_URIS.assertion,
        requested_token_type: TOKEN_TYPE_URIS.handle,
      };
      return broker.client.token(actOptions.request?.(request) ?? request);
    },
    ledger: async () => {
      const records: LedgerRecord[] = [];
      for (const { replica } of await store.ledgerHeads())
        records.push(...(await store.ledger({ replica, limit: 100_000 })));
      return records;
    },
    [Symbol.asyncDispose]: async () => {
      await listener.close();
      await reached[Symbol.asyncDispose]();
      await Promise.resolve(own[Symbol.asyncDispose]()).catch(() => undefined);
      await store[Symbol.asyncDispose]();
      await twin?.close();
      if (options.directory !== undefined) return;
      await removeTestStore(join(directory, "watchword.db"));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A refund of `charge`; without `cents`, of what remains. */
export function refundOf(charge: string, cents?: number, txn?: string): Action {
  return newAction({
    system: "payments",
    operation: "refunds.create",
    resource: {},
    arguments: cents === undefined ? { charge } : { charge, amount: { minor: cents } },
    ...(txn === undefined ? {} : { txn }),
  });
}

/** Sends the refund's request through the gateway, as a tool with this handle and key would. */
export async function sendRefund(
  place: Pick<TestWorld, "gatewayUrl" | "clock">,
  run: { key: Signer },
  handle: string,
  body: string,
): Promise<Response> {
  const url = `${place.gatewayUrl}/payments/v1/refunds`;
  const proof = await signProof(
    run.key,
    { method: "POST", url, token: handle },
    Math.floor(place.clock.now() / 1_000),
  );
  return fetch(url, {
    method: "POST",
    headers: {
      authorization: `DPoP ${handle}`,
      dpop: proof,
      "content-type": "application/x-www-form-urlencoded",
    },
    body,
    redirect: "error",
  });
}

/** Requests that changed something at the payment system. */
export function effects(place: TestWorld): number {
  return place.twin.requests.filter((request) => request.kind === "effect").length;
}
