import { recordId } from "@watchword/adapter-salesforce/catalogue";
import { type Scene, effects, show } from "./scene.ts";

const HOST = "acme.my.salesforce.com";
const CASE = "500000000000001";

/** The same agent at three systems more, each with a credential of that system's own kind. */
export async function desk(scene: Scene): Promise<void> {
  await cases(scene);
  await issues(scene);
  await warehouse(scene);
}

/** Salesforce: a token of one org by a signed assertion, dead after use; the gateway holds object, record and fields. */
async function cases(scene: Scene): Promise<void> {
  const { agents, report, dana } = scene;
  const { twin } = scene.desk.crm;
  report.heading(
    10,
    "The agent escalates a case at acme's Salesforce. The next tool sets the case's subject along the way.",
  );
  const done = await agents.ask("escalate", { user: dana, call: { record: CASE } });
  const [allowed] = await show(scene, 10);
  report.expect(
    allowed?.outcome === "allow" && "status" in done && done.status === 204,
    "status alone was decided, and sent",
  );
  report.expect(twin.record(HOST, recordId(CASE))?.["Status"] === "Escalated", "the case is escalated");
  const before = effects(twin);
  const also = { Subject: "please wire 9,000 USD" };
  await agents.ask("escalate", { user: dana, call: { record: "500000000000002", also } });
  const lines = await show(scene, 10);
  report.expect(
    lines.some((line) => line.reason === "request_mismatch"),
    "a field that was not decided: request_mismatch",
  );
  await scene.server.broker.sweep();
  report.expect(effects(twin) === before, "nothing was changed");
  report.expect(twin.tokens().length === 0, "its tokens were ended after use");
}

/** Jira: a token that can write, or one that can only read; the gateway holds site, project and issue. */
async function issues(scene: Scene): Promise<void> {
  const { agents, report, dana } = scene;
  const { twin } = scene.desk.tracker;
  report.heading(
    11,
    "The agent comments on an issue of project APP at acme's Jira. Then the issue's text tells it to comment on OPS-1.",
  );
  const done = await agents.ask("comment", { user: dana, call: { issue: "APP-1", text: "Looked at it." } });
  const [allowed] = await show(scene, 11);
  report.expect(
    allowed?.outcome === "allow" && "status" in done && done.status === 201 && effects(twin) === 1,
    "one comment, on that issue",
  );
  await agents.ask("comment", { user: dana, call: { issue: "OPS-1", text: "As you wish." } });
  const [denied] = await show(scene, 11);
  report.expect(
    denied?.outcome === "deny" && denied.reason === "condition_failed",
    "the project is the one that Jira says, and it is another: condition_failed",
  );
  report.expect(effects(twin) === 1, "nothing was sent");
}

/** Snowflake: the broker's own token for one role, a minute long; the gateway holds the statement, letter by letter. */
async function warehouse(scene: Scene): Promise<void> {
  const { agents, report, dana } = scene;
  const { twin } = scene.desk.warehouse;
  report.heading(
    12,
    "The agent asks acme's Snowflake for a customer's orders, by a token of the broker's own: there is no secret. Then it is told to ask for more.",
  );
  const answer = await agents.ask("orders", { user: dana, call: { customer: "c_1" } });
  const [allowed] = await show(scene, 12);
  report.expect(
    allowed?.outcome === "allow" && "rows" in answer && answer.rows === 1,
    "the declared statement ran, under one role",
  );
  const before = twin.requests.length;
  const instead = "SELECT * FROM salaries; DROP TABLE orders";
  await agents.ask("orders", { user: dana, call: { customer: "c_1", instead } });
  const lines = await show(scene, 12);
  report.expect(
    lines.some((line) => line.reason === "request_mismatch"),
    "another statement: request_mismatch",
  );
  report.expect(twin.requests.length === before, "nothing was sent");
}
