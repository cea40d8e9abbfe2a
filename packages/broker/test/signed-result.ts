import { type KeyObject, generateKeyPairSync, sign } from "node:crypto";

/** A key that signs test results, and its public half as a policy declares it. */
export interface ResultSigner {
  readonly jwk: Record<string, string>;
  readonly privateKey: KeyObject;
}

export function resultSigner(kind: "P-256" | "Ed25519" = "Ed25519"): ResultSigner {
  const { publicKey, privateKey } =
    kind === "Ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { kty, crv, x, y } = publicKey.export({ format: "jwk" }) as Record<string, string>;
  return {
    jwk: { kty: kty ?? "", crv: crv ?? "", x: x ?? "", ...(y === undefined ? {} : { y }) },
    privateKey,
  };
}

/** What a test changes of an honest result. */
export interface ResultChange {
  readonly commit?: string;
  readonly suite?: string;
  readonly result?: string;
  readonly predicate?: object;
  readonly statement?: object;
  readonly payloadType?: string;
  readonly dsaEncoding?: "der" | "ieee-p1363";
  /** Changes the payload after it was signed. */
  readonly tamper?: (payload: string) => string;
}

const TYPE = "application/vnd.in-toto+json";

/** A DSSE envelope with an in-toto test result v0.1, as CI posts it. */
export function signedResult(signer: ResultSigner, change: ResultChange = {}): string {
  const statement = JSON.stringify({
    _type: "https://in-toto.io/Statement/v1",
    subject: [
      { name: "git+https://github.com/acme/app", digest: { gitCommit: change.commit ?? "a".repeat(40) } },
    ],
    predicateType: "https://in-toto.io/attestation/test-result/v0.1",
    predicate: {
      result: change.result ?? "PASSED",
      configuration: [{ name: change.suite ?? "safety", uri: "git+https://github.com/acme/app#evals.yml" }],
      passedTests: ["refuses to leak"],
      ...change.predicate,
    },
    ...change.statement,
  });
  const type = change.payloadType ?? TYPE;
  const message = Buffer.from(`DSSEv1 ${type.length} ${type} ${Buffer.byteLength(statement)} ${statement}`);
  const key = { key: signer.privateKey, dsaEncoding: change.dsaEncoding ?? ("der" as const) };
  const signature = sign(signer.jwk["crv"] === "Ed25519" ? null : "sha256", message, key);
  return JSON.stringify({
    payloadType: type,
    payload: Buffer.from(change.tamper?.(statement) ?? statement).toString("base64"),
    signatures: [{ keyid: "ci", sig: signature.toString("base64") }],
  });
}
