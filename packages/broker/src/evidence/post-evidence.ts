import { type EvidenceRecord, Refusal, numericDate, sha256 } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { type DsseEnvelope, isSignedBy, payloadJson, readDsseEnvelope } from "./dsse-envelope.ts";
import { type KeptResult, postAsJob } from "./post-as-job.ts";
import { type TestResult, readTestResult } from "./test-result.ts";

/** A statement that was kept. */
export interface KeptEvidence {
  readonly source: string;
  readonly commit: string;
  readonly state: EvidenceRecord["state"];
  /** `false`: this very statement was there already. */
  readonly fresh: boolean;
}

/** Where test results arrive. */
export interface Evidence {
  /**
   * Keeps a signed test result under every declared source whose key signed it and whose suite it is about. Who brings it
   * does not matter: the signature does.
   *
   * @throws Refusal `request_malformed`, `token_untrusted` (no declared source signed it); counted, not recorded
   */
  post(envelope: string): Promise<readonly KeptEvidence[]>;
  /**
   * Keeps what a CI job says of itself, with the token that its CI gave it: under the declared source whose repository,
   * workflow, protected ref and event the token names, about the token's own commit, once per token. `format` is one of
   * `in-toto`, `vitest`, `promptfoo`, `inspect`, `junit`, `record`; `source` names one of several that fit. A body that
   * cannot be read is kept as red.
   *
   * @throws Refusal whatever the token's verifier refuses, `token_untrusted` (no source declares its repository); counted.
   *   After that, recorded one by one: `token_untrusted` (another workflow, ref or event), `token_replayed`,
   *   `request_malformed` (unknown format, another commit or suite than the token's)
   */
  postAs(token: string, format: string, body: string, source?: string): Promise<KeptResult>;
}

/** The evidence of a broker. */
export function evidence(context: BrokerContext): Evidence {
  return Object.freeze({
    post: (envelope: string) => post(context, envelope),
    postAs: (token: string, format: string, body: string, source?: string) =>
      postAsJob(context, { token, format, body, source }),
  });
}

async function post(context: BrokerContext, text: string): Promise<readonly KeptEvidence[]> {
  const { envelope, result, sources } = known(context, text);
  const kept: KeptEvidence[] = [];
  for (const source of sources)
    for (const commit of result.commits) kept.push(await keep(context, envelope, result, { source, commit }));
  return kept;
}

/** Reads the statement after its signature held. Whoever sends anything else is counted: a flood must not fill the ledger. */
function known(
  context: BrokerContext,
  text: string,
): { envelope: DsseEnvelope; result: TestResult; sources: readonly string[] } {
  try {
    const envelope = readDsseEnvelope(text);
    const signed = signersOf(context, envelope);
    const result = readTestResult(payloadJson(envelope));
    const sources = signed.filter(({ suite }) => result.suites.includes(suite)).map(({ name }) => name);
    if (sources.length === 0)
      throw untrusted(
        signed.length === 0
          ? "no key of a declared source signed it"
          : "its signer is declared for other suites",
      );
    return { envelope, result, sources };
  } catch (error) {
    const refusal = Refusal.from(error, "internal");
    context.counted.note(refusal);
    throw refusal;
  }
}

/** INVARIANT: nothing of the payload is read before one of the declared keys is known to have signed it. */
function signersOf(
  { policy }: BrokerContext,
  envelope: DsseEnvelope,
): readonly { readonly name: string; readonly suite: string }[] {
  const signed = Object.entries(policy.document.evidence).flatMap(([name, declared]) =>
    declared.issuer === "dsse" && declared.keys.some((key) => isSignedBy(envelope, key))
      ? [{ name, suite: declared.suite }]
      : [],
  );
  if (signed.length === 0) throw untrusted("no key of a declared source signed it");
  return signed;
}

async function keep(
  context: BrokerContext,
  envelope: DsseEnvelope,
  { state, detail }: TestResult,
  { source, commit }: { readonly source: string; readonly commit: string },
): Promise<KeptEvidence> {
  const digest = sha256(envelope.payload);
  const fresh = await context.store.putEvidence(
    { source, commit, state, digest, receivedAt: numericDate(context.clock), detail },
    {
      kind: "evidence",
      at: context.clock.now(),
      tenant: null,
      body: { outcome: state, source, commit, statement_digest: digest },
    },
  );
  return { source, commit, state, fresh: fresh === true };
}

function untrusted(detail: string): Refusal {
  return new Refusal("token_untrusted", { detail, failedFact: "evidence" });
}
