import { createHash } from "node:crypto";
import { ChecksState } from "./checks-state.ts";
import type { AccountSeed, BranchSeed, RepositorySeed } from "./twin-options.ts";

/** Bytes by path, as one commit holds them. */
export type Tree = ReadonlyMap<string, Buffer>;

/** A commit with the whole tree that it stands for. */
export interface TwinCommit {
  readonly sha: string;
  readonly message: string;
  readonly parents: readonly string[];
  readonly tree: Tree;
}

/** An issue, or the issue half of a pull request. */
export interface TwinIssue {
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly state: "open" | "closed";
  readonly stateReason: string | null;
  readonly labels: readonly string[];
  readonly assignees: readonly string[];
  readonly comments: readonly { readonly id: number; readonly body: string }[];
}

/** The pull half of a pull request; title and state are its issue's. */
export interface TwinPull {
  readonly number: number;
  readonly head: string;
  readonly base: string;
  readonly draft: boolean;
  readonly mergeable: boolean;
  /** The App that opened it; `undefined` for somebody else. */
  readonly appId: number | undefined;
  readonly fork:
    | { readonly repositoryId: number; readonly fullName: string; readonly sha: string }
    | undefined;
  /** The merge commit and the head that was merged. */
  readonly merged: { readonly sha: string; readonly head: string } | undefined;
}

/** What somebody said of a pull request at one commit. */
export interface TwinReview {
  readonly id: number;
  readonly pull: number;
  /** The App that gave it; `undefined` for somebody else. */
  readonly appId: number | undefined;
  readonly state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED";
  readonly body: string;
  readonly commit: string;
}

/** What somebody said of a commit, under a name of his choice. */
export interface TwinStatus {
  readonly id: number;
  readonly commit: string;
  readonly context: string;
  readonly state: "error" | "failure" | "pending" | "success";
  readonly description: string | null;
  readonly targetUrl: string | null;
}

/** A release; a draft has no tag behind it yet. */
export interface TwinRelease {
  readonly id: number;
  readonly tag: string;
  readonly target: string;
  readonly name: string | null;
  readonly body: string | null;
  readonly draft: boolean;
  readonly prerelease: boolean;
}

/** What one repository holds. Objects are replaced, never changed, so that a snapshot stays one. */
export class RepositoryState {
  readonly id: number;
  readonly name: string;
  readonly owner: Required<AccountSeed>;
  readonly defaultBranch: string;
  readonly commits = new Map<string, TwinCommit>();
  readonly branches = new Map<string, { readonly sha: string; readonly protected: boolean }>();
  readonly issues = new Map<number, TwinIssue>();
  readonly pulls = new Map<number, TwinPull>();
  readonly reviews: TwinReview[] = [];
  readonly statuses: TwinStatus[] = [];
  readonly tags = new Map<string, string>();
  readonly releases: TwinRelease[] = [];
  readonly checks: ChecksState;

  constructor(seed: RepositorySeed, now: () => number, actionsApp?: number) {
    this.id = seed.id;
    this.name = seed.name;
    this.owner = { type: "Organization", ...seed.owner };
    this.defaultBranch = seed.defaultBranch ?? "main";
    for (const [branch, entry] of Object.entries(seed.branches)) this.#seedBranch(branch, entry);
    for (const issue of seed.issues ?? [])
      this.openIssue(issue.number, {
        title: issue.title,
        body: issue.body ?? null,
        labels: issue.labels ?? [],
      });
    for (const pull of seed.pulls ?? []) {
      this.openIssue(pull.number, { title: pull.title ?? `Pull ${pull.number}`, body: null, labels: [] });
      this.pulls.set(pull.number, {
        number: pull.number,
        head: pull.head,
        base: pull.base ?? this.defaultBranch,
        draft: pull.draft ?? false,
        mergeable: pull.mergeable ?? true,
        appId: undefined,
        fork: pull.fork,
        merged: undefined,
      });
    }
    for (const { id, pull: number, state } of seed.reviews ?? []) {
      const pull = this.pulls.get(number);
      const commit = pull === undefined ? "" : this.headOf(pull);
      this.reviews.push({ id, pull: number, appId: undefined, state, body: "", commit });
    }
    for (const { id, tag, draft = false } of seed.releases ?? [])
      this.releases.push({
        id,
        tag,
        target: this.defaultBranch,
        name: null,
        body: null,
        draft,
        prerelease: false,
      });
    this.checks = new ChecksState(this.id, now, seed, actionsApp);
  }

  get fullName(): string {
    return `${this.owner.login}/${this.name}`;
  }

  /** Issues and pull requests share their numbers. */
  get nextNumber(): number {
    return Math.max(0, ...this.issues.keys()) + 1;
  }

  openIssue(number: number, parts: Pick<TwinIssue, "title" | "body" | "labels">): TwinIssue {
    const issue: TwinIssue = {
      number,
      state: "open",
      stateReason: null,
      assignees: [],
      comments: [],
      ...parts,
    };
    this.issues.set(number, issue);
    return issue;
  }

  /** A new commit on a branch. @throws TypeError for a branch that is not there */
  commit(
    branch: string,
    message: string,
    change: (files: Map<string, Buffer>) => void,
    other?: string,
  ): TwinCommit {
    const head = this.branches.get(branch);
    if (head === undefined) throw new TypeError(`twin: ${this.fullName} has no branch ${branch}`);
    const tree = new Map(this.treeAt(head.sha));
    change(tree);
    const made = this.#keep(message, other === undefined ? [head.sha] : [head.sha, other], tree);
    this.branches.set(branch, { ...head, sha: made.sha });
    return made;
  }

  treeAt(sha: string): Tree {
    return this.commits.get(sha)?.tree ?? new Map();
  }

  /** The commit that a branch name, `heads/…`, `refs/heads/…` or a full commit id means. */
  commitAt(ref: string): TwinCommit | undefined {
    const branch = this.branches.get(ref.replace(/^(?:refs\/)?heads\//, ""));
    return this.commits.get(branch?.sha ?? ref);
  }

  /** Where a pull request's head is now. A merged one keeps the head that was merged. */
  headOf(pull: TwinPull): string {
    return pull.merged?.head ?? pull.fork?.sha ?? this.branches.get(pull.head)?.sha ?? "";
  }

  #seedBranch(name: string, seed: BranchSeed): void {
    const tree = new Map(Object.entries(seed.files ?? {}).map(([path, text]) => [path, Buffer.from(text)]));
    const sha = seed.commit ?? this.#keep(`${this.id} ${name}`, [], tree).sha;
    this.commits.set(sha, this.commits.get(sha) ?? { sha, message: name, parents: [], tree });
    this.branches.set(name, { sha, protected: seed.protected ?? false });
  }

  #keep(message: string, parents: readonly string[], tree: Tree): TwinCommit {
    const content = [...tree].map(([path, bytes]) => `${path} ${blobSha(bytes)}`).join("\n");
    const sha = sha1(`commit ${this.id} ${this.commits.size}\n${message}\n${parents.join(" ")}\n${content}`);
    const commit = { sha, message, parents, tree };
    this.commits.set(sha, commit);
    return commit;
  }
}

/** The id that Git gives to file content. */
export function blobSha(bytes: Buffer): string {
  return sha1(Buffer.concat([Buffer.from(`blob ${bytes.byteLength}\0`), bytes]));
}

function sha1(content: string | Buffer): string {
  return createHash("sha1").update(content).digest("hex");
}
