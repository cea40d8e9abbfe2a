import type { Clock } from "@watchword/core";
import type { ConsentClient } from "../consent/twin-options.ts";

/** An issue that is there from the beginning. */
export interface IssueSeed {
  readonly summary: string;
  /** `Open`, `In Progress` or `Done`; default: `Open`. */
  readonly status?: string;
  /** Default: `Task`. */
  readonly type?: string;
  readonly priority?: string;
  readonly labels?: readonly string[];
  readonly assignee?: string;
  readonly comments?: readonly string[];
  /** Keys of issues that it is linked with, of whatever project. */
  readonly links?: readonly string[];
}

/** A project that is there from the beginning, its issues by number. */
export interface ProjectSeed {
  readonly id: number;
  /** Default: its key. */
  readonly name?: string;
  readonly issues?: Readonly<Record<number, IssueSeed>>;
}

/** One Jira: a site of Jira Cloud, or the data center. */
export interface SiteSeed {
  /** The address that people know it by; default: one made from its id. */
  readonly url?: string;
  readonly projects: Readonly<Record<string, ProjectSeed>>;
}

/** A service account's credential. */
export interface ClientSeed {
  readonly id: string;
  readonly secret: string;
  /** At Jira Cloud what every token has; at a data center the most that one may ask for. */
  readonly scopes: readonly string[];
  /** Sites that it was given; default: all. */
  readonly sites?: readonly string[];
  /** Keys of the projects that the account may browse; default: all. */
  readonly projects?: readonly string[];
  /** Permissions that it holds besides. */
  readonly permissions?: readonly string[];
}

/** Options of {@link jiraTwin}. */
export interface JiraTwinOptions {
  /** Sites by cloud id. A data center has one, and the id is its host's name for the test alone. */
  readonly sites: Readonly<Record<string, SiteSeed>>;
  readonly clients: readonly ClientSeed[];
  /** Apps that people let act for them (3LO), by client id. Refresh tokens rotate, with ten minutes of leeway. */
  readonly apps?: Readonly<Record<string, ConsentClient>>;
  /** Seconds for which a refresh token that was used is good; default 600, as at Atlassian. */
  readonly leewaySeconds?: number;
  /** A data center: `/rest/api/2`, wiki text, user names, tokens by scope. */
  readonly dataCenter?: boolean;
  /** Answers of the token endpoint do not name scopes, as RFC 6749 lets them. */
  readonly namesScopes?: boolean;
  readonly clock?: Clock;
  /** Default: 127.0.0.1 and any free port. */
  readonly listen?: { readonly host?: string; readonly port?: number };
}
