import { type TwinApp, appOf, verifyAppJwt } from "./verify-app-jwt.ts";
import { GithubProblem, badCredentials, notFound } from "./github-problem.ts";
import {
  InstallationTokens,
  type TokenGrant,
  narrowPermissions,
  requirePermission,
} from "./installation-tokens.ts";
import { repositoryBody } from "./repository-body.ts";
import { search } from "./search.ts";
import { ROUTES } from "./twin-routes.ts";
import { type ApiAnswer, changed, shown } from "./repository-route.ts";
import { RepositoryState } from "./repository-state.ts";
import type { GithubTwinOptions, InstallationSeed } from "./twin-options.ts";

/** A request, read whole. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly authorization: string | undefined;
  readonly userAgent: string;
  readonly body: Buffer;
}

/** An answer with what it was about. */
export interface ApiResult extends ApiAnswer {
  readonly kind: "repository" | "mint" | "revoke" | "app";
  readonly installation: number | undefined;
}

/** The whole of GitHub that the twin knows, without its transport. */
export class GithubApi {
  readonly repositories: readonly RepositoryState[];
  readonly tokens = new InstallationTokens();
  readonly #apps: readonly TwinApp[];
  readonly #installations: readonly InstallationSeed[];
  readonly #now: () => number;
  readonly #prefix: string;

  constructor(options: GithubTwinOptions, now: () => number) {
    this.#now = now;
    this.#apps = options.apps.map(appOf);
    this.#installations = options.installations;
    this.repositories = options.repositories.map(
      (seed) => new RepositoryState(seed, now, options.server?.actionsApp),
    );
    this.#prefix = options.server === undefined ? "" : "/api/v3";
  }

  /** Answers as GitHub would. */
  answer(received: ApiRequest): ApiResult {
    const result = { kind: "app", installation: undefined } as const;
    try {
      if (!received.path.startsWith(`${this.#prefix}/`)) throw notFound();
      const request = { ...received, path: received.path.slice(this.#prefix.length) };
      const path = request.path.split("/").slice(1);
      if (path[0] === "app") return this.#asApp(request, path);
      if (path[0] === "repos" && path.length === 4 && path[3] === "installation")
        return { ...result, ...this.#installationOf(request, path[1] ?? "", path[2] ?? "") };
      return this.#asInstallation(request, path);
    } catch (error) {
      if (!(error instanceof GithubProblem)) throw error;
      return { ...result, status: error.status, body: error.body, changed: false };
    }
  }

  /** A token as a workflow job gets one, or as an App asked for it elsewhere. */
  issueToken(grant: Omit<TokenGrant, "expiresAt">): string {
    return this.tokens.issue(grant, this.#now()).token;
  }

  #asApp(request: ApiRequest, path: readonly string[]): ApiResult {
    const app = this.#authenticateApp(request);
    const route = `${request.method} /${path.slice(0, 2).join("/")}${path
      .slice(3)
      .map((part) => `/${part}`)
      .join("")}`;
    const result = { kind: "app", installation: undefined } as const;
    if (route === "GET /app") return { ...result, ...shown({ id: app.id, slug: app.slug, name: app.slug }) };
    if (path[1] !== "installations" || path[2] === undefined) throw notFound();
    const installation = this.#installations.find(
      (candidate) => String(candidate.id) === path[2] && candidate.appId === app.id,
    );
    if (installation === undefined) throw notFound();
    if (route === "GET /app/installations")
      return { ...result, ...shown(installationBody(installation, app)) };
    if (route === "POST /app/installations/access_tokens") return this.#mint(request, installation);
    throw notFound();
  }

  #mint(request: ApiRequest, installation: InstallationSeed): ApiResult {
    const asked = readBody(request);
    const selected = this.#select(installation, asked);
    const permissions = narrowPermissions(installation.permissions, asked["permissions"]);
    const repositories = (selected ?? this.#reachable(installation)).map((repository) => repository.id);
    const { token, grant } = this.tokens.issue(
      { appId: installation.appId, installation: installation.id, repositories, permissions },
      this.#now(),
    );
    const whole = selected === undefined && installation.repositories === "all";
    const body = {
      token,
      expires_at: `${new Date(grant.expiresAt).toISOString().slice(0, 19)}Z`,
      permissions,
      repository_selection: whole ? "all" : "selected",
      ...(selected === undefined ? {} : { repositories: selected.map(repositoryBody) }),
    };
    return { kind: "mint", installation: installation.id, status: 201, body, changed: true };
  }

  /** The repositories that a mint names, by id or by name. @throws GithubProblem 422 for one that is not the installation's */
  #select(
    installation: InstallationSeed,
    asked: Readonly<Record<string, unknown>>,
  ): readonly RepositoryState[] | undefined {
    const { repository_ids: ids, repositories: names } = asked;
    if (ids === undefined && names === undefined) return undefined;
    const reachable = this.#reachable(installation);
    const pick = (list: unknown, same: (repository: RepositoryState, wanted: unknown) => boolean) =>
      (Array.isArray(list) ? list : []).map((wanted: unknown) => {
        const found = reachable.find((repository) => same(repository, wanted));
        if (found !== undefined) return found;
        throw new GithubProblem(
          422,
          "There is at least one repository that does not exist or is not accessible to the parent installation.",
        );
      });
    return [
      ...pick(ids, (repository, wanted) => repository.id === wanted),
      ...pick(names, (repository, wanted) => repository.name.toLowerCase() === String(wanted).toLowerCase()),
    ];
  }

  #reachable(installation: InstallationSeed): readonly RepositoryState[] {
    return this.repositories.filter(
      (repository) =>
        repository.owner.id === installation.account.id &&
        (installation.repositories === "all" || installation.repositories.includes(repository.id)),
    );
  }

