import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** A JSON schema of OpenAPI 3.0, as far as answers need it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
}

/** One operation of GitHub's reference. */
export interface ReferenceOperation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content & { readonly $ref?: string }>>;
  readonly "x-github": { readonly enabledForGitHubApps?: boolean };
}

type Paths = Readonly<Record<string, Readonly<Record<string, ReferenceOperation>>>>;

/** GitHub's own OpenAPI description, read once. */
export class GithubReference {
  readonly #document: { readonly paths: Paths };

  constructor() {
    const fromHere = createRequire(import.meta.url);
    const manifest = fromHere.resolve("@octokit/openapi/package.json");
    const file = manifest.replace(/package\.json$/, "generated/api.github.com.json");
    this.#document = JSON.parse(readFileSync(file, "utf8")) as { paths: Paths };
  }

  /** An endpoint by its template, whatever its variables are called: `GET /repos/{owner}/{repo}/pulls/{number}`. */
  endpoint(template: string): ReferenceOperation | undefined {
    const [method = "", path = ""] = template.split(" ");
    return this.#find(method, (candidate) => nameless(candidate) === nameless(path));
  }

  /** The endpoint of a concrete path. Literal segments go before variables; the last variable of files and refs takes slashes. */
  operation(method: string, path: string): ReferenceOperation | undefined {
    return this.#find(method, (candidate) => {
      const pattern = candidate
        .replaceAll(".", String.raw`\.`)
        .replace(/\{(\w+)\}/g, (_, name: string) => (name === "path" || name === "ref" ? ".+" : "[^/]+"));
      return new RegExp(`^${pattern}$`).test(path);
    });
  }

  /** Names of an operation's parameters in the query. */
  queryOf({ parameters = [] }: ReferenceOperation): readonly string[] {
    return parameters
      .map((parameter) => this.#resolve(parameter))
      .filter((parameter) => parameter.in === "query")
      .map(({ name }) => name);
  }

  bodyOf({ requestBody }: ReferenceOperation): Schema | undefined {
    return requestBody?.content?.["application/json"]?.schema;
  }

  /** What an answer with this status looks like; `undefined`: the status is not one of the endpoint's. */
  answerOf({ responses }: ReferenceOperation, status: number): { readonly schema?: Schema } | undefined {
    const found = responses[String(status)];
    if (found === undefined) return undefined;
    const schema = this.#resolve(found).content?.["application/json"]?.schema;
    return schema === undefined ? {} : { schema };
  }

  /** Where a value is not what the schema says: members that it does not have, and values of another kind. */
  problems(value: unknown, given: Schema, at = "body"): readonly string[] {
    const schema = this.#resolve(given);
    const alternatives = schema.oneOf ?? schema.anyOf;
    if (alternatives !== undefined) {
      const tried = alternatives.map((one) => this.problems(value, one, at));
      return tried.toSorted((a, b) => a.length - b.length)[0] ?? [];
    }
    if (value === null) return schema.nullable === true ? [] : [`${at}: null`];
    if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${at}: ${JSON.stringify(value)}`];
    if (Array.isArray(value)) {
      if (schema.type !== "array") return [`${at}: a list`];
      return value.flatMap((item, index) => this.problems(item, schema.items ?? {}, `${at}.${index}`));
    }
    if (typeof value === "object")
      return this.#problemsOfMembers(value as Readonly<Record<string, unknown>>, schema, at);
    const kinds = schema.type === "integer" ? ["number"] : [schema.type ?? typeof value];
    return kinds.includes(typeof value) ? [] : [`${at}: ${typeof value}, not ${schema.type}`];
  }

  #problemsOfMembers(
    value: Readonly<Record<string, unknown>>,
    schema: Schema,
    at: string,
  ): readonly string[] {
    if (schema.type === "array" || schema.type === "string") return [`${at}: an object`];
    const members = this.#membersOf(schema);
    return Object.entries(value).flatMap(([name, member]) => {
      const known = members[name];
      if (known !== undefined) return this.problems(member, known, `${at}.${name}`);
      const { additionalProperties: more } = schema;
      return more === undefined || more === false ? [`${at}.${name}: no such member`] : [];
    });
  }

  #membersOf(schema: Schema): Readonly<Record<string, Schema>> {
    const parts = (schema.allOf ?? []).map((part) => this.#membersOf(this.#resolve(part)));
    return Object.assign({}, ...parts, schema.properties) as Record<string, Schema>;
  }

  #find(method: string, fits: (path: string) => boolean): ReferenceOperation | undefined {
    const found = Object.entries(this.#document.paths)
      .filter(([path, operations]) => fits(path) && Object.hasOwn(operations, method.toLowerCase()))
      .toSorted(([a], [b]) => literals(b) - literals(a))[0];
    return found?.[1][method.toLowerCase()];
  }

  /** A part, or what it refers to: of the same kind, as the description is. */
  #resolve<Part extends { readonly $ref?: string }>(part: Part): Part {
    if (part.$ref === undefined) return part;
    let found: unknown = this.#document;
    for (const step of part.$ref.slice(2).split("/"))
      found = Reflect.get(found as object, step.replaceAll("~1", "/"));
    return this.#resolve(found as Part);
  }
}

const nameless = (path: string): string => path.replace(/\{\+?\w+\}/g, "{}");

const literals = (path: string): number =>
  path.split("/").filter((segment) => segment !== "" && !segment.startsWith("{")).length;
