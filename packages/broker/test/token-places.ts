import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  CLAIMS,
  type PublicJwk,
  Refusal,
  type Signer,
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPE_URIS,
  accessIssuer,
  actionDigest,
  agentUri,
  endRunUrl,
  generateSigner,
  introspectionUrl,
  newId,
  projectionUrl,
  publicJwkOf,
  randomToken,
  readCompactJws,
  revocationUrl,
  runUri,
  sha256,
  signProof,
  signerOf,
  thumbprint,
  tokenUrl,
} from "@watchword/core";
import { fileKeys } from "../src/index.ts";
import { projectionsOf } from "./denial-desk.ts";
import { ask } from "./token-desk.ts";
import { ISSUER, LOGIN, type TestRun, type TestWorld, refundOf } from "./world.ts";

/** Whom tokens of operators are for. */
export const OPERATORS = `${ISSUER}/operators`;

/** Makes the token that a place gets, from the key and the claims that an honest one has there. */
export type Make = (signer: Signer, claims: object, jwk?: PublicJwk) => Promise<string>;

/** A run with a handle, and the keys that the places trust. */
export interface Stage {
  readonly place: TestWorld;
  readonly run: TestRun;
  readonly handle: string;
  readonly login: Signer;
  readonly workload: Signer;
  readonly broker: Signer;
  /** Signs access tokens for teams' services. */
  readonly access: Signer;
}

/** One place that takes a token. */
export interface TokenPlace {
  readonly name: string;
  /** The `typ` values that are at home here; `undefined`: none at all. */
  readonly own: readonly (string | undefined)[];
  /** Kinds of genuine tokens that are at home here. */
  readonly genuine: readonly string[];
  /** What an honest token of another `typ`, with the right claims and the right signature, is answered with. */
  readonly refusal: string;
  /** Shows a token; gives the reason of its refusal, or `taken`. */
  readonly show: (stage: Stage, make: Make) => Promise<string>;
}

