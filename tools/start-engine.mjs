// Runs on any Node >= 18, before anything is installed: node: imports only, no TypeScript.
import { spawn, spawnSync } from "node:child_process";
import { closeSync, lstatSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

const INSTALL_MILLISECONDS = 240_000;
const START_MILLISECONDS = 45_000;

/**
 * Sees to a container engine for the tests. Uses the one that answers; installs (Debian's docker.io) and starts one only where
 * nobody sits in front of it: with CI=true, WATCHWORD_SETUP=1, or as root with no terminal attached; never with
 * WATCHWORD_SETUP=0. Fails nothing: tests that need one say so by themselves.
 *
 * @returns the DOCKER_HOST of an engine that was started here, now or by an earlier run; undefined when it needs none
 */
export async function startEngine(environment = process.env) {
  if (environment.DOCKER_HOST || (await answers("/var/run/docker.sock"))) return undefined;
  const folder = join(tmpdir(), `watchword-engine-${userInfo().uid}`);
  const socket = join(folder, "docker.sock");
  if (isOwn(folder) && (await answers(socket))) return `unix://${socket}`;
  if (!maySetUp(environment)) return undefined;
  if (process.platform !== "linux" || userInfo().uid !== 0)
    return tell("an engine is set up on Linux as root only");
  if (!isOnPath("dockerd")) {
    const problem = install();
    if (problem !== undefined) return tell(problem);
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Others may write to the temp folder: what is not ours is not used as ours.
  if (!isOwn(folder)) return tell(`${folder} belongs to somebody else`);
  for (const extra of [[], ["--iptables=false", "--ip6tables=false"]]) {
    if (await start(folder, socket, extra)) return `unix://${socket}`;
  }
  return tell(
    `dockerd did not start; its last words (${join(folder, "dockerd.log")}):\n${lastWords(folder)}`,
  );
}

function maySetUp({ CI, WATCHWORD_SETUP }) {
  if (WATCHWORD_SETUP !== undefined) return WATCHWORD_SETUP === "1";
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  return CI === "true" || (userInfo().uid === 0 && !terminal);
}

function install() {
  if (!isOnPath("apt-get")) return "there is no dockerd, and no apt-get to install it by";
  console.error("watchword: installing docker.io for the tests in containers (once) …");
  const options = {
    stdio: ["ignore", 2, 2],
    timeout: INSTALL_MILLISECONDS,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  };
  spawnSync("apt-get", ["-qq", "update"], options);
  const words = ["-qq", "install", "--yes", "--no-install-recommends", "docker.io", "iptables"];
  const { status, error } = spawnSync("apt-get", words, options);
  if (status === 0 && isOnPath("dockerd")) return undefined;
  return `docker.io could not be installed (${error?.message ?? `apt-get ended with ${status}`})`;
}

/** Starts the engine apart from whatever else is on the machine, and leaves it running: the next run finds it. */
async function start(folder, socket, extra) {
  const log = openSync(join(folder, "dockerd.log"), "w", 0o600);
  const pidFile = join(folder, "dockerd.pid");
  rmSync(pidFile, { force: true });
  const child = spawn(
    "dockerd",
    [
      `--host=unix://${socket}`,
      `--data-root=${join(folder, "data")}`,
      `--exec-root=${join(folder, "exec")}`,
      `--pidfile=${pidFile}`,
      ...extra,
    ],
    { stdio: ["ignore", log, log], detached: true },
  );
  closeSync(log);
  child.once("error", () => undefined);
  child.unref();
  const lives = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  for (const end = Date.now() + START_MILLISECONDS; Date.now() < end && lives(); await setTimeout(200)) {
    if (!(await answers(socket))) continue;
    console.error(
      `watchword: started a container engine of the tests' own; end it by kill $(cat ${pidFile})`,
    );
    return true;
  }
  if (lives()) child.kill();
  return false;
}

function answers(socketPath) {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: "/_ping", timeout: 5_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.once("timeout", () => asked.destroy());
    asked.once("error", () => resolve(false));
    asked.end();
  });
}

function isOwn(folder) {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === userInfo().uid && (found.mode & 0o022) === 0;
}

function isOnPath(command) {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).error === undefined;
}

function lastWords(folder) {
  return readFileSync(join(folder, "dockerd.log"), "utf8").split("\n").slice(-6).join("\n");
}

function tell(why) {
  console.error(`watchword: no container engine was set up: ${why}`);
  return undefined;
}
