/** An error answer of the token or revocation endpoint (RFC 6749 section 5.2), thrown from wherever it is found. */
export class OauthProblem extends Error {
  override readonly name = "OauthProblem";
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    description: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(description);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  get body(): object {
    return { error: this.code, error_description: this.message };
  }
}
