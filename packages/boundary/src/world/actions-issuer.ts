import { type KeyObject, generateKeyPair, randomUUID, sign } from "node:crypto";
import { promisify } from "node:util";

const newPair = promisify(generateKeyPair);

/** A stand-in for the issuer of GitHub Actions' job tokens: same form, same algorithm, a key of its own. */
export interface ActionsIssuer {
  readonly jwks: { readonly keys: readonly object[] };
  /** A job's token; `claims` complete or change those of a push to `acme/app`. */
  token(parts: {
    readonly issuer: string;
    readonly audience: string;
    readonly now: number;
    readonly claims: Readonly<Record<string, unknown>>;
  }): string;
}

/** Makes one; its key takes a moment. */
export async function actionsIssuer(): Promise<ActionsIssuer> {
  const { privateKey, publicKey } = await newPair("rsa", { modulusLength: 2_048 });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "boundary", alg: "RS256", use: "sig" };
  return Object.freeze({
    jwks: { keys: [jwk] },
    token: ({ issuer, audience, now, claims }: Parameters<ActionsIssuer["token"]>[0]) =>
      signed(privateKey, {
        iss: issuer,
        aud: audience,
        iat: now,
        exp: now + 300,
        jti: randomUUID(),
        ...coherent(claims),
      }),
  });
}

/** Claims that agree with each other, as GitHub's always do. */
function coherent(claims: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const text = (name: string, otherwise: string): string =>
    typeof claims[name] === "string" ? claims[name] : otherwise;
  const repository = text("repository", "acme/app");
  const ref = text("ref", "refs/heads/main");
  const workflow = text("workflow_ref", `${repository}/.github/workflows/boundary.yml@${ref}`);
  return {
    repository,
    repository_id: "1",
    repository_owner: repository.split("/")[0],
    repository_owner_id: "1",
    ref,
    ref_protected: "true",
    sha: "0".repeat(40),
    event_name: "push",
    workflow_ref: workflow,
    job_workflow_ref: workflow,
    run_id: "1",
    run_attempt: "1",
    sub: `repo:${repository}:ref:${ref}`,
    ...claims,
  };
}

function signed(key: KeyObject, claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const input = `${part({ alg: "RS256", typ: "JWT", kid: "boundary" })}.${part(claims)}`;
  return `${input}.${sign("sha256", Buffer.from(input), key).toString("base64url")}`;
}
