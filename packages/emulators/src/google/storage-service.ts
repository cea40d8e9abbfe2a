import { GoogleProblem } from "./google-problem.ts";
import type { GoogleToken, IssuedTokens } from "./issued-tokens.ts";
import type { GoogleTwinOptions } from "./twin-options.ts";

/** An object as it is now. */
export interface TwinObject {
  readonly content: string;
  readonly contentType: string;
  readonly generation: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A request of Cloud Storage. */
export interface StorageRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly token: string | undefined;
  readonly nowSeconds: number;
}

/** What Cloud Storage answers, and whether it changed anything. */
export interface StorageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly changed: boolean;
}

/** Permissions of the predefined roles that matter here (cloud.google.com/storage/docs/access-control/iam-roles). */
const ROLES: Readonly<Record<string, readonly string[]>> = {
  "roles/storage.legacyObjectReader": ["get"],
  "roles/storage.legacyBucketReader": ["list"],
  "roles/storage.objectCreator": ["create"],
  "roles/storage.objectUser": ["get", "list", "create", "delete", "update"],
};
const WRITING = "https://www.googleapis.com/auth/devstorage.read_write";
const READING = [WRITING, "https://www.googleapis.com/auth/devstorage.read_only"];

/** Cloud Storage without its connections. */
export class StorageService {
  readonly #options: GoogleTwinOptions;
  readonly #tokens: IssuedTokens;
  readonly buckets: ReadonlyMap<string, Map<string, TwinObject>>;
  #generation = 1_000;

  constructor(options: GoogleTwinOptions, tokens: IssuedTokens) {
    this.#options = options;
    this.#tokens = tokens;
    this.buckets = new Map(
      Object.entries(options.buckets).map(([bucket, { objects }]) => [
        bucket,
        new Map(
          Object.entries(objects).map(([name, content]) => [
            name,
            { content, contentType: "text/plain", generation: ++this.#generation, metadata: {} },
          ]),
        ),
      ]),
    );
  }

  /** A list by the JSON API. @throws GoogleProblem in the JSON APIs' form */
  list(bucket: string, request: StorageRequest): StorageAnswer {
    const prefix = request.query.get("prefix") ?? "";
    this.#admit(request, bucket, "list", { listPrefix: prefix });
    const limit = Number(request.query.get("maxResults") ?? "1000");
    const after = Buffer.from(request.query.get("pageToken") ?? "", "base64url").toString();
    const found = [...this.#bucket(bucket)]
      .filter(([name]) => name.startsWith(prefix) && name > after)
      .toSorted(([one], [other]) => (one < other ? -1 : 1));
    const page = found.slice(0, limit);
    const last = found.length > page.length ? page.at(-1)?.[0] : undefined;
    const items = page.map(([name, { contentType, generation, content }]) => ({
      kind: "storage#object",
      bucket,
      name,
      contentType,
      generation: String(generation),
      size: String(Buffer.byteLength(content)),
    }));
    const body = {
      kind: "storage#objects",
      ...(last === undefined ? {} : { nextPageToken: Buffer.from(last).toString("base64url") }),
      ...(items.length === 0 ? {} : { items }),
    };
    return { status: 200, headers: JSON_TYPE, body: JSON.stringify(body), changed: false };
  }

  /** One object by the XML API. @throws GoogleProblem in the XML API's form */
  object(bucket: string, name: string, request: StorageRequest): StorageAnswer {
    const { method } = request;
    const permission = PERMISSIONS[method];
    if (permission === undefined || name === "")
      throw new GoogleProblem(405, "MethodNotAllowed", "The specified method is not allowed.");
    if (request.headers["x-goog-copy-source"] !== undefined)
      throw new GoogleProblem(501, "NotImplemented", "The twin copies nothing.");
    this.#admit(request, bucket, permission, { object: name });
    const objects = this.#bucket(bucket);
    const there = objects.get(name);
    if (method === "GET") {
      if (there === undefined) throw new GoogleProblem(404, "NoSuchKey", "The specified key does not exist.");
      return { status: 200, headers: headersOf(there), body: there.content, changed: false };
    }
    // To replace what is there takes the right to delete it.
    if (method === "PUT" && there !== undefined) this.#admit(request, bucket, "delete", { object: name });
    checkGeneration(request, there);
    if (method === "DELETE") {
      if (there === undefined) throw new GoogleProblem(404, "NoSuchKey", "The specified key does not exist.");
      objects.delete(name);
      return { status: 204, headers: {}, body: "", changed: true };
    }
    const written = this.#written(request);
    objects.set(name, written);
    return { status: 200, headers: headersOf(written), body: "", changed: true };
  }

  #written({ headers, body }: StorageRequest): TwinObject {
    const metadata = Object.entries(headers).filter(([header]) => header.startsWith("x-goog-meta-"));
    return {
      content: body,
      contentType: headers["content-type"] ?? "application/octet-stream",
      generation: ++this.#generation,
      metadata: Object.fromEntries(metadata.map(([header, value]) => [header.slice(12), value])),
    };
  }

  #bucket(name: string): Map<string, TwinObject> {
    const bucket = this.buckets.get(name);
    if (bucket === undefined)
      throw new GoogleProblem(404, "NoSuchBucket", "The specified bucket does not exist.");
    return bucket;
  }

  /** @throws GoogleProblem 401, 403 */
  #admit(request: StorageRequest, bucket: string, permission: string, about: About): void {
    const token = this.#tokens.alive(request.token, request.nowSeconds);
    if (token === undefined)
      throw new GoogleProblem(401, "AuthenticationRequired", "Authentication required.");
    this.#bucket(bucket);
    const seed = this.#options.buckets[bucket];
    const scopes = permission === "get" || permission === "list" ? READING : [WRITING];
    const scoped = token.scopes.some((scope) => scopes.includes(scope));
    const held = seed?.admins.includes(token.principal) === true;
    const bounded = seed?.uniformAccess === false || isWithin(token, bucket, permission, about);
    if (scoped && held && bounded) return;
    throw new GoogleProblem(
      403,
      "AccessDenied",
      `Access denied. ${token.principal} does not have storage.objects.${permission} access to the Google Cloud Storage object.`,
    );
  }
}

type About = { readonly object: string } | { readonly listPrefix: string };

function isWithin({ rules }: GoogleToken, bucket: string, permission: string, about: About): boolean {
  if (rules === undefined) return true;
  return rules.some(({ condition, ...rule }) => {
    if (rule.bucket !== bucket || ROLES[rule.role]?.includes(permission) !== true) return false;
    if ("object" in condition) return "object" in about && condition.object === about.object;
    // The attribute is the empty text for everything but lists.
    return ("listPrefix" in about ? about.listPrefix : "").startsWith(condition.listPrefix);
  });
}

function checkGeneration({ headers }: StorageRequest, there: TwinObject | undefined): void {
  const wanted = headers["x-goog-if-generation-match"];
  if (wanted === undefined || wanted === String(there?.generation ?? 0)) return;
  throw new GoogleProblem(
    412,
    "PreconditionFailed",
    "At least one of the pre-conditions you specified did not hold.",
  );
}

function headersOf({ contentType, generation }: TwinObject): Readonly<Record<string, string>> {
  return { "content-type": contentType, "x-goog-generation": String(generation), etag: `"${generation}"` };
}

const JSON_TYPE = Object.freeze({ "content-type": "application/json; charset=UTF-8" });
const PERMISSIONS: Readonly<Record<string, string>> = { GET: "get", PUT: "create", DELETE: "delete" };
