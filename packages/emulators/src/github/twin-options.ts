import type { JsonWebKey } from "node:crypto";
import type { Clock } from "@watchword/core";

/** What a permission allows; each level includes those before it. */
export type Level = "read" | "write" | "admin";

/** Permissions by name as GitHub spells them: `{ contents: "write", pull_requests: "read" }`. */
export type Permissions = Readonly<Record<string, Level>>;

/** A GitHub App with the public half of its key: PEM (SPKI or PKCS#1) or JWK. */
export interface AppSeed {
  readonly id: number;
  readonly slug: string;
  readonly publicKey: string | JsonWebKey;
}

/** A user or an organization. */
export interface AccountSeed {
  readonly login: string;
  readonly id: number;
  readonly type?: "Organization" | "User";
}

/** An App installed on an account, with what the account's owner granted. */
export interface InstallationSeed {
  readonly id: number;
  readonly appId: number;
  readonly account: AccountSeed;
  readonly permissions: Permissions;
  /** Ids of the selected repositories, or every one that the account owns. */
  readonly repositories: "all" | readonly number[];
}

/** A branch with the commit that it points at. */
export interface BranchSeed {
  /** 40 hexadecimal digits; made from the content when left out. */
  readonly commit?: string;
  readonly protected?: boolean;
  /** Text by path without a leading slash. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A pull request; its head is a branch of the same repository unless a fork's commit is given. */
export interface PullSeed {
  readonly number: number;
  readonly title?: string;
  readonly head: string;
  readonly base?: string;
  readonly draft?: boolean;
  readonly mergeable?: boolean;
  readonly fork?: { readonly repositoryId: number; readonly fullName: string; readonly sha: string };
}

/** An issue that is there from the beginning. */
export interface IssueSeed {
  readonly number: number;
  readonly title: string;
  readonly body?: string;
  readonly labels?: readonly string[];
}

/** A review by somebody else, of the pull request as it is at the beginning. */
export interface ReviewSeed {
  readonly id: number;
  readonly pull: number;
  readonly state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED";
}

/** A release that is there from the beginning, at the default branch. */
export interface ReleaseSeed {
  readonly id: number;
  readonly tag: string;
  readonly draft?: boolean;
}

/** `queued` and `in_progress` have no conclusion yet. */
export type RunStatus = "queued" | "in_progress" | "completed";

/** How a finished run, job or check ended. Only `success` is green. */
export type Conclusion =
  | "success"
  | "failure"
  | "neutral"
  | "cancelled"
  | "skipped"
  | "timed_out"
  | "action_required";

/** How far a run, job or check is. A conclusion means `completed`. */
export interface Progress {
  readonly status?: RunStatus;
  readonly conclusion?: Conclusion;
}

/** A job of a workflow run. Its id is the id of the check run that shows it. */
export interface JobSeed extends Progress {
  readonly id?: number;
  readonly name: string;
  readonly attempt?: number;
}

/** A run of a workflow, with its check suite and a check run for each job. */
export interface WorkflowRunSeed extends Progress {
  readonly id?: number;
  readonly checkSuiteId?: number;
  /** `.github/workflows/evals.yml`, sometimes with `@ref` behind it. */
  readonly path: string;
  readonly event: string;
  readonly headSha: string;
  readonly headBranch: string | null;
  readonly attempt?: number;
  /** Where the commit comes from; default: the repository itself. */
  readonly headRepository?: { readonly id: number; readonly fullName: string };
  readonly pullRequests?: readonly { readonly number: number; readonly baseRef: string }[];
  readonly jobs: readonly JobSeed[];
}

/** A check that an App posted through the API. */
export interface CheckRunSeed extends Progress {
  readonly id?: number;
  readonly name: string;
  readonly headSha: string;
  readonly appId: number;
}

/** A repository with what stands in it. */
export interface RepositorySeed {
  readonly id: number;
  readonly name: string;
  readonly owner: AccountSeed;
  readonly defaultBranch?: string;
  readonly branches: Readonly<Record<string, BranchSeed>>;
  readonly pulls?: readonly PullSeed[];
  readonly issues?: readonly IssueSeed[];
  readonly reviews?: readonly ReviewSeed[];
  readonly releases?: readonly ReleaseSeed[];
  readonly runs?: readonly WorkflowRunSeed[];
  readonly checks?: readonly CheckRunSeed[];
}

/** Options of {@link githubTwin}. */
export interface GithubTwinOptions {
  readonly apps: readonly AppSeed[];
  readonly installations: readonly InstallationSeed[];
  readonly repositories: readonly RepositorySeed[];
  readonly clock?: Clock;
  /** A server of one's own (GitHub Enterprise Server): all is below `/api/v3`, and another App is GitHub Actions. */
  readonly server?: { readonly actionsApp: number };
  /** Default: 127.0.0.1 and any free port. */
  readonly listen?: { readonly host?: string; readonly port?: number };
}
