import { Refusal } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { recordAct } from "../operators/record-act.ts";

/** Somebody as they can be recognized later: by issuer and subject, or by a claim that approvers are compared by. */
export interface Recognizable {
  readonly issuer: string;
  readonly subject: string;
  /** Keyed hashes of claims, by claim name. */
  readonly links: Readonly<Record<string, string>>;
}

/** The id under which the ledger groups who wrote a grant. */
const authorsOf = (grantDigest: string): string => `authored:${grantDigest}`;

/**
 * Records who brings new grants in, before they can become active: each that is not in the active policy to the letter, beside
 * the chain, with keyed hashes alone.
 *
 * @throws Refusal `ledger_unavailable`
 */
export async function recordAuthor(
  context: BrokerContext,
  author: Recognizable & { readonly by: string },
  grants: readonly { readonly id: string; readonly digest: string }[],
): Promise<void> {
  const known = new Set(context.policy.grants.map(({ digest }) => digest));
  for (const { id, digest } of grants) {
    if (known.has(digest) || (await isAuthor(context, author, digest))) continue;
    await recordAct(context, {
      kind: "policy",
      at: context.clock.now(),
      tenant: null,
      decisionId: authorsOf(digest),
      body: { outcome: "authored", grant: id, grant_digest: digest },
      personal: { by: author.by, author: nameOf(context, author), links: { ...author.links } },
    });
  }
}

/**
 * INVARIANT: nobody approves under a grant that they brought into the policy, whoever activated it, under whichever login.
 *
 * @throws Refusal `approver_not_allowed`
 */
export async function refuseAuthor(
  context: BrokerContext,
  approver: Recognizable,
  grantId: string,
): Promise<void> {
  const grant = context.policy.grants.find(({ id }) => id === grantId);
  if (grant === undefined || !(await isAuthor(context, approver, grant.digest))) return;
  throw new Refusal("approver_not_allowed", {
    detail: `whoever wrote grant ${grantId} does not approve under it`,
    failedFact: "approval",
  });
}

async function isAuthor(
  context: BrokerContext,
  somebody: Recognizable,
  grantDigest: string,
): Promise<boolean> {
  const name = nameOf(context, somebody);
  for (const { replica, sequence } of await context.store.decisionRecords(authorsOf(grantDigest))) {
    const beside = (await context.store.personal(replica, sequence))?.value;
    if (beside === undefined) continue;
    if (beside["author"] === name || sharesLink(beside["links"], somebody.links)) return true;
  }
  return false;
}

function sharesLink(recorded: unknown, links: Recognizable["links"]): boolean {
  if (typeof recorded !== "object" || recorded === null) return false;
  const before = new Map<string, unknown>(Object.entries(recorded));
  return Object.entries(links).some(([claim, hash]) => before.get(claim) === hash);
}

function nameOf({ keys }: BrokerContext, { issuer, subject }: Recognizable): string {
  return keys.pseudonym(JSON.stringify(["urn:watchword:author", issuer, subject]));
}
