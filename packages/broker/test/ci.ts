import { type KeyObject, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { type Clock, type IdentityVerifier, numericDate } from "@watchword/core";
import { githubActions } from "@watchword/identity/github-actions";
import { HEAD } from "./minting-system.ts";

const ACTIONS = "https://token.actions.githubusercontent.com";
const WORKFLOW = "acme/app/.github/workflows/evals.yml@refs/heads/main";

/** GitHub Actions as far as a broker sees it: tokens of jobs, and the keys that they are verified with. */
export interface Ci {
  readonly verifiers: readonly IdentityVerifier[];
  readonly jwks: { readonly keys: readonly object[] };
  /** The token of a job of `acme/app` after a push to main; `claims` change it, `undefined` leaves one out. */
  readonly token: (claims?: object) => string;
}

let pair: ReturnType<typeof newPair> | undefined;
const newPair = () => generateKeyPairSync("rsa", { modulusLength: 2_048 });
/** Made once: it takes longer than most tests. */
const keyPair = () => (pair ??= newPair());

/** An issuer of job tokens for a broker; its Enterprise Server has the same keys and another name. */
export async function ci(broker: string, clock: Clock, server: string): Promise<Ci> {
  const { privateKey, publicKey } = keyPair();
  const jwks = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "ci-1", alg: "RS256", use: "sig" }] };
  const options = { audience: broker, jwks, clock };
  return {
    jwks,
    verifiers: [await githubActions(options), await githubActions({ ...options, issuer: server })],
    token: (claims) => {
      const now = numericDate(clock);
      return signed(privateKey, {
        iss: ACTIONS,
        aud: broker,
        sub: "repo:acme/app:ref:refs/heads/main",
        jti: randomUUID(),
        iat: now,
        exp: now + 300,
        repository: "acme/app",
        repository_id: "123",
        repository_owner: "acme",
        repository_owner_id: "77",
        ref: "refs/heads/main",
        ref_protected: "true",
        event_name: "push",
        sha: HEAD,
        workflow_ref: WORKFLOW,
        job_workflow_ref: WORKFLOW,
        run_id: "9001",
        run_attempt: "1",
        ...claims,
      });
    },
  };
}

function signed(key: KeyObject, claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const input = `${part({ alg: "RS256", typ: "JWT", kid: "ci-1" })}.${part(claims)}`;
  return `${input}.${sign("sha256", Buffer.from(input), key).toString("base64url")}`;
}
