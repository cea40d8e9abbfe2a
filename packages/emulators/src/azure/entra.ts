import { type KeyObject, createPublicKey, randomBytes, randomUUID, sign, verify } from "node:crypto";
import { readCompactJws } from "@watchword/core";
import { verifyJwt } from "../oauth/verify-jwt.ts";
import { EntraProblem } from "./entra-problem.ts";
import type { AppSeed, AzureMischief, AzureTwinOptions } from "./twin-options.ts";

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const EXCHANGE = "api://AzureADTokenExchange";

/** An access token that was given, as Entra's sign-in log has it. */
export interface EntraToken {
  readonly token: string;
  readonly directory: string;
  readonly clientId: string;
  readonly roles: readonly string[];
  /** NumericDate. */
  readonly expiresAt: number;
}

/** Entra without its connections. */
export class Entra {
  readonly #options: AzureTwinOptions;
  readonly #key: KeyObject;
  readonly tokens: EntraToken[] = [];
  mischief: AzureMischief | null = null;

  constructor(options: AzureTwinOptions, key: KeyObject) {
    this.#options = options;
    this.#key = key;
  }

  /** The answer of the token endpoint. @throws EntraProblem */
  token(directory: string, form: URLSearchParams, nowSeconds: number): object {
    const apps = own(this.#options.directories, directory);
    if (apps === undefined)
      throw new EntraProblem(400, "invalid_request", 90_002, `Tenant '${directory}' not found.`);
    const clientId = form.get("client_id") ?? "";
    const app = own(apps, clientId);
    if (app === undefined)
      throw new EntraProblem(
        400,
        "unauthorized_client",
        700_016,
        `Application with identifier '${clientId}' was not found in the directory '${directory}'.`,
      );
    if (form.get("grant_type") !== "client_credentials")
      throw new EntraProblem(
        400,
        "unsupported_grant_type",
        70_003,
        "The app requested an unsupported grant type.",
      );
    this.#checkAssertion(app, form, nowSeconds);
    const scope = form.get("scope") ?? "";
    if (!scope.endsWith("/.default"))
      throw new EntraProblem(
        400,
        "invalid_scope",
        1_002_012,
        `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier.`,
      );
    if (scope !== `${this.#options.resource}/.default`)
      throw new EntraProblem(
        400,
        "invalid_resource",
        500_011,
        `The resource principal named ${scope.slice(0, -9)} was not found in the tenant named ${directory}.`,
      );
    const { token, life } = this.#issue(directory, clientId, app, nowSeconds);
    return { token_type: "Bearer", expires_in: life, ext_expires_in: life, access_token: token };
  }

  /** A token as if the app had asked for it. @throws TypeError for an app that the directory does not have */
  give(directory: string, clientId: string, nowSeconds: number): string {
    const app = this.#options.directories[directory]?.[clientId];
    if (app === undefined) throw new TypeError(`twin: no app ${clientId}`);
    return this.#issue(directory, clientId, app, nowSeconds).token;
  }

  /** The app behind a token that still opens the API; `undefined`: it opens nothing. */
  opened(token: string, nowSeconds: number): EntraToken | undefined {
    const [head = "", claims = "", signature = ""] = token.split(".");
    const key = createPublicKey(this.#key);
    try {
      const { exp, aud } = readCompactJws(token).claims;
      if (!verify("sha256", Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, "base64url")))
        return undefined;
      if (aud !== this.#options.resource || typeof exp !== "number" || exp <= nowSeconds) return undefined;
    } catch {
      return undefined;
    }
    return this.tokens.find((given) => given.token === token);
  }

  #checkAssertion(app: AppSeed, form: URLSearchParams, nowSeconds: number): void {
    const assertion = form.get("client_assertion");
    if (assertion === null || form.get("client_assertion_type") !== ASSERTION_TYPE)
      throw new EntraProblem(
        401,
        "invalid_client",
        7_000_218,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
      );
    const { iss, sub, aud, exp } = unverified(assertion);
    const ofIssuer = app.federated.filter(({ issuer }) => issuer === iss);
    if (ofIssuer.length === 0) throw mismatch(700_211, "issuer");
    const ofSubject = ofIssuer.filter(({ subject }) => subject === sub);
    if (ofSubject.length === 0) throw mismatch(700_213, "subject");
    if (!ofSubject.some(({ audience = EXCHANGE }) => audience === aud)) throw mismatch(700_212, "audience");
    if (verifyJwt(assertion, own(this.#options.issuers, String(iss)) ?? []) === undefined)
      throw new EntraProblem(
        401,
        "invalid_client",
        700_027,
        "The certificate with identifier used to sign the client assertion is not registered on application.",
      );
    if (typeof exp !== "number" || exp <= nowSeconds)
      throw new EntraProblem(
        401,
        "invalid_client",
        700_024,
        "Client assertion is not within its valid time range.",
      );
  }

  #issue(
    directory: string,
    clientId: string,
    app: AppSeed,
    nowSeconds: number,
  ): { token: string; life: number } {
    const { mischief } = this;
    const life = mischief === "long-life" ? 90_000 : (this.#options.lifeSeconds ?? 3_599);
    const roles = mischief === "more-roles" ? [...app.roles, "Everything.ReadWrite.All"] : app.roles;
    const claims = {
      aud: mischief === "other-audience" ? "https://graph.example" : this.#options.resource,
      iss: `https://sts.windows.net/${directory}/`,
      iat: nowSeconds,
      nbf: nowSeconds,
      exp: nowSeconds + life,
      appid: mischief === "other-app" ? randomUUID() : clientId,
      appidacr: "2",
      tid: mischief === "other-directory" ? randomUUID() : directory,
      ...(roles.length === 0 ? {} : { roles }),
      ...(mischief === "for-a-user" ? { scp: "user_impersonation" } : {}),
      uti: randomBytes(12).toString("base64url"),
      ver: "1.0",
    };
    const token =
      mischief === "opaque" ? `canary_opaque_${randomBytes(24).toString("base64url")}` : this.#sign(claims);
    this.tokens.push({ token, directory, clientId, roles, expiresAt: nowSeconds + life });
    return { token, life };
  }

  #sign(claims: object): string {
    const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
    const input = `${encode({ typ: "JWT", alg: "RS256", kid: "twin", x5t: "twin" })}.${encode(claims)}`;
    return `${input}.${sign("sha256", Buffer.from(input), this.#key).toString("base64url")}`;
  }
}

function mismatch(number: number, what: string): EntraProblem {
  return new EntraProblem(
    401,
    "invalid_client",
    number,
    `No matching federated identity record found for presented assertion ${what}.`,
  );
}

function unverified(assertion: string): Readonly<Record<string, unknown>> {
  try {
    return readCompactJws(assertion).claims;
  } catch {
    throw new EntraProblem(401, "invalid_client", 50_027, "JWT token is invalid or malformed.");
  }
}

function own<Member>(members: Readonly<Record<string, Member>>, name: string): Member | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}
