import {
  type Adapter,
  type AdapterContext,
  type OutboundRequest,
  type SealedCredential,
  type ValueMap,
  newAction,
} from "@watchword/core";

/** What one record's life says of an org, or of its twin. */
export interface LifeReport {
  /** Operation, status and effect of each step. */
  readonly steps: readonly (readonly [operation: string, status: number, effect: string])[];
  /** What the record showed before it was deleted. */
  readonly shown: unknown;
  /** Severities of what the check found. */
  readonly errors: readonly string[];
  /** What a read gave with a token that had been ended, and what ending it twice said. */
  readonly afterEnd: readonly [status: number, again: string];
  /** Whether two requests for a token gave the same one. */
  readonly sameToken: boolean;
}

const STAMP = { decisionId: "dec_life", idempotencyKey: "life" };
const BLANK = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };

/**
 * Makes a case, reads it, finds it, changes it and deletes it, each with a token of its own, and looks at what became of a token:
 * the same at a sandbox as at the twin.
 */
export async function lifeOfARecord(adapter: Adapter, context: AdapterContext): Promise<LifeReport> {
  const { account } = context.connection;
  const steps: (readonly [string, number, string])[] = [];
  const plan = (operation: string, values: ValueMap) => {
    const action = newAction({ system: "crm", operation, resource: {}, arguments: values });
    return adapter.plan({ ...action, ...adapter.complete(action, { owners: {}, values: {} }, account) });
  };
  const act = async (operation: string, values: ValueMap) => {
    const authority = plan(operation, values);
    const { credential, granted } = await adapter.mint(authority, context);
    try {
      if (!adapter.covers(authority, granted)) throw new Error("the token is wider than was planned");
      const response = await send(adapter, adapter.enforce(authority, BLANK, STAMP), credential);
      const outcome = adapter.outcomeOf(authority, response);
      steps.push([operation, response.status, outcome.effect]);
      return { ids: outcome.ids, body: new TextDecoder().decode(response.body) };
    } finally {
      await adapter.revoke(credential, context);
    }
  };
  const Subject = `watchword ${new Date().toISOString()}`;
  const { record = "" } = (await act("cases.create", { Subject, Status: "New" })).ids;
  let shown: unknown;
  try {
    await act("cases.query", { Subject, limit: 5 });
    await act("cases.update", { record, Status: "Working" });
    shown = JSON.parse((await act("cases.retrieve", { record, fields: ["Id", "Status"] })).body);
  } finally {
    await act("cases.delete", { record });
  }
  const reading = plan("cases.retrieve", { record });
  const [one, other] = [await adapter.mint(reading, context), await adapter.mint(reading, context)];
  await adapter.revoke(one.credential, context);
  const dead = await send(adapter, adapter.enforce(reading, BLANK, STAMP), one.credential);
  const again = await adapter.revoke(one.credential, context);
  await adapter.revoke(other.credential, context);
  const findings = await adapter.selfCheck(context);
  return {
    steps,
    shown,
    errors: findings.filter(({ severity }) => severity === "error").map(({ text }) => text),
    afterEnd: [dead.status, again],
    sameToken: one.credential.fingerprint === other.credential.fingerprint,
  };
}

async function send(adapter: Adapter, outbound: OutboundRequest, credential: SealedCredential) {
  const { url, method, headers, body } = adapter.inject(outbound, credential);
  const response = await fetch(url, {
    method,
    headers: { ...headers },
    body: body === undefined ? null : new Uint8Array(body),
    redirect: "manual",
    signal: AbortSignal.timeout(20_000),
  });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: new Uint8Array(await response.arrayBuffer()),
  };
}
