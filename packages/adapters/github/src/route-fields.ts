import type { Permissions, Route } from "./route.ts";

/** What most routes leave out. */
export const none = { path: "", query: {}, body: {} } as const;

/** The part of a list that is asked for. */
export const PAGE = { per_page: ["per_page", "integer"], page: ["page", "integer"] } as const;

/** Members of a body that are called as their arguments. */
export const same = (...names: readonly string[]): Route["body"] =>
  Object.fromEntries(names.map((name) => [name, [name, ""] as const]));

/** One permission, and the one that every token has. */
export const only = (name: string, level: "read" | "write"): Permissions => ({
  [name]: level,
  metadata: "read",
});