/** A compact JWS with any `typ`, or none. */
export async function signAs(
  typ: string | undefined,
  signer: Signer,
  claims: object,
  jwk?: PublicJwk,
): Promise<string> {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const header = {
    alg: "ES256",
    ...(typ === undefined ? {} : { typ }),
    ...(jwk ? { jwk } : { kid: signer.keyId }),
  };
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${Buffer.from(await signer.sign(Buffer.from(input))).toString("base64url")}`;
}

/** The keys of a world's workload and broker, as their owners hold them. */
export async function keysOf(
  place: TestWorld,
): Promise<{ workload: Signer; broker: Signer; access: Signer }> {
  const jwk = JSON.parse(
    await readFile(join(place.directory, "workload", "workload.jwk"), "utf8"),
  ) as PublicJwk & { readonly d: string; readonly kid: string };
  const key = await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, [
    "sign",
  ]);
  const { d: _, ...open } = jwk;
  const { runs, access } = await fileKeys(join(place.directory, "keys"));
  return {
    workload: signerOf(jwk.kid, key, publicJwkOf(open)),
    broker: runs.signer,
    access: access.signer,
  };
}

const now = ({ place }: Stage): number => Math.floor(place.clock.now() / 1_000);
/** Both times of a token from one look at the clock: between two, a second may pass, and the token lives too long. */
const times = (stage: Stage, seconds: number): { readonly iat: number; readonly exp: number } => {
  const iat = now(stage);
  return { iat, exp: iat + seconds };
};
const claimsOf = (token: string): object => readCompactJws(token, { maxBytes: 65_536 }).claims;

const userClaims = (stage: Stage): object => ({
  iss: LOGIN,
  sub: "dana",
  aud: ISSUER,
  ...times(stage, 300),
  org_id: "acme",
  jti: randomToken(16),
});
const workloadClaims = (stage: Stage): object => ({
  iss: "urn:watchword:local-key",
  sub: "support-runtime",
  aud: ISSUER,
  ...times(stage, 300),
  jti: randomToken(16),
});
const proofClaims = (stage: Stage, url: string, token?: string): object => ({
  jti: randomToken(16),
  htm: "POST",
  htu: url,
  iat: now(stage),
  ...(token === undefined ? {} : { ath: sha256(token) }),
});
const signedClaims = (stage: Stage, token: string): object => ({
  iss: runUri(stage.run.id),
  sub: agentUri(stage.run.agent),
  aud: ISSUER,
  ...times(stage, 60),
  jti: randomToken(16),
  ath: sha256(token),
});
/** What an access token of this run says, as of one that no lease was recorded for. */
export async function accessClaims(stage: Stage): Promise<object> {
  return {
    iss: accessIssuer(ISSUER),
    aud: "https://orders.example",
    sub: "dana",
    act: { sub: agentUri(stage.run.agent) },
    client_id: "support-runtime",
    ...times(stage, 60),
    jti: newId("lease", stage.place.clock.now()),
    tenant: "acme",
    cnf: { jkt: await thumbprint(stage.run.key.publicJwk) },
    authorization_details: [
      {
        type: "urn:watchword:authorization-details:action",
        locations: ["https://orders.example"],
        actions: ["orders.read"],
        access: "read",
        resource: { tenant: "acme" },
        arguments_digest: sha256("{}"),
      },
    ],
    [CLAIMS.decision]: {
      id: newId("dec", stage.place.clock.now()),
      run: stage.run.id,
      principal: { kind: "user", issuer: LOGIN },
      action_digest: sha256("action"),
      idempotency_key: sha256("effect"),
      policy_version: sha256("policy"),
    },
  };
}
/** An honest token of this `typ`. */
const make =
  (typ: string): Make =>
  (...parts) =>
    signAs(typ, ...parts);

async function exchange({ place }: Stage, request: Record<string, string>): Promise<string> {
  const answer = await place.broker.client.token({
    grant_type: TOKEN_EXCHANGE_GRANT,
    subject_token: "",
    subject_token_type: "",
    ...request,
  });
  return answer.ok ? "taken" : answer.reason;
}

interface Makers {
  readonly subject?: Make;
  readonly actor?: Make;
  readonly proof?: Make;
}

async function start(stage: Stage, makers: Makers): Promise<string> {
  const key = await generateSigner();
  const user = makers.subject ?? make("JWT");
  return exchange(stage, {
    subject_token: await user(stage.login, userClaims(stage)),
    subject_token_type: TOKEN_TYPE_URIS.idToken,
    actor_token: await (makers.actor ?? make("workload-identity+jwt"))(stage.workload, workloadClaims(stage)),
    actor_token_type: TOKEN_TYPE_URIS.workload,
    authorization_details: `[{"type":"urn:watchword:authorization-details:run","agent":"support@3"}]`,
    dpop: await (makers.proof ?? make("dpop+jwt"))(key, proofClaims(stage, tokenUrl(ISSUER)), key.publicJwk),
  });
}

async function subjectOf(stage: Stage, { subject }: Makers): Promise<Record<string, string>> {
  const { token } = stage.run;
  return {
    subject_token: subject === undefined ? token : await subject(stage.broker, claimsOf(token)),
    subject_token_type: TOKEN_TYPE_URIS.run,
  };
}

async function act(stage: Stage, makers: Makers): Promise<string> {
  const subject = await subjectOf(stage, makers);
  const action = refundOf("ch_a2", 1_000);
  const claims = {
    ...signedClaims(stage, subject["subject_token"] ?? ""),
    txn: action.txn,
    call: { tool: "t", id: "c" },
    action,
    action_digest: actionDigest(action),
  };
  return exchange(stage, {
    ...subject,
    actor_token: await (makers.actor ?? make("agent-assertion+jwt"))(stage.run.key, claims),
    actor_token_type: TOKEN_TYPE_URIS.assertion,
  });
}

async function delegate(stage: Stage, makers: Makers): Promise<string> {
  const key = await generateSigner();
  const subject = await subjectOf(stage, makers);
  const claims = {
    ...signedClaims(stage, subject["subject_token"] ?? ""),
    txn: randomToken(16),
    child: { agent: "reader@1" },
    cnf: { jkt: await thumbprint(key.publicJwk) },
  };
  return exchange(stage, {
    ...subject,
    actor_token: await (makers.actor ?? make("agent-delegation+jwt"))(stage.run.key, claims),
    actor_token_type: TOKEN_TYPE_URIS.delegation,
    dpop: await (makers.proof ?? make("dpop+jwt"))(key, proofClaims(stage, tokenUrl(ISSUER)), key.publicJwk),
  });
}

async function renew(stage: Stage, makers: Makers): Promise<string> {
  const { key } = stage.run;
  return exchange(stage, {
    ...(await subjectOf(stage, makers)),
    actor_token: await (makers.actor ?? make("workload-identity+jwt"))(stage.workload, workloadClaims(stage)),
    actor_token_type: TOKEN_TYPE_URIS.workload,
    dpop: await (makers.proof ?? make("dpop+jwt"))(key, proofClaims(stage, tokenUrl(ISSUER)), key.publicJwk),
  });
}

async function endRun(stage: Stage, makers: Makers): Promise<string> {
  const { subject_token: token = "" } = await subjectOf(stage, makers);
  const { key } = stage.run;
  const claims = proofClaims(stage, endRunUrl(ISSUER), token);
  const proof = await (makers.proof ?? make("dpop+jwt"))(key, claims, key.publicJwk);
  return stage.place.broker.client.endRun(token, proof).then(
    () => "taken",
    (error: unknown) => (error as { reason: string }).reason,
  );
}

async function desk(stage: Stage, path: "/introspect" | "/revoke", makers: Makers): Promise<string> {
  const { subject_token: token = "" } = await subjectOf(stage, makers);
  const { key } = stage.run;
  const url = path === "/revoke" ? revocationUrl(ISSUER) : introspectionUrl(ISSUER);
  const proof = await (makers.proof ?? make("dpop+jwt"))(key, proofClaims(stage, url, token), key.publicJwk);
  const { status, body } = await ask(stage.place, { path, token, proof });
  if (status !== 200) return String(body["reason"]);
  return body["active"] === false ? "inactive" : "taken";
}

async function introspectAs(stage: Stage, maker: Make): Promise<string> {
  const { token } = stage.run;
  const authorization = `Bearer ${await maker(stage.workload, workloadClaims(stage))}`;
  const { status, body } = await ask(stage.place, { path: "/introspect", token, authorization, proof: "" });
  return status === 200 ? "taken" : String(body["reason"]);
}

async function reportDenials(stage: Stage, makers: Makers): Promise<string> {
  const { subject_token: token = "" } = await subjectOf(stage, makers);
  const claims = { ...signedClaims(stage, token), denials: [], dropped: 0 };
  const batch = await (makers.actor ?? make("denial-batch+jwt"))(stage.run.key, claims);
  return taken(projectionsOf(stage.place).report(token, batch));
}

async function askForProjection(stage: Stage, makers: Makers): Promise<string> {
  const { subject_token: runToken = "" } = await subjectOf(stage, makers);
  const { key } = stage.run;
  const claims = { ...proofClaims(stage, projectionUrl(ISSUER), runToken), htm: "GET" };
  return taken(
    projectionsOf(stage.place).current({
      runToken,
      dpop: () => (makers.proof ?? make("dpop+jwt"))(key, claims, key.publicJwk),
    }),
  );
}

async function taken(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => "taken",
    (error: unknown) => (error as { reason: string }).reason,
  );
}

async function gateway(stage: Stage, makers: Makers): Promise<string> {
  const url = `${stage.place.gatewayUrl}/payments/v1/refunds`;
  const { key } = stage.run;
  const handle = makers.subject ? await makers.subject(key, claimsOf(stage.run.token)) : stage.handle;
  const proof = makers.proof
    ? await makers.proof(key, proofClaims(stage, url, handle), key.publicJwk)
    : await signProof(key, { method: "POST", url, token: handle }, now(stage));
  const response = await fetch(url, {
    method: "POST",
    headers: {
      authorization: `DPoP ${handle}`,
      dpop: proof,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: "charge=ch_a1",
  });
  return response.ok ? "taken" : ((await response.json()) as { reason: string }).reason;
}

async function operate(stage: Stage, makeToken: Make): Promise<string> {
  const { operators } = stage.place.broker;
  if (operators === undefined) throw new Error("nobody is declared as an operator");
  try {
    await operators.identify(await makeToken(stage.login, { ...userClaims(stage), aud: OPERATORS }));
    return "taken";
  } catch (error) {
    return Refusal.from(error, "internal").reason;
  }
}

const at = (
  name: string,
  [own, genuine]: readonly [own: readonly (string | undefined)[], genuine: readonly string[]],
  refusal: string,
  show: TokenPlace["show"],
): TokenPlace => ({ name, own, genuine, refusal, show });

const RUN = [["agent-run+jwt"], ["run token"]] as const;
const PROOF = [["dpop+jwt"], []] as const;
const WORKLOAD = [["workload-identity+jwt"], ["workload token"]] as const;
const TYPE = "token_wrong_type";

/** Every place that takes a token: subject, actor and proof of each exchange, the other endpoints, operators, and the gateway. */
export const PLACES: readonly TokenPlace[] = [
  at("subject of a start", [["JWT", undefined], ["ID token"]], TYPE, (stage, subject) =>
    start(stage, { subject }),
  ),
  at("actor of a start", WORKLOAD, TYPE, (stage, actor) => start(stage, { actor })),
  at("proof of a start", PROOF, "proof_invalid", (stage, proof) => start(stage, { proof })),
  at("subject of an act", RUN, TYPE, (stage, subject) => act(stage, { subject })),
  at("actor of an act", [["agent-assertion+jwt"], []], TYPE, (stage, actor) => act(stage, { actor })),
  at("subject of a delegation", RUN, TYPE, (stage, subject) => delegate(stage, { subject })),
  at("actor of a delegation", [["agent-delegation+jwt"], []], TYPE, (stage, actor) =>
    delegate(stage, { actor }),
  ),
  at("proof of a delegation", PROOF, "proof_invalid", (stage, proof) => delegate(stage, { proof })),
  at("subject of a renewal", RUN, TYPE, (stage, subject) => renew(stage, { subject })),
  at("actor of a renewal", WORKLOAD, TYPE, (stage, actor) => renew(stage, { actor })),
  at("proof of a renewal", PROOF, "proof_invalid", (stage, proof) => renew(stage, { proof })),
  at("token of a run's end", RUN, TYPE, (stage, subject) => endRun(stage, { subject })),
  at("proof of a run's end", PROOF, "proof_invalid", (stage, proof) => endRun(stage, { proof })),
  at(
    "token of an introspection",
    [["agent-run+jwt"], ["run token", "handle"]],
    "inactive",
    (stage, subject) => desk(stage, "/introspect", { subject }),
  ),
  at("proof of an introspection", PROOF, "caller_unknown", (stage, proof) =>
    desk(stage, "/introspect", { proof }),
  ),
  at("caller of an introspection", WORKLOAD, "caller_unknown", introspectAs),
  at(
    "token of a revocation",
    // RFC 7009 section 2.2: a token of these kinds that is not known is revoked already.
    [
      ["agent-run+jwt", "at+jwt"],
      ["run token", "handle", "access token"],
    ],
    "token_kind_unsupported",
    (stage, subject) => desk(stage, "/revoke", { subject }),
  ),
  at("proof of a revocation", PROOF, "caller_unknown", (stage, proof) => desk(stage, "/revoke", { proof })),
  at("run token of a batch", RUN, TYPE, (stage, subject) => reportDenials(stage, { subject })),
  at("batch of denials", [["denial-batch+jwt"], []], TYPE, (stage, actor) => reportDenials(stage, { actor })),
  at("run token for a projection", RUN, TYPE, (stage, subject) => askForProjection(stage, { subject })),
  at("proof for a projection", PROOF, "proof_invalid", (stage, proof) => askForProjection(stage, { proof })),
  at("token of an operator", [["JWT", undefined], []], TYPE, operate),
  at("handle at the gateway", [[], ["handle"]], "lease_unknown", (stage, subject) =>
    gateway(stage, { subject }),
  ),
  at("proof at the gateway", PROOF, "proof_invalid", (stage, proof) => gateway(stage, { proof })),
];
