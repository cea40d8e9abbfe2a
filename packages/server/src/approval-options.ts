import type { BrokerOptions } from "@watchword/broker";
import type { ApprovalLoginDocument } from "./configuration-document.ts";
import { ConfigurationInvalid } from "./configuration-problem.ts";
import { type VerifierParts, makeOidc } from "./make-verifier.ts";
import { type Environment, readSecret } from "./read-secret.ts";

type ApprovalOptions = NonNullable<BrokerOptions["approvals"]>;

/**
 * What `approvals:` says, with its secrets read. Left out: nobody is told, and people decide by API.
 *
 * @throws ConfigurationInvalid
 */
export async function approvalOptions(
  parts: VerifierParts,
  environment: Environment,
): Promise<{ readonly approvals?: ApprovalOptions }> {
  const { approvals } = parts.configuration.document;
  if (approvals === undefined) return {};
  const { notify, login, maxPending } = approvals;
  return {
    approvals: {
      ...(maxPending === undefined ? {} : { maxPending }),
      ...(notify === undefined
        ? {}
        : {
            notify: {
              url: notify.url,
              secret: await secretAt(parts, ["approvals", "notify", "secret"], notify.secret, environment),
            },
          }),
      ...(login === undefined ? {} : { login: await loginOptions(parts, login, environment) }),
    },
  };
}

async function loginOptions(
  parts: VerifierParts,
  { issuer, jwks, algorithms, clientId, clientSecret, scopes, ...endpoints }: ApprovalLoginDocument,
  environment: Environment,
): Promise<NonNullable<ApprovalOptions["login"]>> {
  const { configuration } = parts;
  // The audience of a login's ID token is the client that asked for it.
  const oidc = {
    issuer,
    jwks,
    audience: clientId,
    uses: ["approver" as const],
    ...(algorithms === undefined ? {} : { algorithms }),
  };
  const verifier = await makeOidc(parts, oidc, (path, message) => {
    const at = ["approvals", "login", ...path.slice(1)];
    return new ConfigurationInvalid([configuration.problem(at, `${at.map(String).join(".")}: ${message}`)]);
  });
  return {
    verifier,
    clientId,
    ...(scopes === undefined ? {} : { scopes }),
    ...(clientSecret === undefined
      ? {}
      : {
          clientSecret: await secretAt(
            parts,
            ["approvals", "login", "clientSecret"],
            clientSecret,
            environment,
          ),
        }),
    ...endpoints,
  };
}

function secretAt(
  { configuration }: VerifierParts,
  at: readonly string[],
  reference: Parameters<typeof readSecret>[2],
  environment: Environment,
): ReturnType<typeof readSecret> {
  return readSecret(configuration, at, reference, environment);
}
