/** An answer that is not a success, thrown from wherever it is found. */
export class JiraProblem extends Error {
  override readonly name = "JiraProblem";
  readonly status: number;
  readonly body: object;

  constructor(status: number, body: object) {
    super(`HTTP ${status}`);
    this.status = status;
    this.body = body;
  }
}

/** A refusal of Jira itself. */
export const refused = (
  status: number,
  errorMessages: readonly string[],
  errors: Readonly<Record<string, string>> = {},
): JiraProblem => new JiraProblem(status, { errorMessages, errors });

/** What is not there and what may not be seen get the same answer. */
export const noIssue = (): JiraProblem =>
  refused(404, ["Issue does not exist or you do not have permission to see it."]);

/** A refusal of what stands in front: Atlassian's gateway, or the data center's filter. */
export const unauthorized = (dataCenter: boolean, why: "unknown" | "scope"): JiraProblem => {
  if (dataCenter)
    return why === "unknown"
      ? new JiraProblem(401, {
          message: "Client must be authenticated to access this resource.",
          "status-code": 401,
        })
      : new JiraProblem(403, { message: "The scope does not allow this request.", "status-code": 403 });
  return new JiraProblem(401, {
    code: 401,
    message: why === "unknown" ? "Unauthorized" : "Unauthorized; scope does not match",
  });
};
