import { type AccountState, type TableState, itemKey } from "./account-state.ts";
import { AwsProblem, accessDenied } from "./aws-problem.ts";
import { allows } from "./evaluate-policy.ts";
import type { ApiAnswer, ApiRequest } from "./http-exchange.ts";
import type { Sessions } from "./sessions.ts";
import { tagContext } from "./tag-context.ts";
import { verifySignature } from "./verify-signature.ts";

/** What DynamoDB works with. */
export interface DynamodbContext {
  readonly region: string;
  readonly state: AccountState;
  readonly sessions: Sessions;
  readonly now: number;
}

type Item = Readonly<Record<string, object>>;
interface Body {
  readonly TableName?: string;
  readonly Key?: Item;
  readonly Item?: Item;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ReturnValues?: string;
}

const TARGET = /^DynamoDB_20120810\.(GetItem|PutItem|DeleteItem|Query|Scan|UpdateItem)$/;

/** What IAM calls a request to DynamoDB. */
export function dynamodbAction({ headers }: ApiRequest): string | undefined {
  const [, name] = TARGET.exec(headers["x-amz-target"] ?? "") ?? [];
  return name === undefined ? undefined : `dynamodb:${name}`;
}

/** Answers a request to DynamoDB. @throws AwsProblem */
export function answerDynamodb(context: DynamodbContext, request: ApiRequest): ApiAnswer {
  const { state, sessions, region, now } = context;
  const session = verifySignature(sessions, request, { region, service: "dynamodb", now });
  const action = dynamodbAction(request);
  if (action === undefined) throw new AwsProblem(400, "UnknownOperationException", "");
  const body = readBody(request);
  const { TableName: name = "" } = body;
  const table = state.tables.find((each) => each.name === name && each.account === session.account);
  const arn = `arn:aws:dynamodb:${region}:${session.account}:table/${name}`;
  if (
    !allows(session.policies, {
      action,
      resource: arn,
      context: { ...tagContext(session), ...keyContext(table, body) },
    })
  )
    throw new AwsProblem(400, "AccessDeniedException", accessDenied(action).message);
  if (table === undefined)
    throw new AwsProblem(400, "ResourceNotFoundException", "Requested resource not found");
  return { ...answerAllowed(table, action, body), action, session: session.name };
}

function answerAllowed(table: TableState, action: string, body: Body): ApiAnswer {
  const whole = body.Item ?? body.Key ?? {};
  const names = [table.partitionKey, ...(table.sortKey === undefined ? [] : [table.sortKey])];
  const isKeyed = names.every((name) => typeof Reflect.get(whole[name] ?? {}, "S") === "string");
  if (!isKeyed || (body.Key !== undefined && Object.keys(body.Key).length !== names.length))
    throw new AwsProblem(400, "ValidationException", "The provided key element does not match the schema");
  const key = itemKey(table, whole);
  const before = table.items.get(key);
  switch (action) {
    case "dynamodb:GetItem":
      return answer(before === undefined ? {} : { Item: before });
    case "dynamodb:PutItem":
      if (before !== undefined && mustBeAbsent(table, body))
        throw new AwsProblem(400, "ConditionalCheckFailedException", "The conditional request failed");
      table.items.set(key, whole);
      break;
    case "dynamodb:DeleteItem":
      table.items.delete(key);
      break;
    default:
      throw new AwsProblem(400, "UnknownOperationException", "");
  }
  const back = body.ReturnValues === "ALL_OLD" && before !== undefined ? { Attributes: before } : {};
  return { ...answer(back), changed: "effect" };
}

function mustBeAbsent({ partitionKey, sortKey }: TableState, body: Body): boolean {
  if (body.ConditionExpression === undefined) return false;
  const [, name = ""] = /^attribute_not_exists\((#\w+)\)$/.exec(body.ConditionExpression) ?? [];
  const named = body.ExpressionAttributeNames?.[name];
  if (named === undefined || (named !== partitionKey && named !== sortKey))
    throw new AwsProblem(400, "ValidationException", "Invalid ConditionExpression");
  return true;
}

/** What a request says of keys and attributes; a scan says nothing of them. */
function keyContext(table: TableState | undefined, body: Body): Record<string, readonly string[]> {
  const whole = body.Item ?? body.Key;
  const leading: unknown =
    table === undefined ? undefined : Reflect.get(whole?.[table.partitionKey] ?? {}, "S");
  return {
    ...(typeof leading === "string" ? { "dynamodb:LeadingKeys": [leading] } : {}),
    ...(whole === undefined ? {} : { "dynamodb:Attributes": Object.keys(whole) }),
    ...(body.ReturnValues === undefined ? {} : { "dynamodb:ReturnValues": [body.ReturnValues] }),
  };
}

function readBody({ body }: ApiRequest): Body {
  try {
    const read = JSON.parse(body.toString()) as unknown;
    if (typeof read === "object" && read !== null) return read;
  } catch {
    // Falls through to the refusal.
  }
  throw new AwsProblem(400, "SerializationException", "");
}

/** An error as DynamoDB writes it. */
export function dynamodbError({ status, code, message }: AwsProblem): ApiAnswer {
  const space =
    /^(?:AccessDenied|Unknown|Serialization|Throttling|InvalidSignature|Unrecognized|ExpiredToken)/.test(code)
      ? "com.amazon.coral.service"
      : "com.amazonaws.dynamodb.v20120810";
  return { ...answer({ __type: `${space}#${code}`, message }), status, code };
}

const answer = (body: object): ApiAnswer => ({
  status: 200,
  headers: { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": "TWIN0123456789AB" },
  body: JSON.stringify(body),
});
