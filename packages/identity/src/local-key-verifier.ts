import { type Clock, type IdentityVerifier, TOKEN_TYPES, systemClock } from "@watchword/core";
import { staticKeys } from "./key-source.ts";
import { LOCAL_KEY_ISSUER, loadLocalKey } from "./local-key-source.ts";
import { createVerifier } from "./verifier.ts";

/** Verifies workload tokens of the key in `directory`. It is marked as for development; production refuses it. */
export async function localKeyVerifier(options: {
  readonly directory: string;
  readonly audience: string;
  readonly clock?: Clock;
}): Promise<IdentityVerifier> {
  const { keyId, publicJwk } = await loadLocalKey(options.directory);
  return createVerifier({
    issuer: LOCAL_KEY_ISSUER,
    audience: options.audience,
    uses: ["workload"],
    algorithms: ["ES256"],
    types: [TOKEN_TYPES.workload],
    maxLifetimeSeconds: 300,
    keys: await staticKeys({ keys: [{ ...publicJwk, kid: keyId, alg: "ES256" }] }),
    developmentOnly: true,
    clock: options.clock ?? systemClock,
  });
}
