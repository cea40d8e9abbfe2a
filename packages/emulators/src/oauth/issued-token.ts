/** A token that the server gave out, as it knows it. */
export interface IssuedToken {
  readonly token: string;
  readonly client: string;
  readonly scopes: readonly string[];
  readonly details: readonly TokenDetail[] | undefined;
  readonly accounts: readonly string[];
  /** NumericDate. */
  readonly expiresAt: number;
  /** The thumbprint of the key that it is bound to; `undefined`: who has it may use it. */
  readonly boundTo: string | undefined;
  readonly revoked: boolean;
}

/** One authorization detail (RFC 9396) as this server enforces it. */
export interface TokenDetail {
  readonly type: string;
  readonly actions: readonly string[];
  readonly identifier: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
}
