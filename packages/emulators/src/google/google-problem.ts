/** An error answer, in the form of the endpoint that gives it. */
export class GoogleProblem extends Error {
  override readonly name = "GoogleProblem";
  readonly status: number;
  /** `invalid_grant`, `PERMISSION_DENIED`, `AccessDenied`: as the endpoint calls it. */
  readonly code: string;

  constructor(status: number, code: string, words: string) {
    super(words);
    this.status = status;
    this.code = code;
  }

  /** RFC 6749, as STS answers. */
  get oauth(): string {
    return JSON.stringify({ error: this.code, error_description: this.message });
  }

  /** As Google's JSON APIs answer. */
  get json(): string {
    const { status, code, message } = this;
    return JSON.stringify({
      error: { code: status, message, status: code, errors: [{ message, reason: code }] },
    });
  }

  /** As Cloud Storage's XML API answers. */
  get xml(): string {
    return `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${this.code}</Code><Message>${this.message}</Message></Error>`;
  }
}
