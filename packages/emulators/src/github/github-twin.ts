import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { type Clock, numericDate, systemClock } from "@watchword/core";
import type { TwinCheck, TwinRun } from "./checks-state.ts";
import { type ApiRequest, type ApiResult, GithubApi, SERVER_ERROR, jobGrant } from "./github-api.ts";
import type { GithubFailure } from "./github-failure.ts";
import { readApiRequest, sendAnswer } from "./http-exchange.ts";
import type { TokenGrant } from "./installation-tokens.ts";
import { pullBody } from "./pull-routes.ts";
import type { RepositoryState, TwinIssue } from "./repository-state.ts";
import type { Conclusion, GithubTwinOptions, Permissions, WorkflowRunSeed } from "./twin-options.ts";
import type { TwinRequest } from "./twin-request.ts";

/** A running twin. Each has its own state, gone with it. Repositories are named `owner/name`. */
export interface GithubTwin extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly TwinRequest[];
  /** What every living token may do; the tokens themselves are not shown. */
  tokens(): readonly TokenGrant[];
  /** Head commit of a branch; `undefined` without the branch. */
  head(repository: string, branch: string): string | undefined;
  /** Text of a file on a branch. */
  file(repository: string, branch: string, path: string): string | undefined;
  pull(repository: string, number: number): ReturnType<typeof pullBody> | undefined;
  issue(repository: string, number: number): TwinIssue | undefined;
  checks(repository: string): readonly TwinCheck[];
  /** Somebody pushes to a branch. Gives the new head. */
  push(repository: string, branch: string, files: Readonly<Record<string, string>>): string;
  /** A workflow starts. */
  startRun(repository: string, run: WorkflowRunSeed): TwinRun;
  /** A run's latest attempt ends, its jobs as named or like the run. */
  finishRun(
    repository: string,
    id: number,
    conclusion: Conclusion,
    jobs?: Readonly<Record<string, Conclusion>>,
  ): void;
  /** A run starts again: a new attempt with new jobs. */
  rerun(repository: string, id: number): TwinRun;
  finishCheck(repository: string, id: number, conclusion: Conclusion): void;
  /** The token that a workflow job of the repository gets: it acts as the Actions App, whatever the workflow. */
  jobToken(repository: string, permissions: Permissions): string;
  /** Fails from now on, until `null`. */
  fail(mode: GithubFailure | null): void;
  close(): Promise<void>;
}

/**
 * Starts a local stand-in for the part of GitHub that agents act on. It refuses what GitHub refuses: unsigned and expired
 * App tokens, permissions that the installation does not hold, foreign repositories (404), ended tokens, moved heads,
 * and it lets happen what GitHub lets happen: an empty mint gives everything, and any workflow can post a check of any
 * name.
 *
 * @example
 * ```ts
 * await using twin = await githubTwin({ apps, installations, repositories });
 * ```
 */
