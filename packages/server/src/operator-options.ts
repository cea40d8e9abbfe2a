import type { BrokerOptions } from "@watchword/broker";
import type { IdentityVerifier } from "@watchword/core";
import { ConfigurationInvalid } from "./configuration-problem.ts";
import { type VerifierParts, makeGithubActions, makeOidc } from "./make-verifier.ts";
import type { OperatorsSection } from "./operators-document.ts";

/**
 * What `operators:` says of who operates the broker. Left out: nobody, over HTTP.
 *
 * @throws ConfigurationInvalid
 */
export async function operatorOptions(
  parts: VerifierParts,
): Promise<{ readonly operators?: NonNullable<BrokerOptions["operators"]> }> {
  const { operators } = parts.configuration.document;
  if (operators === undefined) return {};
  const verifiers = await Promise.all(
    operators.verifiers.map((entry, index) => makeOperatorVerifier(parts, entry, index)),
  );
  return { operators: { verifiers, declared: operators.declared } };
}

async function makeOperatorVerifier(
  parts: VerifierParts,
  entry: OperatorsSection["verifiers"][number],
  index: number,
): Promise<IdentityVerifier> {
  if ("verify" in entry) return entry;
  const { configuration } = parts;
  const fail = (path: readonly PropertyKey[], message: string): ConfigurationInvalid => {
    const at = ["operators", "verifiers", index, ...path];
    return new ConfigurationInvalid([configuration.problem(at, `${at.map(String).join(".")}: ${message}`)]);
  };
  // INVARIANT: tokens that runtimes get to see are for the broker; with those of operators they share neither audience nor use.
  const ours = {
    audience: `${configuration.document.issuer.replace(/\/$/, "")}/operators`,
    uses: ["operator" as const],
  };
  if (entry.oidc !== undefined) return makeOidc(parts, { ...ours, ...entry.oidc }, fail);
  return makeGithubActions(parts, { ...ours, ...entry.githubActions }, fail);
}
