/**
 * A declared source of test results that an adapter can read where they stand, as the policy names it. Names of a
 * repository are for people and can be registered again by somebody else; the numeric ids say which one is meant.
 */
export type CheckSource = ActionsCheckSource | AppCheckSource;

/** A job of one workflow: it counts only when its workflow run resolves to exactly this. */
export interface ActionsCheckSource {
  readonly issuer: "github-actions";
  /** The check's name, which for a workflow is the job's. */
  readonly check: string;
  readonly repositoryId: string;
  readonly ownerId: string | undefined;
  /** `.github/workflows/evals.yml` */
  readonly workflow: string;
  /** The protected ref that the workflow's own text is taken from: `refs/heads/main`. */
  readonly ref: string;
  /** Events whose workflow text GitHub takes from {@link ref} and never from what is being tested. */
  readonly events: readonly string[];
}

/** A check of an App that posts nothing else; its numeric id is what nobody can forge. */
export interface AppCheckSource {
  readonly issuer: "github-app";
  readonly check: string;
  readonly repositoryId: string;
  readonly ownerId: string | undefined;
  /** Numeric id of the App. */
  readonly app: string;
}

/** What an adapter is asked: how does this source stand for this commit? */
export interface EvidenceQuery {
  readonly source: CheckSource;
  /** Full commit id, as the broker read it. */
  readonly commit: string;
  /** Completed resource of the action that wants it. */
  readonly resource: Readonly<Record<string, string>>;
}

/**
 * `pass`: finished, green, from the declared source, about this commit. `pending`: from the declared source and not
 * finished. `fail`: finished and anything but green. `missing`: nothing of the declared source, however many others say
 * something. Everything but `pass` refuses.
 */
export type EvidenceState = "pass" | "fail" | "pending" | "missing";

/** A source's answer about one commit. */
export interface EvidenceReading {
  readonly state: EvidenceState;
  /** NumericDate at which the result was reached; `null` while there is none. */
  readonly finishedAt: number | null;
  /**
   * Set on `missing` alone: everything was looked at, and nothing there is of the source. Without it, what is missing may
   * only be out of sight, and so may be red.
   */
  readonly absent?: true;
  /** For the operator: which check, run or statement it was, or why none counts. No secret, no value of a tenant. */
  readonly detail: string;
}

/** A reading with the commit that it is about, as a fact of one decision. */
export interface EvidenceFact extends EvidenceReading {
  readonly commit: string;
}
