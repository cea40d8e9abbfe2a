import {
  type Adapter,
  type AdapterContext,
  type Connection,
  type Finding,
  Refusal,
  type SealedCredential,
} from "@watchword/core";
import { adapterContext } from "../adapter-context.ts";
import type { BrokerContext } from "../broker-context.ts";
import { limitOf } from "../quotas/metered-fetch.ts";
import { openConnection } from "../tenant-systems.ts";
import { rotateNewSecret } from "./rotate-secret.ts";

/** Milliseconds that a system may take to say what it thinks of a secret. */
const CHECK_MILLISECONDS = 10_000;

/** What the system says to the current secret of a tenant. @throws Refusal `tenant_unknown`, `unknown_target` */
export async function checkTenantSystem(
  context: BrokerContext,
  tenant: string,
  system: string,
): Promise<readonly Finding[]> {
  const connection = await openConnection(context, tenant, system);
  return checkConnection(context, adapterOf(context, system), connection);
}

/** @throws Refusal `unknown_target` */
export function adapterOf({ systems }: BrokerContext, system: string): Adapter {
  const adapter = systems.get(system);
  if (adapter === undefined)
    throw new Refusal("unknown_target", {
      detail: `system ${system} is not configured; known: ${[...systems.keys()].join(", ")}`,
      failedFact: "action",
    });
  return adapter;
}

/** Asks the system about a connection, for a bounded time. A check that fails or does not end has found an error. */
async function checkConnection(
  context: BrokerContext,
  adapter: Adapter,
  connection: Connection,
  unstored?: AdapterContext["rotateSecret"],
): Promise<readonly Finding[]> {
  const call = adapterContext(context, {
    connection,
    purpose: "checking",
    milliseconds: CHECK_MILLISECONDS,
    ...(unstored === undefined ? {} : { rotateSecret: unstored }),
  });
  let findings: readonly Finding[];
  try {
    findings = await Promise.race([adapter.selfCheck(call), aborted(call.signal)]);
  } catch (error) {
    const refusal = (await limitOf(call.meter, error)) ?? Refusal.from(error, "downstream_unavailable");
    findings = [{ severity: "error", text: refusal.message }];
  }
  return findings.map(({ severity, text }) => ({ severity, text: withoutSecret(connection, text) }));
}

/** A connection that may be stored, with the secret that is there after the check. */
export interface Accepted {
  readonly findings: readonly Finding[];
  /** Another one than before for a system whose secrets change with use: the check used it. */
  readonly secret: SealedCredential;
}

/**
 * INVARIANT: nothing becomes current that the system did not accept. No setting leaves this out.
 *
 * @throws Refusal `connection_refused` with what is wrong
 */
export async function requireAccepted(
  context: BrokerContext,
  adapter: Adapter,
  connection: Connection,
): Promise<Accepted> {
  const rotation = adapter.capabilities.rootSecret === "rotating" ? rotateNewSecret(connection) : undefined;
  const findings = await checkConnection(context, adapter, connection, rotation?.rotate);
  const errors = findings.filter(({ severity }) => severity !== "ok" && severity !== "warning");
  if (errors.length === 0) return { findings, secret: rotation?.current() ?? connection.secret };
  throw new Refusal("connection_refused", {
    detail: `${connection.system} does not accept it: ${errors.map(({ text }) => text).join("; ")}`,
    failedFact: "credential",
  });
}

/** An adapter that does not look at its signal must not hold an operator's call. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const late = (): void =>
      reject(new Refusal("downstream_unavailable", { detail: "it did not answer in time" }));
    if (signal.aborted) late();
    signal.addEventListener("abort", late, { once: true });
  });
}

/** What a system says of a secret may quote it. */
function withoutSecret({ secret }: Connection, text: string): string {
  return secret.open((key) => (text.includes(key) ? "what the system said quotes the secret" : text));
}
