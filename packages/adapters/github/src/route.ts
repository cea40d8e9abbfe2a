/** Permissions of an installation token, by GitHub's names. */
export type Permissions = Readonly<Record<string, "read" | "write">>;

/** How an argument stands in a query: as it is, as a decimal number, or as names with commas between them. */
export type QueryKind = "text" | "integer" | "names";

/** One operation's place in GitHub's API. The only methods, paths and parameters that this adapter knows. */
export interface Route {
  readonly operation: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /**
   * Below `/repos/{owner}/{repo}`. `{number}`, `{release}` and `{review}` are integers, `{name}` is one segment, `{+name}` takes
   * slashes, `{/name}` is a path that begins with one. Of a search: whole.
   */
  readonly path: string;
  /** Of a search: what stands in `q` behind the repository, before the words. */
  readonly search?: string;
  /** Every query parameter: its argument and kind. */
  readonly query: Readonly<Record<string, readonly [argument: string, kind: QueryKind]>>;
  /** Every member of the JSON body: its argument, and what GitHub writes before its value; a tool may leave a `short` one out. */
  readonly body: Readonly<Record<string, readonly [argument: string, prefix: string, spelling?: "short"]>>;
  /** Exactly what the token may do. GitHub adds `metadata: read` to every token, so it is asked for. */
  readonly permissions: Permissions;
}
