import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readFromHost } from "../../../provider/driver/transport/remote-read.ts";
import { SshHost } from "../../../provider/driver/transport/ssh.ts";
import { oneHost, WAYS } from "../../support/ssh-hosts.ts";

/** Writes down what it gets, and cannot read what is called "missing". */
const CURL = `echo "$*" >"$HOME/arguments"
cat >"$HOME/request"
grep -q missing "$HOME/request" || exit 0
echo "curl: (22) The requested URL returned error: 404" >&2
exit 22`;

for (const way of WAYS) {
  describe(`a document that another host reads, over ${way}`, () => {
    const lab = oneHost(way);
    const host = new SshHost("lab1");
    const read = (url: string) => readFromHost(host, url, new AbortController().signal);

    before(() => lab.put("curl", CURL));

    it("is asked for by an address that is in no argument list", async () => {
      await read("https://me:s3same@mirror.example/it's/index.json");
      const file = (name: string) => readFileSync(join(lab.home(), name), "utf8");
      assert.equal(file("request"), `url = "https://me:s3same@mirror.example/it's/index.json"\n`);
      assert.doesNotMatch(file("arguments"), /s3same|mirror/);
    });

    it("fails with the words of the host, and without a password", () =>
      assert.rejects(read("https://me:s3same@mirror.example/missing"), ({ kind, transient, message }) => {
        assert.deepEqual([kind, transient], ["download-failed", true]);
        assert.match(message, /lab1 cannot read https:\/\/mirror\.example\/missing: curl: \(22\)/);
        assert.doesNotMatch(message, /s3same/);
        return true;
      }));
  });
}
