import assert from "node:assert/strict";
import { classify } from "../../provider/driver/classify.ts";
import { SSH_RULES } from "../../provider/driver/failure-rules.ts";
import { KNOWN_FAILURES, KNOWN_SSH_FAILURES } from "./known-failures.ts";

describe("classification of ssh's errors", () => {
  for (const { kind, transient, said } of KNOWN_SSH_FAILURES) {
    for (const words of said) {
      it(`${kind}: ${words.split("\n")[0]}`, () => {
        const rule = SSH_RULES.find(({ pattern }) => pattern.test(words));
        // A failure of the network has no row of its own.
        if (!rule) return assert.equal(kind, "host-unreachable");
        assert.deepEqual([rule.kind, rule.transient === true], [kind, transient]);
        assert.match(rule.remedy ?? "", /\.$/);
      });
    }
  }

  it("has a remedy of its own for a host that starts, and for a name that cannot be resolved now", () => {
    const remedies = [
      "System is booting up",
      "System is going down",
      "not permitted to log in yet",
      "failure in name",
    ];
    const found = KNOWN_SSH_FAILURES.flatMap(({ said }) => said)
      .filter((words) => remedies.some((one) => words.includes(one)) || words.includes("Try again"))
      .map((words) => SSH_RULES.find(({ pattern }) => pattern.test(words))?.kind);
    assert.deepEqual(found, Array(5).fill("host-unreachable"));
  });
});

describe("classification of Multipass's errors", () => {
  it("names the host of a call over ssh", () => {
    const call = { command: "list", exitCode: 2, stdout: "", stderr: "list failed: the moon\n" };
    assert.equal(classify({ ...call, host: "lab2" }).message, '"multipass list" failed on lab2: the moon');
    assert.equal(classify(call).message, '"multipass list" failed: the moon');
  });

  for (const { kind, transient, said } of KNOWN_FAILURES) {
    for (const stderr of said) {
      it(`${kind}${transient ? " (transient)" : ""}: ${stderr.split("\n").at(-1)?.slice(0, 90)}`, () => {
        const error = classify({ command: "launch", exitCode: 2, stdout: "", stderr: `${stderr}\n` });
        assert.equal(error.kind, kind);
        assert.equal(error.transient, transient);
      });
    }
  }

  it("reads past the log records of other requests", () => {
    const error = classify({
      command: "launch",
      exitCode: 2,
      stdout: "",
      stderr:
        "[2026-11-23T10:54:28.035] [error] [url downloader] Failed to get https://x: Operation canceled\n" +
        'launch failed: Unable to find an image matching "foo" in remote "".\n',
    });
    assert.equal(error.kind, "image-unknown");
    assert.equal(error.details, 'Unable to find an image matching "foo" in remote "".');
  });

  it("shows unknown text in full, once even if the client prints it twice", () => {
    const error = classify({
      command: "exec x",
      exitCode: 2,
      stdout: "",
      stderr: "exec failed: a\nb\nexec failed: a\nb\n",
    });
    assert.equal(error.details, "a\nb");
    assert.equal(error.message, '"multipass exec x" failed: a\nb');
  });

  it("hides users and passwords in URLs, even those that only the daemon knows", () => {
    const url = (credentials: string) => `https://${credentials}mirror.example/releases/x.img?a=b@c`;
    for (const credentials of ["me:s3same@", "s3same@", "me:s3s@me@", "me:%23s3same@", "me:it's3same@"]) {
      for (const stderr of [
        `launch failed: failed to download from '${url(credentials)}': 401`,
        `[error] [url downloader] Failed to get ${url(credentials)}: Authentication required`,
      ]) {
        const error = classify({ command: "launch", exitCode: 2, stdout: "", stderr });
        for (const shown of [error.message, error.details ?? "", error.under("x").message]) {
          assert.ok(shown.includes(url("")), shown);
          assert.doesNotMatch(shown, /s3s|me:/);
        }
      }
    }
    const plain = classify({ command: "x", exitCode: 2, stdout: "", stderr: "ask ubuntu@host//path @ home" });
    assert.equal(plain.details, "ask ubuntu@host//path @ home");
  });

  it("reads an unknown command from stdout", () => {
    const error = classify({
      command: "wait-ready",
      exitCode: 1,
      stdout: `Error: Unknown command or alias 'wait-ready' (try "multipass help" or "multipass aliases")\n`,
      stderr: "",
    });
    assert.equal(error.kind, "not-supported");
  });

  it("says so if the client prints nothing", () => {
    const error = classify({ command: "start x", exitCode: 2, stdout: "\u001b[2K\u001b[0A", stderr: "" });
    assert.equal(error.kind, "unknown");
    assert.match(error.message, /exited with code 2 and said nothing/);
  });

  it("gives its reason in one line for a status, without a colon at its end", () => {
    const stderr = "launch failed: failed to download from 'https://x/a.img': server replied:\nmore\n";
    const error = classify({ command: "launch", exitCode: 2, stdout: "", stderr });
    assert.equal(error.brief, "failed to download from 'https://x/a.img': server replied");
  });

  it("explains a missing image list with the failed handshake in the daemon's log", () => {
    const error = classify({
      command: "launch",
      exitCode: 2,
      stdout: "",
      stderr:
        "[2026-11-23T10:54:28.035] [error] [url downloader] Failed to get https://x: SSL handshake failed\n" +
        'launch failed: Remote "" is unknown or unreachable.\n',
    });
    assert.deepEqual([error.kind, error.transient], ["images-unreachable", true]);
    assert.match(error.details ?? "", /unreachable\.\n.*SSL handshake failed$/);
    assert.match(error.remedy ?? "", /certificate authority in this computer's store/);
  });

  it("has a remedy for every permanent kind that a user can do something about", () => {
    const selfEvident = [
      "instance-missing",
      "instance-exists",
      "instance-not-running",
      "instance-not-stopped",
    ];
    selfEvident.push("invalid-argument", "already-mounted", "not-mounted", "snapshot-exists");
    const without = [...selfEvident, "unauthenticated", "unknown"];
    for (const { kind, transient, said } of KNOWN_FAILURES) {
      if (transient || without.includes(kind)) continue;
      for (const stderr of said) {
        const { remedy } = classify({ command: "launch", exitCode: 2, stdout: "", stderr });
        assert.ok(remedy, `${kind}: ${stderr}`);
      }
    }
  });
});
