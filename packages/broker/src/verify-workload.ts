import { Refusal } from "@watchword/core";
import { type DeclaredWorkload, workloadOf } from "@watchword/policy";
import type { BrokerContext } from "./broker-context.ts";
import { verifyIdentity } from "./verify-identity.ts";

/**
 * The declared workload that a token stands for.
 *
 * @throws Refusal `workload_unknown`, and whatever the token's verifier refuses
 */
export async function declaredWorkload(context: BrokerContext, token: string): Promise<DeclaredWorkload> {
  const workload = await verifyIdentity(context, token, "workload");
  const declared = workloadOf(context.policy, {
    issuer: workload.issuer,
    subject: workload.subject,
    claims: workload.claims,
    developmentOnly: workload.verifier.developmentOnly,
  });
  if (declared !== undefined) return declared;
  throw new Refusal("workload_unknown", {
    detail: `${workload.issuer} ${workload.subject} is not declared under workloads`,
    failedFact: "agent",
  });
}
