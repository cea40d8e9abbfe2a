/** An answer of the API server, with what became of the request. */
export interface ApiAnswer {
  readonly status: number;
  /** An object, or the text of a log. */
  readonly body: object | string;
  readonly kind: "resolve" | "mint" | "revoke" | "effect" | "refused";
}

/** An answer that changed nothing. */
export const shown = (body: object | string): ApiAnswer => ({ status: 200, body, kind: "resolve" });
