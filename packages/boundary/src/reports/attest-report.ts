import { type KeyObject, createPrivateKey, createPublicKey, sign } from "node:crypto";
import type { BoundaryReport } from "../boundary-report.ts";
import type { Isolation } from "../world.ts";
import { verdictOf } from "./verdict.ts";

const TYPE = "application/vnd.in-toto+json";
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
/** More rows than these are named by grant and fact, so that the statement stays small enough for its readers. */
const NAMED_ROWS = 2_000;
/** Weakest first: a run in a container is one in a process, too. */
const ISOLATIONS: readonly Isolation[] = ["same-process", "process", "netns", "container"];

/** What a run is attested with. */
export interface Attesting {
  /** Full id of the commit that was tested. */
  readonly commit: string;
  /** Private key as PEM (PKCS #8): Ed25519 or P-256. */
  readonly key: string;
  /** Version of the harness. */
  readonly harness: string;
  /** Name of the suite, which a policy's evidence source declares; left out: `boundary`. */
  readonly suite?: string;
  readonly minScore?: number;
}

/** A signed statement, and who signed it. */
export interface Attestation {
  readonly result: "PASSED" | "FAILED";
  /** DSSE envelope, as `POST /evidence` of a broker takes it. */
  readonly envelope: string;
  /** Public half of the key, as a policy's evidence source declares it. */
  readonly publicKey: Readonly<Record<string, string>>;
}

/**
 * The run as an in-toto test result v0.1 about a git commit, signed (DSSE). Its configurations are the suite, the suite with
 * each isolation that the run had at least (`boundary/container`), the policy's version and the harness: a source that
 * declares `boundary/container` is not turned green by a run in a mere process.
 *
 * INVARIANT: only a run that holds is attested as `PASSED`; whatever else it came to is `FAILED`.
 *
 * @throws TypeError for a run against a deployed broker, a commit that is no full id, and a key that is neither Ed25519 nor P-256; holds nothing of the key
 */
export function attestReport(report: BoundaryReport, attesting: Attesting): Attestation {
  const { commit, suite = "boundary", harness } = attesting;
  if (!COMMIT.test(commit))
    throw new TypeError("a commit is attested by its full id, 40 or 64 hexadecimal digits");
  // INVARIANT: rows that nobody asked are no part of a green run; a policy that rests on one could not tell.
  if (report.isolation === "remote")
    throw new TypeError("a run against a deployed broker proves a part of the boundary, and is not attested");
  const key = signingKey(attesting.key);
  const { code, failures, scoreProblem } = verdictOf(report, attesting);
  const result = code === 0 ? "PASSED" : "FAILED";
  const failed = [
    ...failures.map(({ row, title }) => row ?? title),
    ...(scoreProblem === null ? [] : [scoreProblem]),
  ];
  const payload = JSON.stringify({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "commit", digest: { gitCommit: commit } }],
    predicateType: "https://in-toto.io/attestation/test-result/v0.1",
    predicate: {
      result,
      configuration: [
        { name: suite },
        ...ISOLATIONS.slice(0, ISOLATIONS.indexOf(report.isolation) + 1).map((isolation) => ({
          name: `${suite}/${isolation}`,
        })),
        { name: `policy/${report.policyVersion}` },
        { name: `@watchword/boundary@${harness}` },
      ],
      passedTests: testNames(report),
      ...(result === "FAILED" ? { failedTests: failed.slice(0, NAMED_ROWS).map(named) } : {}),
    },
  });
  return { result, envelope: sealed(payload, key), publicKey: publicHalf(key) };
}

function testNames({ rows, proofs }: BoundaryReport): string[] {
  const proven = proofs.filter(({ holds }) => holds).map(({ name }) => named(name));
  const held = rows.filter(({ problems }) => problems.length === 0);
  if (held.length <= NAMED_ROWS) return [...proven, ...held.map(({ row }) => named(row.id))];
  return [...proven, ...new Set(held.map(({ row }) => named(`${row.grant}/${row.fact}`)))].slice(
    0,
    NAMED_ROWS,
  );
}

/** Readers take names of up to 1,024 characters. */
function named(text: string): string {
  return text.slice(0, 1_024);
}

/** @throws TypeError without anything of the text: it is a secret, or was meant as one */
function signingKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new TypeError(
      "the attestation's key is no unencrypted private key in PEM; openssl genpkey -algorithm ed25519 makes one",
    );
  }
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.asymmetricKeyType === "ed25519" || (key.asymmetricKeyType === "ec" && curve === "prime256v1"))
    return key;
  throw new TypeError("the attestation's key must be Ed25519 or P-256");
}

function publicHalf(key: KeyObject): Record<string, string> {
  const { kty, crv, x, y } = createPublicKey(key).export({ format: "jwk" }) as Record<string, string>;
  return { kty: kty ?? "", crv: crv ?? "", x: x ?? "", ...(y === undefined ? {} : { y }) };
}

/** Signs the pre-authentication encoding of the DSSE protocol; ES256 in DER, as other tools write it. */
function sealed(payload: string, key: KeyObject): string {
  const message = Buffer.from(`DSSEv1 ${TYPE.length} ${TYPE} ${Buffer.byteLength(payload)} ${payload}`);
  const signature = sign(key.asymmetricKeyType === "ed25519" ? null : "sha256", message, key);
  return `${JSON.stringify({
    payloadType: TYPE,
    payload: Buffer.from(payload).toString("base64"),
    signatures: [{ sig: signature.toString("base64") }],
  })}\n`;
}
