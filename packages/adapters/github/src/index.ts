export { githubCatalogue } from "./catalogue.ts";
export { github } from "./github.ts";
export type { GithubOptions } from "./github-options.ts";
