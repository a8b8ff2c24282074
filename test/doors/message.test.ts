import assert from "node:assert/strict";
import provproto from "@pulumi/pulumi/proto/provider_pb.js";
import { message } from "../../provider/doors/message.ts";

describe("a message of the protocol", () => {
  it("has the fields that it was given", () => {
    const { inputdiff, kind } = message(provproto.PropertyDiff, { kind: 3, inputdiff: true }).toObject();
    assert.deepEqual([kind, inputdiff], [3, true]);
  });

  it("cannot be made with a field that the protocol lacks, rather than leaving it out", () => {
    const fields: object = { replaces: true };
    assert.throws(
      () => message(provproto.PropertyDiff, fields),
      /^TypeError: the message has no field replaces$/,
    );
  });
});
