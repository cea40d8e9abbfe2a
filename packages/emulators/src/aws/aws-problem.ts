/** An answer that is not a success, thrown from wherever it is found. How it is written depends on the service. */
export class AwsProblem extends Error {
  override readonly name = "AwsProblem";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** What IAM says of whatever no policy allows. */
export const accessDenied = (action: string): AwsProblem =>
  new AwsProblem(403, "AccessDenied", `User is not authorized to perform: ${action}`);

/** A parameter that is missing or out of bounds. */
export const validationError = (message: string): AwsProblem =>
  new AwsProblem(400, "ValidationError", message);
