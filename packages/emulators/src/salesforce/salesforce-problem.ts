/** A refusal, thrown from wherever it is found, with the body that Salesforce gives it. */
export class SalesforceProblem extends Error {
  override readonly name = "SalesforceProblem";
  readonly status: number;
  readonly body: object;

  private constructor(status: number, message: string, body: object) {
    super(message);
    this.status = status;
    this.body = body;
  }

  /** As the REST API refuses: a list of errors. */
  static api(
    status: number,
    errorCode: string,
    message: string,
    fields?: readonly string[],
  ): SalesforceProblem {
    return new SalesforceProblem(status, message, [
      { message, errorCode, ...(fields === undefined ? {} : { fields }) },
    ]);
  }

  /** As the token endpoints refuse (RFC 6749 section 5.2). */
  static oauth(error: string, description: string): SalesforceProblem {
    return new SalesforceProblem(400, description, { error, error_description: description });
  }
}

/** What everything that is over, unknown or of another org is answered with. */
export const sessionOver = (): SalesforceProblem =>
  SalesforceProblem.api(401, "INVALID_SESSION_ID", "Session expired or invalid");

/** What a path that does not exist is answered with. */
export const nothingThere = (): SalesforceProblem =>
  SalesforceProblem.api(404, "NOT_FOUND", "The requested resource does not exist");
