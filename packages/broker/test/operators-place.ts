import { type Clock, Refusal, type Store } from "@watchword/core";
import { listen } from "@watchword/gateway";
import { developmentIssuer } from "@watchword/identity/local-key";
import { oidc } from "@watchword/identity/oidc";
import { githubActions } from "@watchword/identity/github-actions";
import { operatorsHttp } from "../src/http/index.ts";
import { OPERATOR_ROLES, type OperatorOptions } from "../src/index.ts";
import { type Ci, ci } from "./ci.ts";
import { testStore } from "./test-store.ts";
import {
  ISSUER,
  type TestRun,
  type TestWorld,
  type WorldOptions,
  refundOf,
  sendRefund,
  world,
} from "./world.ts";

const STAFF = "https://staff.test.example";
const AUDIENCE = `${ISSUER}/operators`;
const SERVER = "https://actions.test.example/_services/token";

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  readonly text: string;
}

export interface AskOptions {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** A body as it is. */
  readonly text?: string;
}

/** A world with operators: one person for each role, the same for one tenant alone, and a job of CI. */
export interface OperatorsPlace extends AsyncDisposable {
  readonly place: TestWorld;
  readonly url: string;
  readonly ci: Ci;
  /** Makes the ledger refuse what is only recorded. */
  readonly breakLedger: (broken: boolean) => void;
  /** A token of somebody of these groups; `tenant`: of that one's own people. */
  token(
    groups: string | readonly string[],
    more?: {
      tenant?: string;
      authTime?: number | undefined;
      audience?: string;
      subject?: string;
      claims?: object;
    },
  ): Promise<string>;
  /** `GET /v1/…` and the like, as whoever has the token. */
  ask(token: string | undefined, line: string, options?: AskOptions): Promise<Asked>;
  /** A refund that was decided, sent, and done. */
  refunded(
    cents?: number,
    charge?: string,
  ): Promise<{ run: TestRun; decision: string; lease: string; refund: string }>;
}

export async function operatorsPlace(options: WorldOptions = {}): Promise<OperatorsPlace> {
  let login: Awaited<ReturnType<typeof developmentIssuer>> | undefined;
  let jobs: Ci | undefined;
  let broken = false;
  const declare = async (clock: Clock): Promise<OperatorOptions> => {
    login = await developmentIssuer({ issuer: STAFF, clock });
    jobs = await ci(AUDIENCE, clock, SERVER);
    return {
      verifiers: [
        await oidc({
          issuer: STAFF,
          audience: AUDIENCE,
          jwks: login.jwks,
          algorithms: ["ES256"],
          uses: ["operator"],
          clock,
        }),
        await githubActions({ audience: AUDIENCE, jwks: jobs.jwks, uses: ["operator"], clock }),
      ],
      declared: {
        ...Object.fromEntries(
          OPERATOR_ROLES.flatMap((role) => [
            [`${role}-staff`, { issuer: STAFF, claim: { groups: role }, roles: [role] }],
            [
              `tenant-${role}`,
              { issuer: STAFF, claim: { groups: `own-${role}` }, roles: [role], tenant: { claim: "org_id" } },
            ],
          ]),
        ),
        deploy: {
          issuer: "https://token.actions.githubusercontent.com",
          claim: { repository_id: "123", ref: "refs/heads/main", ref_protected: "true", event_name: "push" },
          roles: ["policy"],
          freshLogin: false,
        },
      },
    };
  };
  const place = await world({
    operators: declare,
    store: async (path) => breakable(await testStore(path), () => broken),
    ...options,
  });
  if (login === undefined || jobs === undefined || place.broker.operators === undefined)
    throw new Error("nobody was declared");
  const people = login;
  const listener = await listen({ host: "127.0.0.1", port: 0, maxRequestBytes: 2_097_152 });
  const app = operatorsHttp({ operators: place.broker.operators });
  listener.serve(async (request) => app.fetch(request));
  const seconds = (): number => Math.floor(place.clock.now() / 1_000);
  return {
    place,
    url: listener.url,
    ci: jobs,
    breakLedger: (now) => void (broken = now),
    token: (groups, { tenant, audience = AUDIENCE, subject = "olga", claims, ...more } = {}) => {
      const authTime = "authTime" in more ? more.authTime : seconds();
      return people.idToken({
        subject,
        audience,
        claims: {
          ...claims,
          groups: [groups].flat().map((group) => (tenant === undefined ? group : `own-${group}`)),
          ...(tenant === undefined ? {} : { org_id: tenant }),
        },
        ...(authTime === undefined ? {} : { authTime }),
      });
    },
    ask: (token, line, sent = {}) => ask(listener.url, token, line, sent),
    refunded: (cents, charge) => refunded(place, cents, charge),
    [Symbol.asyncDispose]: async () => {
      await listener.close();
      await place[Symbol.asyncDispose]();
    },
  };
}

async function ask(
  base: string,
  token: string | undefined,
  line: string,
  { body, headers = {}, text: raw }: AskOptions,
): Promise<Asked> {
  const [method = "GET", path = "/"] = line.split(" ");
  const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(`${base}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(sent === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    redirect: "error",
    ...(sent === undefined ? {} : { body: sent }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
    text,
  };
}

async function refunded(
  place: TestWorld,
  cents = 4_200,
  charge = "ch_a1",
): Promise<{ run: TestRun; decision: string; lease: string; refund: string }> {
  const run = await place.start();
  const action = refundOf(charge, cents);
  const answer = await place.act(run, action);
  if (!answer.ok || answer.lease === undefined)
    throw new Error(`refused: ${answer.ok ? "no lease" : answer.reason}`);
  const sent = await sendRefund(place, run, answer.access_token, `charge=${charge}&amount=${cents}`);
  const { id } = (await sent.json()) as { id?: string };
  return {
    run,
    decision: answer.lease.decision_id,
    lease: answer.lease.lease_id,
    refund: id ?? "",
  };
}

/** A store that takes no record by itself while `broken` says so. */
function breakable(store: Store, broken: () => boolean): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (name === "recordRefusal" && broken())
        return () => Promise.reject(new Refusal("ledger_unavailable"));
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
