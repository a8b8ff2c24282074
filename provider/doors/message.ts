/** The fields of a generated message, with the names and types of its setters. */
type Fields<M> = {
  [K in keyof M as K extends `set${infer Name}` ? Uncapitalize<Name> : never]?: M[K] extends (
    value: infer Value,
  ) => unknown
    ? Value
    : never;
};

/** A message of the protocol with these fields. @throws TypeError if the installed protocol lacks one */
export function message<M extends object>(kind: new () => M, fields: Fields<M>): M {
  const made = new kind();
  for (const [name, value] of Object.entries(fields)) {
    const set: unknown = (made as Record<string, unknown>)[
      `set${name.charAt(0).toUpperCase()}${name.slice(1)}`
    ];
    if (typeof set !== "function") throw new TypeError(`the message has no field ${name}`);
    set.call(made, value);
  }
  return made;
}
