import type { IdentityVerifier, SealedCredential } from "@watchword/core";

/** Runs `fn` after some milliseconds; gives what cancels it. */
export type Schedule = (fn: () => void, milliseconds: number) => () => void;

/** What is told about an approval that is wanted: no argument of the action, and no text of it. */
export interface ApprovalNotice {
  readonly id: string;
  readonly tenant: string;
  /** NumericDate. */
  readonly expires_at: number;
  /** Where people decide. */
  readonly uri: string;
}

/** Whom a broker tells over HTTP that an approval is wanted. */
export interface ApprovalWebhook {
  /** https, or http on loopback; from configuration, never from a token. */
  readonly url: string;
  /** Key of the signature; 16 characters at least. */
  readonly secret: SealedCredential;
}

/** The client that the broker is at a login service, for people who decide in a browser. */
export interface ApprovalLoginOptions {
  /** For ID tokens with this client as their audience; its issuer is the login service. Uses `approver`. */
  readonly verifier: IdentityVerifier;
  readonly clientId: string;
  /** Left out for a public client: PKCE alone. */
  readonly clientSecret?: SealedCredential;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** Beside `openid`, such as the one that brings groups along. */
  readonly scopes?: readonly string[];
}

/** How approvals are told of, decided in a browser, and bounded. */
export interface ApprovalOptions {
  readonly notify?: ApprovalWebhook;
  /** Is told in this process of every new approval, once it is recorded. Its failure changes nothing. */
  readonly onRequested?: (notice: ApprovalNotice) => void;
  readonly login?: ApprovalLoginOptions;
  /** Approvals that one thread of an agent may have waiting; default 100. */
  readonly maxPending?: number;
  /** How watching waits; default: the platform's timer. */
  readonly schedule?: Schedule;
}

/** What the rooms of the broker that are about approvals work with. */
export interface ApprovalSettings {
  readonly notify: ApprovalWebhook | undefined;
  readonly login: ApprovalLoginOptions | undefined;
  readonly onRequested: (notice: ApprovalNotice) => void;
  readonly maxPending: number;
}
