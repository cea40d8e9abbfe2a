/** GitHub's error body. */
export interface GithubErrorBody {
  readonly message: string;
  readonly documentation_url: string;
  readonly status: string;
  readonly errors?: readonly (object | string)[];
}

/** An answer that is not a success, thrown from wherever it is found. */
export class GithubProblem extends Error {
  override readonly name = "GithubProblem";
  readonly status: number;
  readonly body: GithubErrorBody;

  constructor(status: number, message: string, errors?: readonly (object | string)[]) {
    super(message);
    this.status = status;
    this.body = {
      message,
      ...(errors === undefined ? {} : { errors }),
      documentation_url: "https://docs.github.com/rest",
      status: String(status),
    };
  }
}

/** What GitHub says of an object that is not there, and of one that the token may not know of: no difference. */
export const notFound = (): GithubProblem => new GithubProblem(404, "Not Found");

/** A token that is unknown, ended or expired. */
export const badCredentials = (): GithubProblem => new GithubProblem(401, "Bad credentials");

/** A token without the permission. */
export const notAccessible = (): GithubProblem =>
  new GithubProblem(403, "Resource not accessible by integration");

/** A parameter that is missing or not of its kind. */
export const validationFailed = (field: string, code = "invalid"): GithubProblem =>
  new GithubProblem(422, "Validation Failed", [{ resource: "Request", field, code }]);
