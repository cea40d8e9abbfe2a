import { Refusal } from "@watchword/core";

/** What an error code of STS means to whoever set the connection up: what is required, what is held, and what to do. */
const MEANINGS: Readonly<Record<string, readonly [required: string, held: string, next: string]>> = {
  AccessDenied: [
    "a role that trusts this issuer, subject and audience, with sts:TagSession and sts:SetSourceIdentity",
    "a role that does not, or none of that name",
    "compare its trust policy with the adapter's README",
  ],
  "GetScopedCredentials AccessDenied": [
    "a role that may call sts:GetScopedCredentials",
    "one that may not",
    "add it to the role's own policy, as in the adapter's README",
  ],
  InvalidIdentityToken: [
    "an OpenID Connect provider of the federation issuer with this audience, whose keys AWS can fetch",
    "a token that AWS cannot verify",
    "compare the provider with the issuer, and see that its discovery answers from the internet",
  ],
  ExpiredTokenException: [
    "a token of this minute",
    "one that is over by AWS's clock",
    "compare this machine's clock",
  ],
  ExpiredToken: ["a session that lives", "one that is over", "compare this machine's clock"],
  IDPRejectedClaim: [
    "an issuer that stands by its token",
    "one that does not",
    "look at the federation issuer",
  ],
  MalformedPolicyDocument: [
    "a session policy that IAM can read",
    "one that it cannot",
    "report this: the policy is generated",
  ],
  PackedPolicyTooLarge: [
    "policy and tags that fit into a session",
    "more than fits",
    "shorten names of buckets, tables, tenants or keys",
  ],
  RegionDisabledException: [
    "STS active in the region",
    "a region without it",
    "activate it in the account's settings",
  ],
  InsufficientSessionLifetime: [
    "a shorter session than the one it comes from",
    "a longer one",
    "lower lifeSeconds",
  ],
  InvalidSubjectCredentials: ["a session that may be narrowed", "one that may not", "report this"],
  SignatureDoesNotMatch: [
    "a signature that AWS can repeat",
    "another",
    "compare this machine's clock and the region",
  ],
  InvalidClientTokenId: [
    "a session of this partition",
    "one that AWS does not know",
    "compare partition and region",
  ],
};

/** How AWS says "too much", never for how long: its own clients begin with less than a second. */
const LIMITED: ReadonlySet<string> = new Set([
  "Throttling",
  "ThrottlingException",
  "RequestLimitExceeded",
  "TooManyRequestsException",
]);
const LIMITED_SECONDS = 2;

/** Codes of refusals that are over by themselves: the very same call may be taken later. */
const PASSING: ReadonlySet<string> = new Set([
  "IDPCommunicationError",
  "InternalFailure",
  "ServiceUnavailable",
]);

/** The refusal for an error code that STS answered with a status of 400 to 499. */
export function explainCode(action: string, code: string): Refusal {
  if (LIMITED.has(code))
    return new Refusal("rate_limited", {
      detail: `aws: ${code} to ${action}`,
      retryAfterSeconds: LIMITED_SECONDS,
    });
  if (PASSING.has(code))
    return new Refusal("downstream_unavailable", {
      detail: `aws: ${code} to ${action}; it may be asked again`,
    });
  const [required, held, next] = MEANINGS[`${action} ${code}`] ??
    MEANINGS[code] ?? ["a call that STS takes", "one that it refuses", "look the code up"];
  return new Refusal("downstream_refused", {
    detail: `aws answered ${code} to ${action}; required: ${required}; held: ${held}; next: ${next}`,
    failedFact: "credential",
  });
}
