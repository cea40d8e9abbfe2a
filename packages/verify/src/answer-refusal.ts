import { REASONS, type Reason, Refusal } from "@watchword/core";
import { NonceNeeded } from "./service-nonce.ts";

/** How a refusal is answered, whatever framework answers. */
export interface RefusalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

interface Answered {
  readonly status: number;
  /** `error` of RFC 6750 section 3.1 and RFC 9449 section 7.1; left out where no token was shown. */
  readonly error?: string;
}

const OTHERS: Readonly<Partial<Record<Reason, Answered>>> = {
  caller_unknown: { status: 401 },
  request_malformed: { status: 400, error: "invalid_request" },
  proof_invalid: { status: 401, error: "invalid_dpop_proof" },
  proof_nonce_required: { status: 401, error: "use_dpop_nonce" },
  lease_expired: { status: 401, error: "invalid_token" },
  request_mismatch: { status: 403, error: "insufficient_scope" },
  tenant_mismatch: { status: 403, error: "insufficient_scope" },
  broker_unavailable: { status: 503, error: "temporarily_unavailable" },
};

/** The answer to a refusal: a challenge and a reason that is safe to show, and nothing of why. */
export function answerRefusal(error: unknown): RefusalAnswer {
  const { reason } = Refusal.from(error, "internal");
  const { status, error: code } = answered(reason);
  const { text } = REASONS[reason];
  const challenge =
    code === undefined
      ? `DPoP algs="ES256"`
      : `DPoP algs="ES256", error="${code}", error_description="${text}"`;
  return {
    status,
    headers: {
      "content-type": "application/json",
      "cache-control": "no-store",
      ...(status < 500 ? { "www-authenticate": challenge } : {}),
      ...(status === 503 ? { "retry-after": "10" } : {}),
      ...(error instanceof NonceNeeded ? { "dpop-nonce": error.nonce } : {}),
    },
    body: JSON.stringify({ error: code ?? "unauthorized", error_description: text, reason }),
  };
}

function answered(reason: Reason): Answered {
  if (reason.startsWith("token_")) return { status: 401, error: "invalid_token" };
  return OTHERS[reason] ?? { status: 500, error: "server_error" };
}
