import { createPrivateKey, createPublicKey } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeVerifier } from "@watchword/conformance";
import { TOKEN_TYPES } from "@watchword/core";
import { LOCAL_KEY_ISSUER, localKeyVerifier } from "@watchword/identity/local-key";
import { BROKER, NOW, clock } from "./login-service.ts";

interface LocalJwk {
  readonly kid: string;
  readonly [name: string]: string;
}

describeVerifier("workloads of a key on the disk", async () => {
  const directory = await mkdtemp(join(tmpdir(), "watchword-contract-"));
  const verifier = await localKeyVerifier({ directory, audience: BROKER, clock });
  const jwk = JSON.parse(await readFile(join(directory, "workload.jwk"), "utf8")) as LocalJwk;
  const privateKey = createPrivateKey({ key: { ...jwk }, format: "jwk" });
  const publicKey = createPublicKey(privateKey);
  return {
    verifier,
    now: NOW,
    audience: BROKER,
    maxLifetimeSeconds: 300,
    key: { alg: "ES256", kid: jwk.kid, privateKey, publicKey, jwk: publicKey.export({ format: "jwk" }) },
    type: TOKEN_TYPES.workload,
    typeMayBeAbsent: false,
    claims: {
      iss: LOCAL_KEY_ISSUER,
      sub: "support-runtime",
      aud: BROKER,
      iat: NOW,
      exp: NOW + 300,
      jti: "one",
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
});
