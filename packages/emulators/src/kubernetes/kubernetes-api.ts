import type { ApiAnswer } from "./api-answer.ts";
import { ApiStatus, badRequest, kindText, noSuchResource, unauthorized } from "./api-status.ts";
import { ClusterState, KINDS, kindNamed } from "./cluster-state.ts";
import { type ObjectRequest, answerObjects, findObject, readPatch } from "./object-requests.ts";
import { ANONYMOUS, type Principal } from "./principal.ts";
import { type PolicyRule, isAllowed, isPathAllowed, rulesFor } from "./rbac.ts";
import { readLog } from "./read-log.ts";
import { requestToken } from "./request-token.ts";
import { type ApiRequest, type ResourceRequest, readResource } from "./resource-request.ts";
import { reviewRules } from "./review-rules.ts";
import { scaleDeployment } from "./scale-deployment.ts";
import { TokenIssuer } from "./token-issuer.ts";
import type { KubernetesTwinOptions } from "./twin-options.ts";

/** An answer with who asked. */
export interface ApiResult extends ApiAnswer {
  readonly user: string | undefined;
}

/** The whole of an API server that the twin knows, without its transport. */
export class KubernetesApi {
  readonly state: ClusterState;
  readonly issuer: TokenIssuer;
  readonly #options: KubernetesTwinOptions;
  readonly audience: string;

  constructor(options: KubernetesTwinOptions, now: () => number) {
    this.#options = options;
    this.audience = options.audience ?? "https://kubernetes.default.svc.cluster.local";
    this.state = new ClusterState(now);
    for (const object of options.objects) this.state.apply(object);
    this.issuer = new TokenIssuer(this.state, {
      audience: this.audience,
      trusted: options.trusted,
      cacheSeconds: options.tokenCacheSeconds ?? 0,
      now,
    });
  }

  /** Answers as the API server would: who asks, whether they may, and only then what there is. */
  answer(request: ApiRequest): ApiResult {
    let user: string | undefined;
    try {
      const principal = this.#authenticate(request.authorization);
      user = principal.username;
      return { ...this.#handle(request, principal), user };
    } catch (error) {
      if (!(error instanceof ApiStatus)) throw error;
      const kind = request.method === "GET" ? "resolve" : "refused";
      return { status: error.code, body: error.body, kind, user };
    }
  }

  #authenticate(authorization: string | undefined): Principal {
    if (authorization === undefined) return ANONYMOUS;
    const [, token] = /^Bearer (\S+)$/i.exec(authorization) ?? [];
    const principal = token === undefined ? undefined : this.issuer.authenticate(token);
    if (principal === undefined) throw unauthorized();
    return principal;
  }

  #handle(request: ApiRequest, principal: Principal): ApiAnswer {
    const rulesIn = (namespace: string | undefined): readonly PolicyRule[] =>
      rulesFor(this.state, principal, namespace);
    if (request.impersonate !== undefined)
      authorize(rulesIn(undefined), principal, {
        ...IMPERSONATION,
        name: request.impersonate,
      });
    const asked = readResource(request);
    if ("path" in asked) {
      if (!isPathAllowed(rulesIn(undefined), asked.verb, asked.path)) throw pathForbidden(principal, asked);
      throw noSuchResource();
    }
    authorize(rulesIn(asked.namespace), principal, asked);
    const body = readBody(request.body);
    if (asked.resource === "selfsubjectrulesreviews" && asked.verb === "create")
      return reviewRules(body, { rulesIn, webhook: this.#options.webhookAuthorizer ?? false });
    return this.#objects(asked, request, body);
  }

  #objects(asked: ResourceRequest, request: ApiRequest, body: Readonly<Record<string, unknown>>): ApiAnswer {
    const kind = kindNamed(asked);
    if (kind === undefined || !KINDS[kind]?.apiVersion.endsWith(asked.version)) throw noSuchResource();
    const { verb, namespace, name, subresource } = asked;
    const query = new URLSearchParams(request.query);
    const of: ObjectRequest = {
      kind,
      of: asked,
      verb,
      namespace,
      name,
      query,
      contentType: request.contentType,
      body,
    };
    if (subresource === undefined) return answerObjects(this.state, of);
    const object = findObject(this.state, of);
    const route = `${verb} ${asked.resource}/${subresource}`;
    if (route === "create serviceaccounts/token")
      return requestToken(
        {
          state: this.state,
          issuer: this.issuer,
          audience: this.audience,
          longest: this.#options.longestToken ?? 4_294_967_296,
        },
        object,
        body,
      );
    if (route === "get pods/log") return readLog(object, query, this.#options.logs ?? {});
    if (route === "get deployments/scale") return scaleDeployment(this.state, object, undefined);
    if (route === "patch deployments/scale")
      return scaleDeployment(this.state, object, readPatch(request.contentType, body).patch);
    if (/^pods\/(?:exec|attach|portforward)$/.test(`${asked.resource}/${subresource}`))
      throw badRequest("Upgrade request required");
    throw noSuchResource();
  }
}

const IMPERSONATION = {
  verb: "impersonate",
  group: "",
  version: "v1",
  resource: "users",
  namespace: undefined,
  subresource: undefined,
} as const;

/** @throws ApiStatus 403, in the API server's words */
function authorize(rules: readonly PolicyRule[], { username }: Principal, asked: ResourceRequest): void {
  const { verb, group, namespace, name, subresource } = asked;
  const resource = subresource === undefined ? asked.resource : `${asked.resource}/${subresource}`;
  if (isAllowed(rules, { verb, group, resource, name, namespace })) return;
  const where = namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
  const object = name === undefined ? kindText(asked) : `${kindText(asked)} "${name}"`;
  throw new ApiStatus(
    403,
    "Forbidden",
    `${object} is forbidden: User "${username}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`,
    { ...(name === undefined ? {} : { name }), ...(group === "" ? {} : { group }), kind: asked.resource },
  );
}

function pathForbidden({ username }: Principal, asked: { verb: string; path: string }): ApiStatus {
  return new ApiStatus(
    403,
    "Forbidden",
    `forbidden: User "${username}" cannot ${asked.verb} path "${asked.path}"`,
    {},
  );
}

function readBody(body: Buffer): Readonly<Record<string, unknown>> {
  if (body.byteLength === 0) return {};
  try {
    const parsed: unknown = JSON.parse(body.toString());
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {
    // Falls through to the refusal.
  }
  throw badRequest("the object provided is unrecognized (must be of type JSON object)");
}