export async function githubTwin(options: GithubTwinOptions): Promise<GithubTwin> {
  const clock: Clock = options.clock ?? systemClock;
  const api = new GithubApi(options, () => clock.now());
  const requests: TwinRequest[] = [];
  let mode: GithubFailure | null = null;

  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  // A test that computes for longer than a connection may idle would find it cut under its next request.
  server.keepAliveTimeout = 0;

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await readApiRequest(incoming);
    if (request === undefined) return sendAnswer(outgoing, 413, { message: "Payload Too Large" });
    const failure = mode;
    if (failure !== null && !failure.endsWith("-after-effect")) return failBefore(failure, request, outgoing);
    const result = api.answer(request);
    const lost = failure !== null && result.kind === "repository" && result.changed;
    const dropped = lost && failure === "drop-after-effect";
    const status = lost ? (dropped ? 0 : 500) : result.status;
    record(request, kindOf(request, result), status, result.installation);
    if (dropped) return void outgoing.destroy();
    return sendAnswer(outgoing, status, lost ? SERVER_ERROR : result.body);
  }

  function failBefore(failure: GithubFailure, request: ApiRequest, outgoing: ServerResponse): void {
    const statuses: Partial<Record<GithubFailure, number>> = {
      garbage: 200,
      redirect: 302,
      "429": 429,
      "500": 500,
    };
    record(request, isLookup(request) ? "resolve" : "refused", statuses[failure] ?? 0, undefined);
    if (failure === "down") return void outgoing.destroy();
    // Slow is an answer that never comes; the connection ends with the caller or the twin.
    if (failure === "slow") return;
    if (failure === "garbage")
      return void outgoing.writeHead(200, { "content-type": "application/json" }).end('{"id": 1, <html>');
    if (failure === "redirect")
      return void outgoing.writeHead(302, { location: `${urlOf()}/redirected` }).end();
    if (failure === "429")
      return sendAnswer(outgoing, 429, RATE_LIMITED, {
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": String(numericDate(clock) + LIMITED_SECONDS),
      });
    return sendAnswer(outgoing, 500, SERVER_ERROR);
  }

  function record(
    request: ApiRequest,
    kind: TwinRequest["kind"],
    status: number,
    installation: number | undefined,
  ): void {
    requests.push({
      at: clock.now(),
      kind,
      method: request.method,
      path: request.path,
      installation,
      status,
    });
  }

  function urlOf(): string {
    const address = server.address();
    if (address === null || typeof address === "string") throw new TypeError("twin: not listening");
    return `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
  }

  function repositoryOf(fullName: string): RepositoryState {
    const repository = api.repositories.find((candidate) => candidate.fullName === fullName);
    if (repository === undefined) throw new TypeError(`twin: no repository ${fullName}`);
    return repository;
  }

  async function close(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  server.listen(options.listen?.port ?? 0, options.listen?.host ?? "127.0.0.1");
  await once(server, "listening");

  return {
    url: urlOf(),
    requests,
    tokens: () => api.tokens.alive(clock.now()),
    head: (repository, branch) => repositoryOf(repository).branches.get(branch)?.sha,
    file: (repository, branch, path) =>
      repositoryOf(repository).commitAt(`heads/${branch}`)?.tree.get(path)?.toString(),
    pull(repository, number) {
      const state = repositoryOf(repository);
      const pull = state.pulls.get(number);
      return pull === undefined ? undefined : pullBody(state, pull);
    },
    issue: (repository, number) => repositoryOf(repository).issues.get(number),
    checks: (repository) => [...repositoryOf(repository).checks.checks.values()],
    push: (repository, branch, files) =>
      repositoryOf(repository).commit(branch, "push", (tree) => {
        for (const [path, text] of Object.entries(files)) tree.set(path, Buffer.from(text));
      }).sha,
    startRun: (repository, run) => repositoryOf(repository).checks.startRun(run),
    finishRun: (repository, id, conclusion, jobs) =>
      repositoryOf(repository).checks.finishRun(id, conclusion, jobs),
    rerun: (repository, id) => repositoryOf(repository).checks.rerun(id),
    finishCheck: (repository, id, conclusion) => repositoryOf(repository).checks.finishCheck(id, conclusion),
    jobToken: (repository, permissions) => api.issueToken(jobGrant(repositoryOf(repository), permissions)),
    fail(next) {
      mode = next;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Seconds until a window begins anew, as `fail("429")` tells them. */
const LIMITED_SECONDS = 900;
const RATE_LIMITED = {
  message: "API rate limit exceeded",
  documentation_url: "https://docs.github.com/rest",
};

const isLookup = (request: ApiRequest): boolean =>
  request.method === "GET" || request.userAgent.startsWith("watchword-resolve");

function kindOf(request: ApiRequest, result: ApiResult): TwinRequest["kind"] {
  // INVARIANT: what changes a repository is an effect, whoever calls himself a look-up.
  if (result.kind === "repository" && result.changed) return "effect";
  if (isLookup(request)) return "resolve";
  if (!result.changed) return "refused";
  return result.kind === "mint" ? "mint" : "revoke";
}