  #installationOf(request: ApiRequest, owner: string, name: string): ApiAnswer {
    const app = this.#authenticateApp(request);
    const repository = this.#find(owner, name);
    const installation = this.#installations.find(
      (candidate) =>
        candidate.appId === app.id &&
        repository !== undefined &&
        this.#reachable(candidate).includes(repository),
    );
    if (request.method !== "GET" || installation === undefined) throw notFound();
    return shown(installationBody(installation, app));
  }

  #asInstallation(request: ApiRequest, path: readonly string[]): ApiResult {
    const token = readToken(request.authorization);
    const grant = this.tokens.authenticate(token, this.#now());
    const { installation } = grant;
    if (request.method === "DELETE" && request.path === "/installation/token") {
      this.tokens.end(token);
      return { kind: "revoke", installation, ...changed(204) };
    }
    const [root, owner = "", name = "", ...rest] = path;
    if (root === "search" && request.method === "GET" && name === "") {
      const repositories = this.repositories.filter(({ id }) => grant.repositories.includes(id));
      const query = new URLSearchParams(request.query);
      return { kind: "repository", installation, ...search(owner, { repositories, grant, query }) };
    }
    const repository = root === "repos" ? this.#find(owner, name) : undefined;
    // Whether it exists is not told to a token that has no part in it.
    if (repository === undefined || !grant.repositories.includes(repository.id)) throw notFound();
    const match = matchRoute(request.method, rest);
    if (match === undefined) throw notFound();
    requirePermission(grant.permissions, ...match.route.needs);
    const answer = match.route.handle({
      repository,
      grant,
      variables: match.variables,
      query: new URLSearchParams(request.query),
      body: readBody(request),
      now: this.#now(),
    });
    return { kind: "repository", installation, ...answer };
  }

  #authenticateApp(request: ApiRequest): TwinApp {
    return verifyAppJwt(this.#apps, readToken(request.authorization), Math.floor(this.#now() / 1000));
  }

  #find(owner: string, name: string): RepositoryState | undefined {
    const fullName = `${owner}/${name}`.toLowerCase();
    return this.repositories.find((repository) => repository.fullName.toLowerCase() === fullName);
  }
}

function matchRoute(method: string, rest: readonly string[]) {
  for (const route of ROUTES) {
    const variables =
      route.method === method ? readVariables(route.path.split("/").slice(1), rest) : undefined;
    if (variables !== undefined) return { route, variables };
  }
  return undefined;
}

/** GitHub takes an encoded slash in a variable for the variable's own. */
function readVariables(
  template: readonly string[],
  parts: readonly string[],
): Record<string, string> | undefined {
  const variables: Record<string, string> = {};
  for (const [index, part] of template.entries()) {
    const [, plus, name] = /^\{(\+?)([a-z_]+)\}$/.exec(part) ?? [];
    const held = plus === "+" ? parts.slice(index).join("/") : parts[index];
    if (held === undefined || held === "") return undefined;
    if (name === undefined) {
      if (held !== part) return undefined;
      continue;
    }
    variables[name] = decode(held);
    if (plus === "+") return variables;
  }
  return template.length === parts.length ? variables : undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new GithubProblem(400, "Bad Request");
  }
}

function readBody(request: ApiRequest): Readonly<Record<string, unknown>> {
  if (request.body.byteLength === 0) return {};
  try {
    const body: unknown = JSON.parse(request.body.toString());
    if (typeof body === "object" && body !== null && !Array.isArray(body))
      return body as Record<string, unknown>;
  } catch {
    // Falls through to the refusal.
  }
  throw new GithubProblem(400, "Problems parsing JSON");
}

function readToken(authorization = ""): string {
  const [, token] = /^(?:bearer|token) (\S+)$/i.exec(authorization) ?? [];
  if (token !== undefined) return token;
  throw authorization === "" ? new GithubProblem(401, "Requires authentication") : badCredentials();
}

function installationBody(installation: InstallationSeed, app: TwinApp) {
  return {
    id: installation.id,
    app_id: app.id,
    app_slug: app.slug,
    account: { type: "Organization", ...installation.account },
    repository_selection: installation.repositories === "all" ? "all" : "selected",
    permissions: { metadata: "read", ...installation.permissions },
  };
}

/** What GitHub answers when it fails itself. */
export const SERVER_ERROR = Object.freeze({ message: "Server Error" });

/** Grant of a workflow job's own token. */
export const jobGrant = (
  repository: RepositoryState,
  permissions: TokenGrant["permissions"],
): Omit<TokenGrant, "expiresAt"> => ({
  appId: repository.checks.actionsApp,
  installation: undefined,
  repositories: [repository.id],
  permissions: { metadata: "read", ...permissions },
});
