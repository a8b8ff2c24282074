import assert from "node:assert/strict";
import { crypter, openProps, sealProps } from "./secrets.ts";
import {
  changedKeys,
  containsSecret,
  forProvider,
  fromStruct,
  ignoreChanges,
  isSecret,
  restoreSecrets,
  reveal,
  secret,
  toStruct,
} from "./values.ts";

describe("values", () => {
  it("survive the wire", () => {
    const props = { text: "ä", n: 1.5, yes: true, none: null, list: [1, { a: secret("x") }] };
    assert.deepEqual(fromStruct(toStruct(props)), props);
  });

  it("are plain for a provider, resources by their id", () => {
    const reference = {
      "4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e",
      urn: "urn:a",
      id: "a-1",
    };
    assert.deepEqual(forProvider({ token: secret("x"), list: [secret(1)], vm: reference }), {
      token: "x",
      list: [1],
      vm: "a-1",
    });
  });

  it("become secret again if they were secret", () => {
    const back = restoreSecrets(
      { token: "y", deep: { a: 1, b: 2 }, list: [1] },
      {
        token: secret("x"),
        deep: { a: secret(0), b: 0 },
        list: [secret(0)],
        gone: secret(0),
      },
    );
    assert.deepEqual(reveal(back), { token: "y", deep: { a: 1, b: 2 }, list: [1] });
    assert.ok(isSecret(back["token"]) && isSecret(back["list"]));
    assert.ok(containsSecret(back["deep"] ?? null) && !isSecret(back["deep"]));
  });

  it("differ by value, not by secrecy", () => {
    assert.deepEqual(changedKeys({ a: secret(1), b: 1, c: 1 }, { a: 1, b: 2, d: 1 }).sort(), ["b", "c", "d"]);
  });

  it("are restored if their changes are ignored", () => {
    const inputs = { size: 2, deep: { a: 1, b: [1, 2] }, extra: 1 };
    const old = { size: 1, deep: { a: 0, b: [0, 0] } };
    assert.deepEqual(ignoreChanges(inputs, old, ["size", "deep.b[1]", "extra"]), {
      size: 1,
      deep: { a: 1, b: [1, 0] },
    });
  });
});

describe("secrets in the state", () => {
  it("require the passphrase, and are complete", () => {
    const by = crypter("sesame");
    const sealed = sealProps({ token: secret({ user: "u", password: "hunter2" }), open: "door" }, by);
    assert.doesNotMatch(JSON.stringify(sealed), /hunter2/u);
    assert.deepEqual(reveal(openProps(sealed, crypter("sesame", by.salt))), {
      token: { user: "u", password: "hunter2" },
      open: "door",
    });
    assert.throws(() => openProps(sealed, crypter("simsalabim", by.salt)), /wrong passphrase/u);
  });
});
