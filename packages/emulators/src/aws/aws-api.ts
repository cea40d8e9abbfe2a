import type { Clock } from "@watchword/core";
import { AccountState } from "./account-state.ts";
import type { StsMistake } from "./aws-failure.ts";
import { AwsProblem } from "./aws-problem.ts";
import { answerDynamodb, dynamodbAction, dynamodbError } from "./dynamodb-api.ts";
import type { ApiAnswer, ApiRequest } from "./http-exchange.ts";
import { answerS3, s3Action, s3Error } from "./s3-api.ts";
import { Sessions } from "./sessions.ts";
import { answerSts, stsError } from "./sts-api.ts";
import type { AwsTwinOptions } from "./twin-options.ts";

/** The services behind one address, told apart as their requests are. */
export class AwsApi {
  readonly state: AccountState;
  readonly sessions = new Sessions();
  mistake: StsMistake | null = null;
  readonly #options: AwsTwinOptions;
  readonly #clock: Clock;

  constructor(options: AwsTwinOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.state = new AccountState(options.accounts, clock.now());
  }

  async answer(request: ApiRequest): Promise<ApiAnswer> {
    const { region = "eu-central-1" } = this.#options;
    const common = { region, state: this.state, sessions: this.sessions, now: this.#clock.now() };
    try {
      if (isDynamodb(request)) return answerDynamodb(common, request);
      if (!isSts(request)) return answerS3(common, request);
      return await answerSts({ ...common, options: this.#options, mistake: this.mistake }, request);
    } catch (error) {
      if (!(error instanceof AwsProblem)) throw error;
      return this.failure(request, error);
    }
  }

  /** An error, as the service that was asked writes it. */
  failure(request: ApiRequest, problem: AwsProblem): ApiAnswer {
    if (isDynamodb(request)) return { ...dynamodbError(problem), action: dynamodbAction(request) };
    if (isSts(request)) return { ...stsError(problem), action: stsAction(request) };
    return { ...s3Error(problem), action: s3Action(request) };
  }
}

const isDynamodb = ({ headers }: ApiRequest): boolean => headers["x-amz-target"] !== undefined;
const isSts = ({ method, path }: ApiRequest): boolean => method === "POST" && path === "/";

function stsAction({ body }: ApiRequest): string | undefined {
  const action = new URLSearchParams(body.toString()).get("Action");
  return action === null ? undefined : `sts:${action}`;
}
