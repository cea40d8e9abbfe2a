import { Refusal, type VerifiedProof, numericDate, verifyProof } from "@watchword/core";
import type { DeclaredWorkload } from "@watchword/policy";
import type { BrokerContext } from "./broker-context.ts";
import { declaredWorkload } from "./verify-workload.ts";

/**
 * The key by which a caller presents the token that it asks about (RFC 9449 section 7.1). Whether it is the token's own key
 * is for the caller of this to see.
 *
 * @throws Refusal `caller_unknown`
 */
export async function verifyHolder(
  context: BrokerContext,
  url: string,
  { token, proof }: { readonly token: string; readonly proof: string | undefined },
): Promise<VerifiedProof> {
  try {
    return await verifyProof(proof, { method: "POST", url, token }, numericDate(context.clock));
  } catch (error) {
    throw unknown(error);
  }
}

/**
 * A declared workload that may ask about tokens of others.
 *
 * @throws Refusal `caller_unknown`
 */
export async function verifyIntrospector(context: BrokerContext, token: string): Promise<DeclaredWorkload> {
  let workload: DeclaredWorkload;
  try {
    workload = await declaredWorkload(context, token);
  } catch (error) {
    throw unknown(error);
  }
  if (context.introspectors.has(workload.name)) return workload;
  throw new Refusal("caller_unknown", {
    detail: `workload ${workload.name} may not introspect`,
    failedFact: "token",
  });
}

/** Why a caller is not known is for the operator; what the broker itself failed at stays what it is. */
function unknown(error: unknown): Refusal {
  const refusal = Refusal.from(error, "internal");
  if (refusal.reason === "internal" || refusal.reason === "ledger_unavailable") return refusal;
  return new Refusal("caller_unknown", { detail: refusal.message, failedFact: "token" });
}
