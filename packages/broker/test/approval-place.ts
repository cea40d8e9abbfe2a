import { type Action, type Signer, approvalUrl, signProof } from "@watchword/core";
import { listen } from "@watchword/gateway";
import { brokerHttp } from "../src/http/index.ts";
import { ISSUER, POLICY, type TestRun, type TestWorld, refundOf } from "./world.ts";

/** The policy of these tests with approvers who are compared by an employee number, and an escalation. */
export const ESCALATING = POLICY.replace(
  "approvers:\n",
  `approvers:
  heads: { issuer: "https://login.test.example", claim: { groups: heads } }
`,
)
  .replace(
    "tenant: { claim: org_id } }\ngrants",
    "tenant: { claim: org_id }, link: { claim: employee_id } }\ngrants",
  )
  .replace("by: leads, expires: 30m }", "by: leads, expires: 30m, escalate: { after: 10m, to: heads } }");

/** Asks for a refund that a person must approve; gives the approval's id. */
export async function wanted(
  place: TestWorld,
  run: TestRun,
  action: Action = refundOf("ch_a3", 19_000),
): Promise<string> {
  const answer = await place.act(run, action);
  if (answer.ok || answer.approval_id === undefined)
    throw new Error(`no approval was asked for: ${answer.ok ? "allowed" : answer.reason}`);
  return answer.approval_id;
}

/** Token of a person of the leads. */
export const lead = (
  place: TestWorld,
  user = "lena",
  claims: Record<string, string | string[]> = {},
  authTime?: number,
): Promise<string> =>
  place.userToken(user, { org_id: "acme", groups: ["leads"], employee_id: `e-${user}`, ...claims }, authTime);

/** The broker over a real listener. */
export interface Served extends AsyncDisposable {
  readonly url: string;
  /** As an approver. */
  ask(
    path: string,
    sent?: {
      token?: string;
      body?: unknown;
      method?: string;
      headers?: Record<string, string>;
      text?: string;
    },
  ): Promise<{ status: number; headers: Headers; body: Record<string, unknown>; text: string }>;
}

export async function served(place: TestWorld, origins?: readonly string[]): Promise<Served> {
  const listener = await listen({
    host: "127.0.0.1",
    port: 0,
    maxRequestBytes: 139_264,
    ...(origins === undefined ? {} : { origins }),
  });
  const app = brokerHttp(place.broker);
  listener.serve(async (request) => app.fetch(request));
  return {
    url: listener.url,
    ask: async (path, { token, body, method, headers, text: raw } = {}) => {
      const response = await fetch(`${listener.url}${path}`, {
        method: method ?? (body === undefined && raw === undefined ? "GET" : "POST"),
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        redirect: "manual",
        ...(body === undefined && raw === undefined ? {} : { body: raw ?? JSON.stringify(body) }),
      });
      const text = await response.text();
      const json = response.headers.get("content-type") === "application/json";
      return {
        status: response.status,
        headers: response.headers,
        body: json ? (JSON.parse(text) as Record<string, unknown>) : {},
        text,
      };
    },
    [Symbol.asyncDispose]: () => listener.close(),
  };
}

/** Headers of a question by a run: its token and a proof for exactly this. */
export async function asRun(
  place: TestWorld,
  run: { readonly key: Signer; readonly token: string },
  id: string,
  about: "state" | "events" | "withdrawal",
  change: { url?: string; method?: string; key?: Signer; nonce?: string } = {},
): Promise<Record<string, string>> {
  const proof = await signProof(
    change.key ?? run.key,
    {
      method: change.method ?? (about === "withdrawal" ? "POST" : "GET"),
      url: change.url ?? approvalUrl(ISSUER, id, about),
      token: run.token,
      ...(change.nonce === undefined ? {} : { nonce: change.nonce }),
    },
    Math.floor(place.clock.now() / 1_000),
  );
  return { authorization: `DPoP ${run.token}`, dpop: proof };
}

/** What the ledger says of approvals. */
export async function approvalRecords(place: TestWorld): Promise<Record<string, unknown>[]> {
  return (await place.ledger()).filter(({ kind }) => kind === "approval").map(({ body }) => ({ ...body }));
}
